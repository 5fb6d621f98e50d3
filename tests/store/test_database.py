"""Opening a store, its transactions, and its schema from the first revision to the last and back."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from tests.store.examples import NOW, fill_project, fill_rest, fill_review

from livener.errors import InputError, MissingDependencyError
from livener.store import Store, models


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as session:
        tables = inspect(session.connection()).get_table_names()
        return {
            name: [tuple(row) for row in session.execute(text(f"SELECT * FROM {name}"))] for name in sorted(tables)
        }


def test_models_and_migrations_agree(store: Store) -> None:
    with store.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, models.Base.metadata) == []


def test_up_and_down_with_data_in_it(store_url: str) -> None:
    with Store(store_url) as store:
        assert store.revision is None
        store.upgrade("0001")
        with store.writing() as session:
            fill_project(session)
        first = contents(store)
        store.upgrade()
        second = contents(store)
        kept = {name: rows for name, rows in second.items() if name in first and name != "alembic_version"}
        assert kept == {name: rows for name, rows in first.items() if name != "alembic_version"}
        with store.writing() as session:
            fill_review(session)
            fill_rest(session)
        third = contents(store)
        store.upgrade()
        assert contents(store) == third
        store.downgrade("0001")
        assert contents(store) == first
        store.upgrade()
        assert contents(store) == second
        store.downgrade("base")
        assert (store.revision, contents(store)) == (None, {"alembic_version": []})
        with store.reading() as session:
            left = (
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                if store_url.startswith("sqlite")
                else "SELECT proname FROM pg_proc WHERE proname LIKE 'livener%'"
            )
            assert session.execute(text(left)).all() == []
        store.upgrade()


def test_many_servers_may_upgrade_at_once(store_url: str) -> None:
    begin, problems = threading.Barrier(4), []

    def upgrade() -> None:
        try:
            with Store(store_url) as store:
                begin.wait()
                store.upgrade()
        except Exception as error:  # of a thread: told below
            problems.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Store(store_url) as store:
        assert store.revision == "0009"


def test_a_failed_upgrade_changes_nothing(store_url: str) -> None:
    with Store(store_url) as store:
        store.upgrade("0001")
        with store.writing() as session:
            session.execute(text("CREATE TABLE comments (id int)"))  # in the way of the second revision
        before = contents(store)
        with pytest.raises(DBAPIError, match="comments"):
            store.upgrade()
        assert contents(store) == before


def test_a_store_of_a_newer_livener_is_told_and_left_alone(store_url: str) -> None:
    with Store(store_url) as store:
        store.upgrade()
        with store.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        before = contents(store)
        for step in (store.upgrade, lambda: store.downgrade("0001")):
            with pytest.raises(InputError, match=r"of a newer livener.*9999") as caught:
                step()
            assert "\n" not in str(caught.value)
        assert contents(store) == before


def test_a_transaction_is_whole_or_not_at_all(store: Store) -> None:
    def fail() -> None:
        with store.writing() as session:
            session.add(models.Project(name="lost", settings={}, created_at=NOW))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.reading() as session:
        assert session.scalars(select(models.Project)).all() == []


def test_reading_cannot_write_and_sees_one_state(store: Store) -> None:
    insert = "INSERT INTO projects (name, settings, created_at) VALUES ('sneaky', '{}', '2024-05-01')"
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), store.reading() as session:
        session.execute(text(insert))
    with store.reading() as session:
        assert session.scalars(select(models.Project)).all() == []
        with store.writing() as other:
            other.add(models.Project(name="later", settings={}, created_at=NOW))
        assert session.scalars(select(models.Project)).all() == []
    with store.reading() as session:
        assert len(session.scalars(select(models.Project)).all()) == 1


def test_writers_wait_for_each_other(store: Store) -> None:
    with store.writing() as session:
        session.add(models.Project(name="counted", settings={"n": 0}, created_at=NOW))

    def add() -> None:
        for _ in range(20):
            with store.writing() as session:
                project = session.scalars(select(models.Project).with_for_update()).one()
                project.settings = {"n": project.settings["n"] + 1}

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert session.scalars(select(models.Project)).one().settings == {"n": 80}


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'store.db'}") as store, store.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
        }
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    assert found == expected | {"busy_timeout": 30000}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "not the URL"),
        ("mysql://me:secret@host/db", "no such kind of store: mysql://me:\\*\\*\\*@host/db"),
        ("sqlite://", "no such kind of store"),
        ("sqlite:///missing/folder/store.db", "missing/folder/store.db.*cannot be opened"),
        ("postgresql://me:secret@/db?host=nowhere", "me:\\*\\*\\*@.*cannot be opened"),
    ],
)
def test_a_url_that_opens_nothing(url: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        Store(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_offsets_need_a_database_of_code_points(postgresql: str) -> None:
    engine = create_engine(postgresql.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0"))
    engine.dispose()
    with pytest.raises(InputError, match="encoded in LATIN1"):
        Store(postgresql.format("latin"))


def test_postgresql_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependencyError, match=r"'psycopg'.*livener\[postgres\]"):
        Store("postgresql://host/db")


@pytest.mark.parametrize("package", ["alembic", "fsspec", "sqlalchemy"])
@pytest.mark.parametrize("module", ["livener.store", "livener.store.models", "livener.datasets.versions"])
def test_a_missing_package_names_the_extra(package: str, module: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; import livener.datasets, livener.learning; import {module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("livener.errors.MissingDependencyError: a project's store needs")
    assert last.endswith("pip install 'livener[server]'")
