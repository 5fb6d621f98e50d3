"""Whose turn it is to write."""

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Lock
from typing import Any

from sqlalchemy.orm import Session

from livener.server.problems import Problem
from livener.store import Store

_MOST_MEMBERS = 32


class Turns:
    """A lock that is given in the order in which it was asked for.

    SQLite lets one write at a time, and whoever finds it busy sleeps and tries again: under load some starve.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def somebody_waits(self) -> bool:
        """Whether the turn is asked for."""
        return bool(self._waiting)

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # it stays taken: by that one
            else:
                self._taken = False


class _Batch:
    """A transaction of SQLite that several writers share, each within a savepoint of its own."""

    def __init__(self, store: Store) -> None:
        self._open = ExitStack()
        self.connection = self._open.enter_context(store.writing()).connection()
        self.members = 0
        self._done = Event()
        self._error: BaseException | None = None

    @contextmanager
    def member(self) -> Iterator[Session]:
        """The part of one writer, undone by any error of theirs."""
        self.members += 1
        with (
            Session(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session,
            session.begin(),
        ):
            yield session

    def is_whole(self) -> bool:
        """Whether the transaction still stands: SQLite itself undoes it when, say, the disk is full."""
        driver: Any = self.connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    def commit(self) -> None:
        """Commit what all members did, and let them know."""
        try:
            with self._open:
                if not self.is_whole():  # a commit would say nothing
                    raise Problem(503, "unavailable", "the store undid this change", headers={"Retry-After": "2"})
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()

    def wait(self) -> None:
        """Until it is committed.

        Raises:
            Exception: it could not be.
        """
        self._done.wait()
        if self._error is not None:
            raise self._error


class Writers:
    """The writing transactions of this process.

    PostgreSQL takes them side by side. SQLite takes one at a time, and most of its time is the wait for the disk at
    the end: those who are waiting share one commit. Nobody is answered before it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns = Turns()
        self._batch: _Batch | None = None
        with store.reading() as session:
            self._shares = session.get_bind().dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, committed at the end and undone by any error. Not to be nested."""
        if not self._shares:
            with self._store.writing() as session:
                yield session
            return
        with self._turns:
            batch = self._batch = self._batch or _Batch(self._store)
            try:
                with batch.member() as session:
                    yield session
            finally:
                if batch.members >= _MOST_MEMBERS or not self._turns.somebody_waits() or not batch.is_whole():
                    self._batch = None
                    batch.commit()
        batch.wait()
