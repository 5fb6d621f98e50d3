"""Whoever does the jobs: threads beside a server, or a process of their own, here or on another machine."""

import json
import logging
import os
import shutil
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Self

from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from livener.errors import LivenerError
from livener.learning.serving import Served
from livener.loop import daily, failures, jobs, routing, triggers
from livener.loop.failures import Noted
from livener.loop.jobs import Begun, Lost
from livener.loop.kinds import KINDS
from livener.loop.live import Live
from livener.loop.queue import Queue
from livener.loop.settings import WorkerSettings
from livener.loop.telling import tell_from
from livener.loop.work import Cancelled, Clock, Shared, Stopping, Tell, Work
from livener.store import Artefacts, Store
from livener.store.models import JobState

_log = logging.getLogger("livener.worker")
_SILENT = 6  # times a beat
_LONGEST_REST = 1.0


class Worker:
    """Does the jobs of a store until it is stopped; any number may work at one.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Store(f"sqlite:///{folder.name}/store.db") as store:
    ...     store.upgrade()
    ...     with Worker(store, Artefacts(folder.name), folder.name) as worker:
    ...         worker.name.startswith(socket.gethostname())
    True
    >>> folder.cleanup()
    """

    def __init__(
        self,
        store: Store,
        artefacts: Artefacts,
        folder: str | Path,
        *,
        settings: WorkerSettings | None = None,
        queue: Queue | None = None,
        served: Served | None = None,
        tell: Tell | None = None,
        writing: Callable[[], AbstractContextManager[Session]] | None = None,
        clock: Clock = jobs.utc_now,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._settings = settings or WorkerSettings()
        self._queue = queue or Queue(folder, self._settings)
        self._shared = Shared(
            store=store,
            artefacts=artefacts,
            served=served or Served(store, artefacts),
            folder=Path(folder) / "work",
            clock=clock,
            tell=tell or (lambda *_: None),
            writing=writing or store.writing,
            stopping=Event(),
        )
        self._live = Live(self._shared)
        self._running: dict[int, Work] = {}
        self._lock = Lock()
        self._consumers: list[Consumer] = []
        self._beating: Thread | None = None

    def start(self) -> None:
        """Begin to work, in threads."""
        self._shared.stopping.clear()
        self._consumers = self._queue.consumers(self.run, self.learn, self.tick)
        for consumer in self._consumers:
            consumer.start()
        self._beating = Thread(target=self._beat, name="livener worker", daemon=True)
        self._beating.start()
        self.tick()
        for project_id in self._live.projects():
            self._queue.learn(project_id)  # so that nobody's first answer waits for it

    def stop(self) -> None:
        """End at the next chance; jobs that are not over wait for another worker."""
        self._shared.stopping.set()
        for consumer in self._consumers:
            consumer.stop_flag.set()
        for consumer in self._consumers:
            consumer.stop(graceful=True)
        if self._beating:
            self._beating.join()
        self._queue.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, id: int) -> None:
        """Do a job, if nobody else does."""
        try:
            with self._shared.writing() as session:
                begun = jobs.begin(session, id, worker=self.name, now=self._shared.clock())
            if begun:
                self._do(begun)
        except SQLAlchemyError as error:  # the store is away: the job is found silent, and begun again
            self._say("the store cannot be reached", id, error)

    def learn(self, project_id: int, annotation_id: int = 0) -> None:
        """Let the live model of a project learn what was said since it last did, the annotation among it.

        It then rests: where a hundred people answer at once, learning after each would leave no time to serve them.
        """
        if self._live.has_seen(project_id, annotation_id):
            return
        began = monotonic()
        try:
            self._live.learn(project_id)
        except LivenerError as error:  # such as a damaged model: people see it where they look at the live model
            self._live.failed(project_id, str(error))
        except SQLAlchemyError as error:  # the next answer says it again
            self._say("the store cannot be reached", 0, error)
        rest = (monotonic() - began) * (1 / self._settings.live_share - 1)
        self._shared.stopping.wait(min(rest, _LONGEST_REST))

    def tick(self) -> None:
        """Find jobs whose workers died, or whose messages were lost."""
        now, silent = self._shared.clock(), _SILENT * self._settings.beat_seconds
        try:
            with self._shared.writing() as session:
                found = jobs.recover(session, now=now, silent_seconds=silent)
                noted = [(project, self._note(session, project, id)) for project, id in found.given_up]
        except SQLAlchemyError as error:
            self._say("the store cannot be reached", 0, error)
            return
        for id in found.waiting:
            self._queue.job(id)
        for project, one in noted:
            self._announce(project, one)
        try:
            self._settle_audits()
            self._look_at_triggers()
            self._begin_what_is_due()
        except SQLAlchemyError as error:
            self._say("the store cannot be reached", 0, error)

    def _settle_audits(self) -> None:
        """Take in what people said of accepted predictions."""
        shared = self._shared
        with shared.store.reading() as session:
            projects = routing.waiting(session)
        for project_id in projects:
            with shared.writing() as session:
                settled = routing.settle(session, project_id, now=shared.clock())
            if settled.changed:
                shared.tell(project_id, "routing", {"changed": len(settled.changed)})
            self._announce(project_id, Noted(settled.raised))

    def _look_at_triggers(self) -> None:
        """Let those go off whose conditions hold."""
        now = self._shared.clock()
        with self._shared.store.reading() as session:
            due = triggers.due(session, now=now)
        for project_id, id in due:
            with self._shared.writing() as session:
                event = triggers.fire(session, project_id, id, now=now)
            if event:
                self._shared.tell(project_id, "trigger", {"name": event.trigger, "job": event.job})
            if event and event.job:
                self._queue.job(event.job)

    def _begin_what_is_due(self) -> None:
        """Let the jobs begin that the rules of projects have begin by themselves."""
        now, folder = self._shared.clock(), self._shared.folder.parent
        with self._shared.store.reading() as session:
            due = list(daily.due(session, now=now, folder=folder))
        for project_id, kind in due:
            with self._shared.writing() as session:
                job = daily.begin(session, project_id, kind, now=now, folder=folder)
            if job:
                self._queue.job(job)

    def _do(self, begun: Begun) -> None:
        work = Work(self._shared, begun)
        self._shared.tell(begun.project_id, "job", {"id": begun.id, "state": JobState.RUNNING})
        with self._lock:
            self._running[begun.id] = work
        began = monotonic()
        try:
            state, outcome = self._attempt(work)
            with self._shared.writing() as session:
                now = self._shared.clock()
                jobs.end(session, begun, state, now=now, seconds=monotonic() - began, **outcome)
                noted = self._note(session, begun.project_id, begun.id)
        except Lost:
            self._say("another worker has the job", begun.id)
            return
        finally:
            with self._lock:
                del self._running[begun.id]
        if state != JobState.QUEUED:
            shutil.rmtree(self._shared.folder / f"job-{begun.id}", ignore_errors=True)
        self._shared.tell(begun.project_id, "job", {"id": begun.id, "state": state})
        self._announce(begun.project_id, noted)

    def _note(self, session: Session, project_id: int, id: int) -> Noted:
        """The alerts that a job is the beginning or the end of."""
        return failures.note(session, project_id, jobs.get(session, project_id, id), now=self._shared.clock())

    def _announce(self, project_id: int, noted: Noted) -> None:
        """Show alerts where people look, and tell new ones over the channels of the project."""
        shared = self._shared
        for alert in (*noted.raised, *noted.closed):
            shared.tell(project_id, "alert", {"id": alert})
        try:
            tell_from(shared.writing, project_id, noted.raised, shared.folder.parent, now=shared.clock())
        except LivenerError as error:  # settings that are none must not stop what else there is to do
            self._say("alerts cannot be told", 0, error)

    def _attempt(self, work: Work) -> tuple[JobState, dict[str, Any]]:
        try:
            kind = KINDS.get(work.begun.kind)
            if kind is None:
                return JobState.FAILED, {"problem": f"this worker knows no job {work.begun.kind!r}"}
            return JobState.DONE, {"result": kind.run(work)}
        except Cancelled:
            return JobState.CANCELLED, {"problem": "cancelled"}
        except Stopping:
            return JobState.QUEUED, {}
        except LivenerError as error:
            return JobState.FAILED, {"problem": str(error)}
        except (Lost, SQLAlchemyError):
            raise
        except Exception as error:  # whatever it is, the worker goes on and people read what it was
            _log.exception(json.dumps({"event": "a job failed", "job": work.begun.id}))
            return JobState.FAILED, {"problem": f"{type(error).__name__}: {error}"}

    def _beat(self) -> None:
        while not self._shared.stopping.wait(self._settings.beat_seconds):
            with self._lock:
                running = dict(self._running)
            if not running:
                continue
            try:
                with self._shared.writing() as session:
                    unwanted = jobs.beat(session, list(running), worker=self.name, now=self._shared.clock())
            except SQLAlchemyError as error:
                self._say("the store cannot be reached", 0, error)
                continue
            for id in unwanted:
                running[id].ask_to_end()

    def _say(self, event: str, job: int, error: Exception | None = None) -> None:
        _log.warning(json.dumps({"event": event, "job": job, "problem": repr(error) if error else None}))
