"""Many rows at once, by the quickest way of each database and past the ORM: what the database holds, it still holds.

Values are as the database stores them: a JSON column is given as its text, a moment by `moment`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import FromClause, func, select, text
from sqlalchemy.orm import Session

_OFF = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")


def insert_rows(session: Session, table: FromClause, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values for the columns: COPY of PostgreSQL, one prepared statement of SQLite.

    >>> from sqlalchemy import create_engine
    >>> from livener.store.models import Base, User
    >>> engine = create_engine("sqlite://")
    >>> with Session(engine) as session:
    ...     User.__table__.create(session.connection())
    ...     at = moment(session, datetime(2024, 5, 1, tzinfo=UTC))
    ...     insert_rows(session, User.__table__, ("id", "name", "created_at"), [(7, "ada", at)])
    ...     session.get(User, 7).name
    'ada'
    """
    names = ", ".join(f'"{column}"' for column in columns)
    driver: Any = session.connection().connection.driver_connection
    if _sqlite(session):
        places = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def new_ids(session: Session, table: FromClause, count: int) -> Sequence[int]:
    """As many ids for new rows of the table, in order, that nobody else gets."""
    if _sqlite(session):  # the transaction alone may write, so that the next ones stay free
        last = session.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + count)
    sequence = session.scalar(select(func.pg_get_serial_sequence(str(table), "id")))
    series = "SELECT array_agg(nextval(CAST(:sequence AS regclass))) FROM generate_series(1, :count)"
    ids: list[int] = session.execute(text(series), {"sequence": sequence, "count": count}).scalar_one()
    return ids


def plan_by_index(session: Session) -> None:
    """PostgreSQL finds rows by index in this transaction, whatever it believes of the sizes of tables.

    It plans a trigger once for a connection: a plan made while the tables were small reads them whole ever after, and
    statistics come late while rows pour in.
    """
    if not _sqlite(session):
        for statement in ("DISCARD PLANS", *(f"SET LOCAL {way} = off" for way in _OFF)):
            session.execute(text(statement))


def moment(session: Session, at: datetime) -> str:
    """A moment as the database stores it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f" + ("" if _sqlite(session) else "+00"))


def _sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
