"""The database of a project store: SQLite in a file, or PostgreSQL, by one URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from livener.errors import InputError, MissingDependencyError

_FIX = "sqlite:///folder/store.db or postgresql://user@host/database"
_BUSY_SECONDS = 30.0
_UPGRADE_LOCK = 7_213_604_518  # any number that no other program on the same PostgreSQL is likely to lock


class Store:
    """A project store, opened by URL; every change is one short transaction.

    A SQLite store is used by any number of processes on one machine, one of which writes at a time (WAL); PostgreSQL
    by any number of machines. A new store is empty until `upgrade`.

    Raises:
        InputError: the URL is wrong, or the database cannot be opened.
        MissingDependencyError: PostgreSQL without the extra ``postgres``.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from livener.store.models import Project
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Store(f"sqlite:///{folder.name}/store.db") as store:
    ...     store.upgrade()
    ...     with store.writing() as session:
    ...         session.add(Project(name="contracts", settings={}, created_at=datetime.now(UTC)))
    ...     with store.reading() as session:
    ...         session.query(Project).one().name
    'contracts'
    >>> folder.cleanup()
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(_url(url))
        options: dict[str, Any] = {"livener_reads": True, "postgresql_readonly": True}
        if self._engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ"}  # one state for all statements, as SQLite gives
        self._reader = self._engine.execution_options(**options)
        try:
            with self._reader.connect() as connection:
                _check_encoding(connection)
        except (OperationalError, InputError) as error:
            self._engine.dispose()
            if isinstance(error, InputError):
                raise
            shown, problem = self._engine.url.render_as_string(), str(error.orig).strip().splitlines()[0]
            raise InputError(f"the store cannot be opened: {problem}", where=shown, fix=_FIX) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that sees one state of the store, and in which the database refuses every change."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, committed at the end and undone by any error.

        In SQLite it holds the right to write from its beginning, so that it never fails half way for want of it.
        Loaded objects keep their values after it.
        """
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @property
    def revision(self) -> str | None:
        """The revision of the schema, or None for an empty store."""
        with self._reader.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema up to ``revision``, whole or not at all; nothing happens when it is there.

        Several processes may do so at once: one does it, the others wait.

        Raises:
            InputError: the store, or ``revision``, is of a newer livener.
        """
        self._migrate(lambda current, _: _SCRIPTS._upgrade_revs(revision, current))

    def downgrade(self, revision: str) -> None:
        """Take the schema back to ``revision`` (``"base"`` empties the store); what has no place there is lost."""
        self._migrate(lambda current, _: _SCRIPTS._downgrade_revs(revision, current))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _migrate(self, steps: Any) -> None:
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            try:
                with EnvironmentContext(Config(), _SCRIPTS, fn=steps) as environment:
                    # SQLite can undo a change of schema as well, now that the transaction is begun by hand.
                    environment.configure(connection=connection, transactional_ddl=True)
                    environment.run_migrations()
            except CommandError as error:
                where = self._engine.url.render_as_string()
                problem = f"the store is of a newer livener: {error}"
                raise InputError(problem, where=where, fix="that version of livener") from None


_MIGRATIONS = Path(__file__).parent / "migrations"
_SCRIPTS = ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS)])


def _url(given: str) -> URL:
    try:
        url = make_url(given)
    except ArgumentError:
        raise InputError(f"not the URL of a database: {given!r}", fix=_FIX) from None
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"} or (url.drivername == "sqlite" and not url.database):
        raise InputError(f"no such kind of store: {url.render_as_string()}", fix=_FIX)
    return url


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError:
            raise MissingDependencyError("psycopg", extra="postgres", need="a store in PostgreSQL") from None
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was answered survives the loss of power too
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # else INSERT OR REPLACE deletes behind the triggers


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("livener_reads", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":  # offsets are code points
            raise InputError(f"the database is encoded in {encoding}", fix="CREATE DATABASE … ENCODING 'UTF8'")
