"""The file that predictions are appended to before they become a segment: what was written whole is read back.

After a line that says what it is come frames, each a checksum (CRC-32), two lengths, and two record batches as Arrow
sends them. A frame that is cut short or damaged ends the file: nothing that comes after it was ever synced. What was
written and not synced outlives the process, and not the machine.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa

from livener.monitoring.log.rows import DOCUMENTS, SPANS, Rows

SUFFIX = ".open"
_MAGIC = b"livener log 1\n"
_HEAD = struct.Struct("<3I")
IDS_BITS = 22  # ids of one file: more documents than that do not fit into it


class End(NamedTuple):
    """How far a file is written: bytes, and documents in them."""

    at: int
    documents: int


class OpenFile:
    """A new file in ``folder``, locked for as long as it is written; ``milliseconds`` is now, since 1970.

    Its name sorts by time, and so do the ids of its documents, from ``first``. One thread appends and cuts, and
    another may sync meanwhile.
    """

    def __init__(self, folder: Path, *, milliseconds: int) -> None:
        self.path = folder / f"{milliseconds:013d}-{uuid4().hex[:12]}{SUFFIX}"
        self.first = milliseconds << IDS_BITS
        self.count = 0
        self.bytes = 0
        self._folder, self._named = folder, False
        work = self.path.with_suffix(".new")  # until it is locked, so that nobody takes it for one that was left
        self._file = os.open(work, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._write(_MAGIC)
            work.rename(self.path)
        except OSError:
            os.close(self._file)
            work.unlink(missing_ok=True)
            raise
        self._synced = self.end

    @property
    def end(self) -> End:
        """How far it is written."""
        return End(self.bytes, self.count)

    def append(self, rows: Sequence[Rows]) -> None:
        """Add the rows: all of them, or none when it fails.

        Raises:
            OSError: the disk is full, or another fault of it; the file is as it was before.
        """
        before = self.end
        try:
            for documents, spans in rows:
                self._write(_frame(documents, spans))
                self.count += documents.num_rows
        except OSError:
            self._cut(before)
            raise

    def sync(self, end: End) -> None:
        """Have what was written until ``end`` on the disk, with the name of the file.

        Raises:
            OSError: the disk is full, or another fault of it; what is there is not known, and is to be cut.
        """
        os.fsync(self._file)
        if not self._named:
            _sync_folder(self._folder)
            self._named = True
        self._synced = end

    def cut(self) -> None:
        """Take away what was not synced."""
        self._cut(self._synced)

    def close(self) -> None:
        """End it, and give up the lock."""
        os.close(self._file)

    def _cut(self, end: End) -> None:
        os.ftruncate(self._file, end.at)
        os.lseek(self._file, end.at, os.SEEK_SET)
        self.bytes, self.count = end.at, end.documents

    def _write(self, content: bytes) -> None:
        view = memoryview(content)
        while view:
            written = os.write(self._file, view)
            self.bytes += written
            view = view[written:]


def read(path: Path) -> Iterator[Rows]:
    """The rows of a file, of which another process may be writing the end; nothing where there is no file."""
    try:
        content = memoryview(path.read_bytes())
    except FileNotFoundError:
        return
    if content[: len(_MAGIC)] != _MAGIC:
        return
    at = len(_MAGIC)
    while at + _HEAD.size <= len(content):
        checksum, documents, spans = _HEAD.unpack_from(content, at)
        body = content[at + _HEAD.size : at + _HEAD.size + documents + spans]
        if len(body) < documents + spans or zlib.crc32(body) != checksum:
            return
        yield (
            pa.ipc.read_record_batch(pa.py_buffer(body[:documents]), DOCUMENTS),
            pa.ipc.read_record_batch(pa.py_buffer(body[documents:]), SPANS),
        )
        at += _HEAD.size + documents + spans


def files(folder: Path) -> list[Path]:
    """The files there, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


class Adopted:
    """A file that nobody writes any more, locked against others that would work on it too."""

    def __init__(self, path: Path, file: int) -> None:
        self.path, self._file = path, file

    @classmethod
    def of(cls, path: Path) -> "Adopted | None":
        """The file, unless somebody writes it or it is gone."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        if not path.exists():  # another was faster
            os.close(file)
            return None
        return cls(path, file)

    def remove(self) -> None:
        """What it holds is elsewhere now."""
        self.path.unlink()
        _sync_folder(self.path.parent)

    def close(self) -> None:
        """Give up the lock."""
        os.close(self._file)


def _frame(documents: pa.RecordBatch, spans: pa.RecordBatch) -> bytes:
    first, second = documents.serialize(), spans.serialize()
    body = b"".join((first, second))
    return _HEAD.pack(zlib.crc32(body), len(first), len(second)) + body


def _sync_folder(folder: Path) -> None:
    """A name that is there after a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
