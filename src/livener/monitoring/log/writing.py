"""Who writes the log: a thread of its own, so that no answer waits for a disk unless it is asked to."""

import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, time
from typing import NamedTuple, Self

from livener.errors import InputError
from livener.monitoring.log.open_file import IDS_BITS, OpenFile
from livener.monitoring.log.reading import spool_of
from livener.monitoring.log.rolling import roll_all
from livener.monitoring.log.rows import Inferences, rows, secret_key
from livener.monitoring.log.segments import Segments

_log = logging.getLogger("livener.server")
_AT_ONCE = 512  # documents: other threads get their turn between two such parts
_WRITE_SECONDS = 0.1  # what a killed process takes with it is not older by much
_Waiting = tuple[Inferences | None, Future[None] | None]  # without predictions: make segments of what there is


class _Sync(NamedTuple):
    """A sync under way: what it will have put on the disk, and whether the file ends with it."""

    file: OpenFile
    written: list[_Waiting]
    done: Future[None]
    last: bool


class LogWriter:
    """Appends predictions to the log at ``url``, and makes segments of them.

    What was appended is written to a file within a tenth of a second, from where it outlives the process, and synced
    to the disk at most ``sync_seconds`` and one sync later, so that it outlives the machine; with ``strict`` at once,
    and `append` gives a future that is done then. What is to be written does not wait for a sync. A file becomes
    segments after ``segment_seconds`` or ``segment_rows`` documents, and so does what a process left behind that was
    killed. While more than ``most_waiting`` documents are not synced, the disk does not keep up, or is full, and
    ``behind`` is true: whoever answers requests should refuse them then, as nothing that was answered may be lost.

    Raises:
        InputError: a log that is elsewhere has no ``spool``, a local folder for what is written just now.
    """

    def __init__(
        self,
        url: str | Path,
        *,
        spool: str | Path | None = None,
        strict: bool = False,
        sync_seconds: float = 0.5,
        segment_seconds: float = 300.0,
        segment_rows: int = 500_000,
        most_waiting: int = 200_000,
        clock: Callable[[], float] = time,
    ) -> None:
        self._segments = Segments(url)
        folder = spool_of(self._segments, spool)
        if folder is None:
            raise InputError("the log needs a local folder too", where=str(url), fix="spool")
        folder.mkdir(parents=True, exist_ok=True)
        self._spool, self._strict, self._clock = folder, strict, clock
        self._sync_seconds, self._segment_seconds = sync_seconds, segment_seconds
        self._segment_rows = min(segment_rows, (1 << IDS_BITS) // 2)
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._count = 0
        self._guard = Lock()
        self._wake, self._stopping = Event(), Event()
        self._file: OpenFile | None = None
        self._written: list[_Waiting] = []  # what is in it, and is to be synced
        self._syncs: deque[_Sync] = deque()
        self._opened = self._synced = 0.0
        rows([], first=0)  # what pyarrow loads on its first use takes a second on a busy machine: now, and not later
        self._syncing = ThreadPoolExecutor(1, "livener log sync")
        self._rolling = ThreadPoolExecutor(1, "livener log segments")
        self._rolling.submit(self._roll)
        self._thread = Thread(target=self._run, name="livener log", daemon=True)
        self._thread.start()

    @property
    def behind(self) -> bool:
        """Whether the disk does not keep up."""
        return self._count > self._most_waiting

    @property
    def waiting(self) -> int:
        """How many documents are not on the disk yet."""
        return self._count

    def append(self, entry: Inferences) -> Future[None] | None:
        """Add predictions, in any thread; a future with ``strict``, which fails when they could not be written.

        Raises:
            InputError: a text is to be kept as a hash, without a key.
        """
        if entry.text == "hash":
            secret_key()
        done: Future[None] | None = Future() if self._strict else None
        with self._guard:
            self._waiting.append((entry, done))
            self._count += len(entry.documents)
        if self._strict:
            self._wake.set()
        return done

    def flush(self) -> None:
        """Make segments of all that was appended, and wait for it."""
        asked: Future[None] = Future()
        with self._guard:
            self._waiting.append((None, asked))
        self._wake.set()
        asked.result()
        self._rolling.submit(self._roll).result()

    def close(self) -> None:
        """Write what waits, make segments of it, and end."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._syncing.shutdown()
        self._rolling.submit(self._roll)
        self._rolling.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        """Writes what was appended, at once or every tenth of a second, whatever a sync takes: what is written
        outlives the process."""
        stopped = False
        while not stopped:
            stopped = self._stopping.is_set()
            if not stopped:
                self._wake.wait(min(_WRITE_SECONDS, self._sync_seconds))
                self._wake.clear()
            self._settle()
            with self._guard:
                taken = list(self._waiting)
                self._waiting.clear()
            try:
                self._write(taken)
            except OSError as error:
                self._keep(taken, error)
                continue
            old = self._file is not None and monotonic() - self._opened >= self._segment_seconds
            asked = any(entry is None for entry, _ in taken)
            if old or asked or stopped or (self._file and self._file.count >= self._segment_rows):
                self._sync(last=True)
            elif not self._syncs and (self._strict or monotonic() - self._synced >= self._sync_seconds):
                self._sync()
        if self._file:
            self._sync(last=True)
        wait([sync.done for sync in self._syncs])
        self._settle()  # what could not be synced may be lost, and whoever reads the log of the server learns of it

    def _write(self, taken: Sequence[_Waiting]) -> None:
        entries = [entry for entry, _ in taken if entry is not None]
        if entries:
            if self._file is None:
                self._file = OpenFile(self._spool, milliseconds=int(self._clock() * 1000))
                self._opened = monotonic()
            made, first = [], self._file.first + self._file.count
            for part in _parts(entries):
                made.append(rows(part, first=first))
                first += made[-1][0].num_rows
            self._file.append(made)
        self._written += taken

    def _sync(self, *, last: bool = False) -> None:
        """Have what was written synced by the other thread, and the file end with it."""
        written, self._written = self._written, []
        if self._file is None:
            if self._syncs:
                self._syncs[-1].written.extend(written)
            else:
                self._answer(written)
        elif written or last:
            done = self._syncing.submit(self._file.sync, self._file.end)
            done.add_done_callback(lambda _: self._wake.set())
            self._syncs.append(_Sync(self._file, written, done, last))
            self._synced = monotonic()
            self._file = None if last else self._file

    def _settle(self) -> None:
        """Look what became of the syncs."""
        while self._syncs and self._syncs[0].done.done():
            sync = self._syncs.popleft()
            error = sync.done.exception()
            if error is not None:
                self._cut(sync, error)
                continue
            if sync.last:
                self._end(sync.file)
            self._answer(sync.written)

    def _answer(self, written: Sequence[_Waiting]) -> None:
        with self._guard:
            self._count -= sum(len(entry.documents) for entry, _ in written if entry is not None)
        for _, done in written:
            if done:
                done.set_result(None)

    def _cut(self, failed: _Sync, error: BaseException) -> None:
        """What a sync failed of is written anew, with all that the file has since; as is what else was to be synced
        of it."""
        file, written, last = failed.file, failed.written, failed.last
        while self._syncs and self._syncs[0].file is file:
            sync = self._syncs.popleft()
            wait([sync.done])
            written, last = [*written, *sync.written], last or sync.last
        if not last:
            written, self._written = [*written, *self._written], []
        file.cut()
        if last:
            self._end(file)
        self._keep(written, error)

    def _keep(self, taken: Sequence[_Waiting], error: BaseException) -> None:
        """What could not be written is tried again; whoever waits for it is told at once."""
        _log.error(json.dumps({"event": "the log cannot be written", "problem": str(error)}))
        kept: list[_Waiting] = []
        for entry, done in taken:
            if done:
                done.set_exception(error)
                if entry is not None:
                    with self._guard:
                        self._count -= len(entry.documents)
            else:
                kept.append((entry, done))
        with self._guard:
            self._waiting.extendleft(reversed(kept))
        self._stopping.wait(self._sync_seconds)

    def _end(self, file: OpenFile) -> None:
        file.close()
        self._rolling.submit(self._roll)

    def _roll(self) -> None:
        try:
            roll_all(self._spool, self._segments)
        except Exception as error:  # the files stay, and are tried again with the next one
            _log.error(json.dumps({"event": "no segment could be made of the log", "problem": repr(error)}))


def _parts(entries: Sequence[Inferences]) -> list[list[Inferences]]:
    parts: list[list[Inferences]] = [[]]
    size = 0
    for entry in entries:
        if size >= _AT_ONCE:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += len(entry.documents)
    return parts
