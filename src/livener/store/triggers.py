"""The constraints that a column or a key cannot say, as triggers of SQLite and PostgreSQL, for the migrations.

A migration that has been released uses these functions as they are: a change here changes no store that exists, so
that a new rule is a new migration.
"""

from collections.abc import Iterable

from alembic import op


def append_only(tables: Iterable[str]) -> None:
    """Rows are inserted, and never changed or removed."""
    tables = list(tables)
    if _sqlite():
        for table in tables:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION livener_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION livener_append_only()"
        )


def refuse_insert(table: str, *, of: str = "", when: str, message: str) -> None:
    """No row goes into the table for which ``when`` has an answer among the joined tables ``of``.

    ``{new}`` stands for the row. PostgreSQL asks once for all rows of a statement: a bulk import pays little for it.
    """
    name = f"{table}_refuse"
    if _sqlite():
        tables, condition = of.format(new="NEW"), when.format(new="NEW")
        source = f"FROM {tables} " if tables else ""
        body = f"SELECT RAISE(ABORT, '{table}: {message}') {source}WHERE {condition}"
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {body}; END")
        return
    source = ", ".join(filter(None, ["added", of.format(new="added")]))
    refusal = (
        f"IF EXISTS (SELECT 1 FROM {source} WHERE {when.format(new='added')}) THEN {_raise(table, message)} END IF;"
    )
    _function(name, f"{refusal} RETURN NULL;", plan=_BY_INDEX)
    op.execute(
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added"
        f" FOR EACH STATEMENT EXECUTE FUNCTION livener_{name}()"
    )


def refuse_row(change: str, table: str, *, when: str, message: str) -> None:
    """No row is changed so (``INSERT`` or ``UPDATE OF column, …``) where ``when`` holds of ``NEW``, and ``OLD``."""
    name = f"{table}_before_{change.split()[0].lower()}"
    head = f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW"
    if _sqlite():
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{table}: {message}') WHERE {when}; END")
        return
    _function(name, f"IF {when} THEN {_raise(table, message)} END IF; RETURN NEW;")
    op.execute(f"{head} EXECUTE FUNCTION livener_{name}()")


def after_insert(table: str, *, do: str) -> None:
    """What else happens when a row was inserted."""
    name = f"{table}_then"
    if _sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {do}; END")
        return
    _function(name, f"{do}; RETURN NULL;")
    op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION livener_{name}()")


def drop_functions(*names: str) -> None:
    """Remove what PostgreSQL keeps of triggers when their tables are gone."""
    if not _sqlite():
        for name in names:
            op.execute(f"DROP FUNCTION livener_{name}()")


def by_database(*, sqlite: str, postgresql: str) -> str:
    """The text for the database that is being migrated."""
    return sqlite if _sqlite() else postgresql


def _sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _raise(table: str, message: str) -> str:
    return f"RAISE EXCEPTION '{table}: {message}' USING ERRCODE = 'integrity_constraint_violation';"


# A connection keeps its plan for a trigger: one that was made while tables were empty would read them whole for ever.
_BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"


def _function(name: str, body: str, *, plan: str = "") -> None:
    op.execute(f"CREATE FUNCTION livener_{name}() RETURNS trigger LANGUAGE plpgsql {plan} AS $$ BEGIN {body} END $$")
