"""How background work is done: the table ``[worker]`` of ``livener.toml``, and the environment."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError
from livener.store.folder import FILE

_PREFIX = "LIVENER_WORKER_"
Count = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class WorkerSettings(BaseModel):
    """The table ``[worker]``; ``LIVENER_WORKER_NAME`` in the environment is read over it.

    >>> WorkerSettings.of({"worker": {"threads": 2}}, environment={"LIVENER_WORKER_IN_SERVER": "false"})
    WorkerSettings(in_server=False, threads=2, live_share=0.25, queue='', beat_seconds=5.0, poll_seconds=0.05)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_server: bool = True
    """Whether ``livener serve`` works, too; else ``livener worker`` has to run."""
    threads: Count = 1
    """How many jobs at once. The live model has a thread of its own."""
    live_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    """The most of its thread's time in which the live model learns, however many people answer at once."""
    queue: str = ""
    """Where workers are told of work: ``redis://host:port/0``, or else a SQLite file in the project folder."""
    beat_seconds: Seconds = 5.0
    """How often a worker shows that it lives; one that was silent six times as long has lost its jobs."""
    poll_seconds: Seconds = 0.05
    """How often a queue in SQLite is looked at."""

    @classmethod
    def of(cls, file: Mapping[str, Any], *, environment: Mapping[str, str]) -> Self:
        """Those of a parsed ``livener.toml`` and an environment.

        Raises:
            InputError: an unknown key or a value that is not allowed.
        """
        given = file.get("worker", {})
        if not isinstance(given, Mapping):
            raise InputError("not a table", where="worker", fix="[worker]")
        named = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(_PREFIX)
        }
        try:
            settings = cls.model_validate({**given, **named})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, ("worker", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None
        if settings.queue and not settings.queue.startswith(("redis://", "rediss://", "unix://")):
            raise InputError(
                f"not the URL of a Redis: {settings.queue!r}", where="worker.queue", fix="redis://host/0"
            )
        return settings

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Those of a project folder and this process's environment.

        Raises:
            InputError: as `of`; or the file is not TOML.
        """
        path = Path(folder) / FILE
        try:
            file = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"not TOML: {error}", where=str(path)) from None
        return cls.of(file, environment=os.environ)
