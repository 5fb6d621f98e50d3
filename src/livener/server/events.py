"""What happens in a project, told live to whoever listens: server-sent events (WHATWG HTML, section 9.2).

On PostgreSQL an event travels with the commit by NOTIFY, so that every server process tells it. On SQLite it is told
by the process that made the change; that another program changed the store is noticed by polling.
"""

import asyncio
import json
import logging
import secrets
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import closing
from threading import Event, Thread
from typing import Any

from pydantic_core import to_json
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from livener.server.settings import Settings
from livener.store import Store

_CHANNEL = "livener_events"
_KEPT = 1000
_BEHIND = 100
_LONGEST_NOTE = 7000  # PostgreSQL takes 8000 bytes
_MISSED = ("queue", '{"missed":true}')
_log = logging.getLogger("livener.server")

_Told = tuple[int, str, str]  # number, kind, data


class Broker:
    """Keeps the last events of all projects, and hands new ones to those who listen.

    A listener that was away is told what it missed; or, when that is no longer known, `queue` with
    ``{"missed": true}``: it is to look again at all that it shows.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        with store.reading() as session:
            self._notifies = session.get_bind().dialect.name == "postgresql"
        self._era = secrets.token_hex(4)
        self._number = 0
        self._commits = 0
        self._kept: deque[tuple[int, _Told]] = deque(maxlen=_KEPT)
        self._listeners: dict[int, set[asyncio.Queue[_Told | None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = Event()
        self._thread: Thread | None = None
        self._moved: Callable[[int | None], None] | None = None
        self.listens = False

    def start(self, *, moved: Callable[[int | None], None] | None = None) -> None:
        """Begin to tell; called in the event loop, as ``moved`` is when an alias of a project may point elsewhere."""
        self._moved = moved
        self._loop = asyncio.get_running_loop()
        self._closed.clear()
        self._thread = Thread(target=self._watch, name="livener events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every stream, so that a server that is asked to stop does not wait for its readers."""
        self._closed.set()
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_streams)

    def wait(self) -> None:
        """Until what was begun in `start` has ended, after `close`."""
        if self._thread:
            self._thread.join()

    def announce(self, session: Session, project_id: int, events: Sequence[tuple[str, Any]]) -> None:
        """Within the transaction: what is to be told when it is committed."""
        if not self._notifies or not events:
            return
        note = to_json({"project": project_id, "events": events}).decode()
        if len(note.encode()) > _LONGEST_NOTE:
            note = json.dumps({"project": project_id, "events": [["queue", {"missed": True}]]})
        session.execute(select(func.pg_notify(_CHANNEL, note)))

    def deliver(self, project_id: int, events: Sequence[tuple[str, Any]]) -> None:
        """After a commit, with or without events, in any thread."""
        self._commits += 1
        if not self._notifies and events:
            self._tell(project_id, events)

    def publish(self, project_id: int, kind: str, data: Any) -> None:
        """Tell something that is true already, outside of a transaction, in any thread."""
        if self._notifies:
            with self._store.writing() as session:
                self.announce(session, project_id, [(kind, data)])
        self.deliver(project_id, [(kind, data)])

    async def listen(self, project_id: int, last: str | None) -> AsyncIterator[bytes]:
        """The stream of a project's events, from the one after ``last`` (the header Last-Event-ID)."""
        queue: asyncio.Queue[_Told | None] = asyncio.Queue(_BEHIND)
        listeners = self._listeners.setdefault(project_id, set())
        listeners.add(queue)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.stream_seconds
        try:
            yield b"retry: 2000\n\n"
            for told in self._missed(project_id, last):
                yield self._frame(told)
            while not self._closed.is_set() and (left := end - loop.time()) > 0:
                try:
                    async with asyncio.timeout(min(self._settings.heartbeat_seconds, left)):
                        told_now = await queue.get()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if told_now is None:
                    return
                yield self._frame(told_now)
        finally:
            listeners.discard(queue)
            if not listeners:
                self._listeners.pop(project_id, None)

    def _missed(self, project_id: int, last: str | None) -> Iterable[_Told]:
        if last is None:
            return []
        era, _, number = last.partition("-")
        oldest = self._kept[0][1][0] if self._kept else self._number + 1
        if era != self._era or not number.isdecimal() or not oldest - 1 <= int(number) <= self._number:
            return [(self._number, *_MISSED)]
        return [told for project, told in self._kept if project == project_id and told[0] > int(number)]

    def _frame(self, told: _Told) -> bytes:
        number, kind, data = told
        return f"id: {self._era}-{number}\nevent: {kind}\ndata: {data}\n\n".encode()

    def _tell(self, project_id: int, events: Sequence[tuple[str, Any]]) -> None:
        ready = [(kind, to_json(data, inf_nan_mode="null").decode()) for kind, data in events]
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._fan_out, project_id, ready)

    def _fan_out(self, project_id: int, events: list[tuple[str, str]]) -> None:
        if self._moved and any(kind == "models" for kind, _ in events):
            self._moved(project_id)
        for kind, data in events:
            self._number += 1
            told = (self._number, kind, data)
            self._kept.append((project_id, told))
            for queue in self._listeners.get(project_id, ()):
                if queue.full():  # a reader that is too slow is told that it missed something, and costs no memory
                    while not queue.empty():
                        queue.get_nowait()
                    told = (self._number, *_MISSED)
                queue.put_nowait(told)

    def _end_streams(self) -> None:
        for queues in self._listeners.values():
            for queue in queues:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)

    def _watch(self) -> None:
        while not self._closed.is_set():
            try:
                self._hear() if self._notifies else self._poll()
            except Exception as error:  # whatever it is, the thread has to go on
                _log.warning(
                    json.dumps({"event": "events wait: the store cannot be reached", "problem": repr(error)})
                )
                self._closed.wait(self._settings.poll_seconds)

    def _hear(self) -> None:
        with self._store.writing() as session:
            connection = session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            connection.execute(text(f"LISTEN {_CHANNEL}"))
            driver: Any = connection.connection.driver_connection
            self.listens = True
            self._tell_everybody()  # what was said while nobody listened is not known
            try:
                while not self._closed.is_set():
                    for note in driver.notifies(timeout=self._settings.poll_seconds):
                        told = json.loads(note.payload)
                        self._tell(told["project"], told["events"])
            finally:
                self.listens = False
                connection.execute(text("UNLISTEN *"))

    def _poll(self) -> None:
        with self._store.reading() as session:
            bind = session.get_bind()
            path = bind.engine.url.database
        with closing(sqlite3.connect(path or "", check_same_thread=False)) as connection:
            seen = None
            while not self._closed.is_set():
                commits = self._commits
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if seen is not None and version != seen[0] and commits == seen[1]:
                    self._tell_everybody()
                seen = version, commits
                self._closed.wait(self._settings.poll_seconds)

    def _tell_everybody(self) -> None:
        if self._moved and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._moved, None)
        for project_id in list(self._listeners):
            self._tell(project_id, [("queue", {"missed": True})])
