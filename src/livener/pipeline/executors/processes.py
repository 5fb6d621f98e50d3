"""Work in several processes of this machine."""

import os
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from livener.errors import InputError, LivenerError
from livener.pipeline.executors.base import Outcome, Work
from livener.pipeline.executors.partitions import Partition
from livener.pipeline.run import Pipeline

_DEATHS = 3  # of workers on one partition, after which it is the partition's fault
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    partition: Partition


class Processes:
    """``workers`` processes, by default one for each processor, each with its own copy of the pipeline.

    A worker that dies is replaced, and its partition is done again. A program that uses this needs the usual
    ``if __name__ == "__main__":``.

    Raises:
        InputError: less than one worker.
    """

    def __init__(self, workers: int | None = None) -> None:
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if workers is not None and workers < 1:
            raise InputError(f"{workers} workers", fix="at least one")
        self.workers = workers or processors
        self._threads = max(1, processors // self.workers)

    def run(self, work: Work, nlp: Pipeline, partitions: Sequence[Partition]) -> Iterator[Outcome]:  # noqa: ARG002
        """The outcome of every partition, as they end.

        Raises:
            InputError: workers died again and again on one partition.
        """
        waiting = deque(partitions)
        deaths: Counter[Partition] = Counter()
        busy: dict[Connection, _Worker] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self.workers:
                    connection, process = self._started(work)
                    busy[connection] = _Worker(process, waiting.popleft())
                    _send(connection, busy[connection].partition)
                for connection in [one for one in wait(list(busy)) if isinstance(one, Connection)]:
                    worker = busy[connection]
                    try:
                        answer = connection.recv()
                    except (EOFError, OSError):  # killed, by whoever it was
                        worker.process.join()
                        del busy[connection]
                        deaths[worker.partition] += 1
                        if deaths[worker.partition] >= _DEATHS:
                            raise InputError(
                                f"{_DEATHS} workers died of it, the last with {worker.process.exitcode}",
                                where=f"{worker.partition.source} ({worker.partition.target})",
                                fix="more memory, fewer --workers, or a smaller --partition",
                            ) from None
                        waiting.appendleft(worker.partition)
                        continue
                    if isinstance(answer, BaseException):
                        raise answer
                    if waiting:
                        worker.partition = waiting.popleft()
                        _send(connection, worker.partition)
                    else:
                        del busy[connection]
                        connection.close()
                        worker.process.join()
                    yield answer
        finally:
            for worker in busy.values():
                worker.process.terminate()
            for connection, worker in busy.items():
                worker.process.join()
                connection.close()

    def _started(self, work: Work) -> tuple[Connection, SpawnProcess]:
        context = get_context("spawn")  # a fork would copy threads that hold locks
        mine, its = context.Pipe()
        process = context.Process(target=_work, args=(its, work), daemon=True)
        with _few_threads(self._threads):
            process.start()
        its.close()  # so that the end of the process is the end of the stream
        return mine, process


def _send(connection: Connection, partition: Partition) -> None:
    with suppress(OSError):  # it died since: the next receive tells
        connection.send(partition)


def _work(connection: Connection, work: Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group: the driver says what happens
    signal.signal(signal.SIGTERM, _stopped)
    answer: Any
    nlp: Pipeline | None = None
    while True:
        try:
            partition = connection.recv()
        except (EOFError, OSError):
            return
        try:
            nlp = nlp or work.load()
            answer = work.done(nlp, partition)
        except LivenerError as error:
            answer = Outcome(partition.target, error=str(error))
        except Exception as error:
            answer = RuntimeError(f"{type(error).__name__}: {error}")
            answer.__cause__ = None
        with suppress(OSError):
            connection.send(answer)


def _stopped(*_: object) -> None:
    raise SystemExit(1)  # through the clean-up of what is half-written


@contextmanager
def _few_threads(number: int) -> Iterator[None]:
    """The environment for workers that share the processors; libraries read it when they are loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update({name: str(number) for name in _THREADS if before[name] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
