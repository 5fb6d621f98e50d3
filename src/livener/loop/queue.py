"""How workers are told that there is work: huey over a SQLite file, or Redis.

A message only says "look": what is to be done stands in the store, so that one that is lost costs a minute, and one
that comes twice costs nothing.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from livener.errors import MissingDependencyError
from livener.loop.settings import WorkerSettings

FILE = "queue.db"


class Queue:
    """Two lines: jobs, which may take hours, and live learning, which must not wait for them."""

    def __init__(self, folder: str | Path, settings: WorkerSettings) -> None:
        self._settings = settings
        self._jobs, self._live = (_huey(Path(folder), settings, name) for name in ("jobs", "live"))
        self._run: Callable[[int], object] | None = None
        self._learn: Callable[[int, int], object] | None = None
        self._tick: Callable[[], object] | None = None
        # Both ends have the same functions: huey finds them by their names.
        self._job = self._jobs.task(name="job")(self._on_job)
        self._step = self._live.task(name="step")(self._on_step)
        self._jobs.periodic_task(crontab(), name="tick")(self._on_tick)

    def job(self, id: int) -> None:
        """There is a job."""
        self._job(id)

    def learn(self, project_id: int, annotation_id: int = 0) -> None:
        """Somebody said something in a project; without an annotation: look whether anybody did."""
        self._step(project_id, annotation_id)

    def consumers(
        self, run: Callable[[int], object], learn: Callable[[int, int], object], tick: Callable[[], object]
    ) -> list[Consumer]:
        """What takes messages out, not yet started: jobs to ``run``, words to ``learn``; each minute ``tick``."""
        self._run, self._learn, self._tick = run, learn, tick
        poll = {"initial_delay": self._settings.poll_seconds, "max_delay": self._settings.poll_seconds}
        quiet = {"check_worker_health": False, "scheduler_interval": 1}
        return [
            _Consumer(self._jobs, workers=self._settings.threads, periodic=True, **poll, **quiet),
            _Consumer(self._live, workers=1, periodic=False, **poll, **quiet),
        ]

    def close(self) -> None:
        """Close the connections."""
        for huey in (self._jobs, self._live):
            close = getattr(huey.storage, "close", None)
            if close:
                close()

    def _on_job(self, id: int) -> None:
        if self._run:
            self._run(id)

    def _on_step(self, project_id: int, annotation_id: int = 0) -> None:
        if self._learn:
            self._learn(project_id, annotation_id)

    def _on_tick(self) -> None:
        if self._tick:
            self._tick()


class _Consumer(Consumer):  # type: ignore[misc]
    """Within a process that has signals of its own."""

    def _set_signal_handlers(self) -> None:
        pass


class _Json(Serializer):  # type: ignore[misc]
    """Messages as JSON: a pickle would run what whoever can write to the queue likes."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data, default=_moment).encode()

    def _deserialize(self, data: bytes) -> Any:
        found = json.loads(bytes(data))
        return Message(*found) if isinstance(found, list) else found


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is not JSON")


def _huey(folder: Path, settings: WorkerSettings, name: str) -> Huey:
    options: dict[str, Any] = {"name": f"livener-{name}", "results": False, "serializer": _Json()}
    if not settings.queue:
        return SqliteHuey(filename=str(folder / FILE), fsync=False, **options)
    try:
        return RedisHuey(url=settings.queue, **options)
    except Exception as error:
        if "redis" in str(error) and "module" in str(error):
            raise MissingDependencyError("redis", extra="server", need="a queue in Redis") from None
        raise
