"""Whose turn it is to write."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy.orm import Session

from livener.store import Store


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

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # it stays taken: by that one
            else:
                self._taken = False


class Writers:
    """The writing transactions of this process: one after the other on SQLite, side by side on PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.reading() as session:
            self._turns = Turns() if session.get_bind().dialect.name == "sqlite" else None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, committed at the end and undone by any error."""
        if self._turns is None:
            with self._store.writing() as session:
                yield session
            return
        with self._turns, self._store.writing() as session:
            yield session
