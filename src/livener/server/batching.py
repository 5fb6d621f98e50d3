"""Dynamic batches: what waits while a model works is its next batch, so that nobody waits for others to come."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from livener.pipeline import Pipeline
from livener.pipeline.stages.link import Link
from livener.text import Document

_AT_ONCE = 25_600  # characters of a batch, about 256 sentences: what others wait for
_INLINE = 0.001  # seconds: below it, to go to another thread and back takes longer than the work
_SMOOTH = 0.1


@dataclass(frozen=True, slots=True)
class Read:
    """The documents with what a model found, how many seconds they waited, and it worked on them and on what was in
    the same batch; and, when asked for, what each stage took."""

    documents: list[Document]
    waited: float
    worked: float
    stages: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Asked:
    documents: Sequence[Document]
    length: int
    timed: bool
    since: float
    answer: "asyncio.Future[Read]"


class Batcher:
    """One pipeline, for all who ask it at once, within one event loop.

    Requests that came while it worked are read together, up to some characters at once; a longer one goes in parts,
    so that others get their turn between them. Work of less than a millisecond, as this pipeline has shown so far, is
    done in place, other work in ``threads``.
    """

    def __init__(self, nlp: Pipeline, threads: Executor, *, clock: Callable[[], float] = perf_counter) -> None:
        self._nlp, self._threads, self._clock = nlp, threads, clock
        self._queue: deque[_Asked] = deque()
        self._works = False
        self._pace: float | None = None  # seconds a character
        self._length = 0

    @property
    def seconds(self) -> float:
        """How long the work that waits will take, as far as is known."""
        return self._length * (self._pace or 0.0)

    @property
    def cache_hit_rate(self) -> float | None:
        """The share of names that the caches of linking knew; ``None`` where nothing was linked."""
        caches = [stage for stage in self._nlp.stages if isinstance(stage, Link) and stage.asked]
        asked = sum(stage.asked for stage in caches)
        return sum(stage.known for stage in caches) / asked if asked else None

    @property
    def waiting(self) -> int:
        """How many requests, or parts of them, wait."""
        return len(self._queue)

    async def read(self, documents: Sequence[Document], *, timed: bool = False) -> Read:
        """The documents as the pipeline reads them.

        Raises:
            InputError: a stage refuses a document.
        """
        parts = _parts(documents)
        if len(parts) == 1:
            return await self._ask(parts[0], timed)
        found, waited, worked, stages = [], 0.0, 0.0, dict[str, float]()
        for part in parts:
            read = await self._ask(part, timed)
            found += read.documents
            waited += read.waited
            worked += read.worked
            for stage, seconds in read.stages.items():
                stages[stage] = stages.get(stage, 0.0) + seconds
        return Read(found, waited, worked, stages)

    def _ask(self, documents: Sequence[Document], timed: bool) -> "asyncio.Future[Read]":
        loop = asyncio.get_running_loop()
        length = sum(len(document.text) for document in documents) + len(documents)
        asked = _Asked(documents, length, timed, self._clock(), loop.create_future())
        self._queue.append(asked)
        self._length += length
        if not self._works:
            self._works = True
            loop.call_soon(self._next)  # after whoever else is at it now, who may ask too
        return asked.answer

    def _next(self) -> None:
        taken = self._take()
        loop = asyncio.get_running_loop()
        if not taken:
            self._works = False
            return
        length, began = sum(one.length for one in taken), self._clock()
        if self._pace is not None and length * self._pace < _INLINE:
            self._answer(taken, self._attempt(taken), began)
            loop.call_soon(self._next)
            return
        running = loop.run_in_executor(self._threads, self._attempt, taken)

        def done(finished: "asyncio.Future[list[Read | Exception]]") -> None:
            self._answer(taken, finished.result(), began)
            self._next()

        running.add_done_callback(done)

    def _take(self) -> list[_Asked]:
        """What is read next: several requests, or one that is timed."""
        taken: list[_Asked] = []
        length = 0
        while self._queue:
            first = self._queue[0]
            if first.answer.done():  # nobody waits for it any more
                self._length -= self._queue.popleft().length
                continue
            if taken and (first.timed or taken[-1].timed or length + first.length > _AT_ONCE):
                break
            length += first.length
            self._length -= first.length
            taken.append(self._queue.popleft())
        return taken

    def _attempt(self, taken: Sequence[_Asked]) -> "list[Read | Exception]":
        """All at once; when that fails each for itself, so that nobody fails for what another sent."""
        began = self._clock()
        try:
            if taken[0].timed:
                documents, stages = self._nlp.timed(taken[0].documents)
                return [Read(documents, began - taken[0].since, self._clock() - began, stages)]
            found = list(self._nlp.pipe(document for one in taken for document in one.documents))
            worked, parts = self._clock() - began, iter(found)
            return [Read(list(islice(parts, len(one.documents))), began - one.since, worked, {}) for one in taken]
        except Exception as error:
            if len(taken) == 1:
                return [error]
            return [answer for one in taken for answer in self._attempt([one])]

    def _answer(self, taken: Sequence[_Asked], answers: "Sequence[Read | Exception]", began: float) -> None:
        pace = (self._clock() - began) / sum(one.length for one in taken)
        self._pace = pace if self._pace is None else (1 - _SMOOTH) * self._pace + _SMOOTH * pace
        for one, answer in zip(taken, answers, strict=True):
            if one.answer.done():
                continue
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)


def _parts(documents: Sequence[Document]) -> list[Sequence[Document]]:
    """At least one part, none much longer than what is read at once."""
    if len(documents) == 1:
        return [documents]
    parts: list[list[Document]] = [[]]
    length = 0
    for document in documents:
        if parts[-1] and length + len(document.text) > _AT_ONCE:
            parts.append([])
            length = 0
        parts[-1].append(document)
        length += len(document.text) + 1
    return list(parts)
