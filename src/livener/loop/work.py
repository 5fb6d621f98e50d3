"""What a job works with: its steps, each done once, its progress and log, and whether it is still wanted."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.learning.serving import Served
from livener.loop import jobs
from livener.loop.jobs import Begun
from livener.store import Artefacts, Store

Clock = Callable[[], datetime]
Tell = Callable[[int, str, Any], None]
"""Tells the people of a project that something happened: its id, the kind of event, what."""
_PROGRESS_SECONDS = 1.0


class Cancelled(Exception):  # noqa: N818 - people wanted it
    """Somebody asked for the end of the job."""


class Stopping(Exception):  # noqa: N818 - the next worker goes on
    """The worker is asked to stop; the job waits for another."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all jobs of a worker share. ``folder`` is for files that a job needs until it is over."""

    store: Store
    artefacts: Artefacts
    served: Served
    folder: Path
    clock: Clock
    tell: Tell
    writing: Callable[[], AbstractContextManager[Session]]
    stopping: Event


class Work:
    """One attempt at a job."""

    def __init__(self, shared: Shared, begun: Begun) -> None:
        self.shared, self.begun = shared, begun
        self.store, self.artefacts, self.served = shared.store, shared.artefacts, shared.served
        self.project_id, self.arguments = begun.project_id, begun.arguments
        self.steps = dict(begun.steps)
        self._cancel = Event()
        if begun.cancel:
            self._cancel.set()
        self._shown = 0.0

    @property
    def folder(self) -> Path:
        """A folder of the job's own that is there again when another worker of this machine goes on with it."""
        path = self.shared.folder / f"job-{self.begun.id}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def ask_to_end(self) -> None:
        """From another thread: end at the next `check`."""
        self._cancel.set()

    def check(self) -> None:
        """To be called often.

        Raises:
            Cancelled: somebody asked for the end of the job.
            Stopping: the worker has to stop.
        """
        if self._cancel.is_set():
            raise Cancelled
        if self.shared.stopping.is_set():
            raise Stopping

    def step(self, name: str, do: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Do a step, unless an earlier attempt did it; what it gave, as JSON values.

        ``do`` may be killed at any point, also between its effect and the note of it here: done again, it must
        lead to the same.
        """
        if name not in self.steps:
            self.check()
            self.steps[name] = to_jsonable_python(dict(do()))
            with self.shared.writing() as session:
                jobs.write(session, self.begun, steps=self.steps, progress={}, deaths=0)
                note = f"{name}: {json.dumps(self.steps[name], ensure_ascii=False)}"
                jobs.note(session, self.begun.id, note if len(note) <= 500 else f"{note[:499]}…", now=self.now)
            self._tell()
        found: Mapping[str, Any] = self.steps[name]
        return found

    def progress(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Show how far the present step is; the `livener.recognizers.base.Progress` of trainings.

        Raises:
            Cancelled, Stopping: as `check`.
        """
        self.check()
        if monotonic() - self._shown < _PROGRESS_SECONDS and done != total:
            return
        self._shown = monotonic()
        shown = {"done": done, "total": total, "figures": {name: float(value) for name, value in figures.items()}}
        with self.shared.writing() as session:
            jobs.write(session, self.begun, progress=shown)
        self._tell()

    def note(self, message: str) -> None:
        """Write a line into the job's log."""
        with self.shared.writing() as session:
            jobs.note(session, self.begun.id, message, now=self.now)

    @property
    def now(self) -> datetime:
        """The time."""
        return self.shared.clock()

    def _tell(self) -> None:
        self.shared.tell(self.project_id, "job", {"id": self.begun.id, "state": "running"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: what it does, the model of its arguments, and whether a project has one at a time."""

    run: Callable[[Work], Mapping[str, Any]]
    arguments: type[BaseModel]
    alone: bool = True

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments as they are stored.

        Raises:
            InputError: an unknown one, or a value that cannot be one.
        """
        try:
            return self.arguments.model_validate(given).model_dump(mode="json", exclude_defaults=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, ("arguments", *first["loc"])))
            fix = f"keys: {', '.join(self.arguments.model_fields)}"
            raise InputError(first["msg"], where=where, fix=fix) from None
