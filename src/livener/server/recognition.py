"""What answers texts: the version that an alias points at, in batches, with every answer in the log."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter, time_ns
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool

from livener.errors import InputError
from livener.learning.models import ModelVersion
from livener.learning.profiles import Profile
from livener.learning.serving import Served
from livener.monitoring.log import Inferences, LogWriter
from livener.monitoring.log.rows import TextKept
from livener.server.batching import Batcher, Read
from livener.server.identity import ProjectAsked
from livener.server.problems import Problem
from livener.server.settings import RecognizeSettings
from livener.server.traces import NoTraces, Traces
from livener.text import Document

_log = logging.getLogger("livener.server")
_THREADS = 2  # two models at once; one alone works on one batch at a time
_WARM = "Ada Byron of Acme Corp. flew to Oslo on 3 May."


@dataclass(frozen=True, slots=True)
class Serving:
    """A version that answers, and the batches of its pipeline."""

    version: ModelVersion
    batcher: Batcher


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: for the log."""

    project: ProjectAsked
    caller: str
    request: str
    now: datetime
    name: str
    profile: Profile


@dataclass(slots=True)
class _Known:
    serving: Serving
    checked: float
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered: the version and the documents with their spans; ``timings`` in milliseconds."""

    version: ModelVersion
    documents: Sequence[Document]
    timings: Mapping[str, float] = field(default_factory=dict)


class Recognition:
    """Reads texts for all requests of a process, within its event loop.

    Where an alias points is looked up again every ``seconds``, and when `moved` says that it did. Until a new version
    is loaded the one before answers; each answer is of one version from its beginning to its end.
    """

    def __init__(
        self,
        served: Served,
        settings: RecognizeSettings,
        log: LogWriter | None,
        *,
        text: TextKept = "text",
        seconds: float = 1.0,
        loaded: Callable[[], object] | None = None,
        traces: Traces | None = None,
    ) -> None:
        self._served, self._settings, self._log, self._text, self._seconds = served, settings, log, text, seconds
        self._loaded, self._traces = loaded, traces or NoTraces()
        self._threads = ThreadPoolExecutor(_THREADS, "livener recognise")
        self._known: dict[tuple[int, str], _Known] = {}
        self._first: dict[tuple[int, str], asyncio.Task[Serving]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def batchers(self) -> dict[tuple[int, str], Batcher]:
        """Those that work, by project and alias."""
        return {key: known.serving.batcher for key, known in self._known.items()}

    @property
    def numbers(self) -> dict[tuple[int, str], int]:
        """The numbers of the versions that answer, by project and alias."""
        return {key: known.serving.version.number for key, known in self._known.items()}

    @property
    def log(self) -> LogWriter | None:
        """Where answers are noted."""
        return self._log

    def moved(self, project: int | None = None) -> None:
        """An alias of a project, or of any, may point elsewhere now: look, at once."""
        for key, known in list(self._known.items()):
            if project is None or key[0] == project:
                self._look_again(key, known)

    async def serving(self, project: int, alias: str) -> Serving:
        """The version that an alias points at.

        Raises:
            InputError: there is no such alias.
        """
        key = (project, alias)
        known = self._known.get(key)
        if known is None:
            if key not in self._first:
                self._first[key] = asyncio.create_task(self._load(key))
                self._first[key].add_done_callback(lambda _: self._first.pop(key, None))
            return await asyncio.shield(self._first[key])
        if perf_counter() - known.checked > self._seconds:
            self._look_again(key, known)
        return known.serving

    async def read(
        self, asked: Asked, documents: Sequence[Document], *, timed: bool = False, serving: Serving | None = None
    ) -> Answered:
        """The documents with what is found in them; noted in the log, on the disk already where that is strict.

        Who names the version that is ``serving`` waits when there is too much to do; others are refused.

        Raises:
            InputError: there is no such alias; or a stage refuses a document.
            Problem: 429 there is too much to do, or 503 it took too long, or the log cannot be written.
        """
        began = perf_counter()
        if serving is None:
            serving = await self.serving(asked.project.id, asked.profile.alias)
            self._refuse_when_busy(serving.batcher)
        while self._log is not None and self._log.behind:  # a stream waits
            await asyncio.sleep(0.1)
        try:
            with self._traces.step("batch", texts=len(documents)):
                asked_at = time_ns()
                async with asyncio.timeout(self._settings.seconds):
                    read = await serving.batcher.read(documents, timed=timed)
                began_at = asked_at + int(1e9 * read.waited)
                self._traces.past(
                    "recognise",
                    began=began_at,
                    ended=began_at + int(1e9 * read.worked),
                    model=serving.version.number,
                    pipeline=serving.version.pipeline,
                )
        except TimeoutError:
            detail = f"it took more than {self._settings.seconds:g} seconds"
            raise Problem(503, "timeout", detail, headers={"Retry-After": "5"}) from None
        found = read.documents
        if not asked.profile.gives_all:
            found = [asked.profile.applied(document) for document in found]
        version = serving.version
        if self._log is not None:
            with self._traces.step("log"):
                await self._note(self._log, asked, version, found, began)
        return Answered(version, found, _timings(read, began) if timed else {})

    def check(self, texts: Sequence[str]) -> None:
        """Hold a request to the limits.

        Raises:
            InputError: too many texts, or one that is too long.
        """
        if len(texts) > self._settings.texts:
            raise InputError(f"{len(texts)} texts", where="body", fix=f"no more than {self._settings.texts} at once")
        for number, text in enumerate(texts):
            if len(text) > self._settings.characters:
                fix = f"no more than {self._settings.characters}"
                raise InputError(f"text {number} has {len(text)} characters", where="body", fix=fix)

    def close(self) -> None:
        """End the threads, once nobody is answered any more."""
        self._threads.shutdown()

    def _refuse_when_busy(self, batcher: Batcher) -> None:
        if (seconds := batcher.seconds) > self._settings.wait_seconds:
            wait = str(math.ceil(seconds))
            raise Problem(429, "busy", "there is too much to do at the moment", headers={"Retry-After": wait})
        if self._log is not None and self._log.behind:
            detail = "the inference log cannot be written fast enough"
            raise Problem(503, "unavailable", detail, headers={"Retry-After": "2"})

    async def _note(
        self, log: LogWriter, asked: Asked, version: ModelVersion, found: Sequence[Document], began: float
    ) -> None:
        done = log.append(
            Inferences(
                time=asked.now,
                project=asked.project.id,
                documents=found,
                model=version.number,
                pipeline=version.pipeline,
                guideline=version.guideline,
                asked=asked.name,
                caller=asked.caller,
                request=asked.request,
                ms=1000 * (perf_counter() - began),
                text=_kept(asked.project, self._text),
            )
        )
        if done is not None:
            try:
                await asyncio.wrap_future(done)
            except OSError:
                detail = "the inference log cannot be written"
                raise Problem(503, "unavailable", detail, headers={"Retry-After": "2"}) from None

    def _look_again(self, key: tuple[int, str], known: _Known) -> None:
        known.checked = perf_counter()
        if known.looks:
            return
        known.looks = True
        task = asyncio.create_task(self._refresh(key, known))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh(self, key: tuple[int, str], known: _Known) -> None:
        try:
            await self._load(key)
        except InputError:  # the alias is gone: whoever asks next is told so
            self._known.pop(key, None)
        except Exception as error:  # the store is away: what is known answers
            _log.warning(json.dumps({"event": "an alias cannot be looked up", "problem": repr(error)}))
        finally:
            known.looks = False

    async def _load(self, key: tuple[int, str]) -> Serving:
        version, nlp = await run_in_threadpool(self._served.version, *key)
        known = self._known.get(key)
        if known is not None and known.serving.version.address == version.address:
            known.checked = perf_counter()
            return known.serving
        same = [one.serving for one in self._known.values() if one.serving.version.address == version.address]
        if not same:
            await run_in_threadpool(nlp, _WARM)
            if self._loaded:
                self._loaded()
        serving = Serving(version, same[0].batcher if same else Batcher(nlp, self._threads))
        self._known[key] = _Known(serving, perf_counter())
        return serving


def _kept(project: ProjectAsked, usual: TextKept) -> TextKept:
    """What the log keeps of the texts of a project: its own setting, or that of the server."""
    own = project.settings.get("log", {})
    kept: Any = own.get("text", usual) if isinstance(own, Mapping) else usual
    if kept not in get_args(TextKept):
        raise InputError(f"log.text = {kept!r}", where="settings", fix=" | ".join(get_args(TextKept)))
    found: TextKept = kept
    return found


def _timings(read: Read, began: float) -> dict[str, float]:
    stages = {name: 1000 * seconds for name, seconds in read.stages.items()}
    return {"waited": 1000 * read.waited, **stages, "total": 1000 * (perf_counter() - began)}
