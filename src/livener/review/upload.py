"""What people send in: documents in a stream of bytes, perhaps packed, that may be of any size and of bad intent."""

import gzip
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from livener import formats
from livener.errors import InputError
from livener.formats import Report
from livener.formats.source import LONGEST_LINE
from livener.text import Document

_CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_SMALL = 16 << 20  # what is unpacked so far is too little to call it a bomb
_DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a packed upload may become: ``bytes`` in all, ``ratio`` times its size, so many ``files``."""

    bytes: int = 4 << 30
    ratio: int = 200
    files: int = 100_000
    longest_line: int = LONGEST_LINE


def uploaded(
    stream: BinaryIO,
    *,
    name: str = "upload",
    format: str | None = None,
    encoding: str = "utf-8",
    limits: Limits = Limits(),
    report: Report | None = None,
    **options: Any,
) -> Iterator[Document]:
    """The documents of a file, or of a gzip or zip archive of files, as ``formats.read`` reads them.

    Everything is written to a temporary folder first, so that nobody waits for a slow sender, and formats that are
    several files can be read. ``name`` is what messages call the file, and says its format where ``format`` does not.

    Raises:
        InputError: as ``formats.read``; or an archive is damaged, encrypted, names a file outside of itself, or
            would unpack to more than the limits.

    >>> import io
    >>> packed = gzip.compress(b'{"id": "d1", "text": "Apple rose."}')
    >>> next(uploaded(io.BytesIO(packed), name="notes.jsonl.gz")).text
    'Apple rose.'
    """
    folder = Path(tempfile.mkdtemp(prefix="livener-upload-"))
    try:
        for path in _unpacked(stream, folder, _safe(name), limits):
            yield from formats.read(
                path, format=format, encoding=encoding, report=report, longest_line=limits.longest_line, **options
            )
    except InputError as error:
        where = error.where and error.where.replace(f"{folder}/", "")
        raise InputError(error.problem, where=where, fix=error.fix) from None
    finally:
        shutil.rmtree(folder)


def _safe(name: str) -> str:
    """The name as that of a file: the sender chose it."""
    return re.sub(r"[^\w.-]", "_", PurePosixPath(name).name)[-100:].lstrip(".") or "upload"


def _unpacked(stream: BinaryIO, folder: Path, name: str, limits: Limits) -> list[Path]:
    """The files to read."""
    path = folder / name
    with path.open("xb") as file:
        shutil.copyfileobj(stream, file, _CHUNK)
    with path.open("rb") as file:
        head = file.read(4)
    if not head.startswith((_GZIP, _ZIP)):
        return [path]
    gauge = _Gauge(name, path.stat().st_size, limits)
    inside = folder / "inside"
    inside.mkdir()
    try:
        if head.startswith(_GZIP):
            target = inside / (name.removesuffix(".gz") if name != ".gz" else "upload")
            with gzip.open(path) as packed:
                gauge.copy(packed, target)
            return [target]
        if (entries := _entries(path)) > limits.files:
            raise InputError(f"the archive has {entries:,} files", where=name, fix=f"at most {limits.files:,}")
        with zipfile.ZipFile(path) as archive:
            return _members(archive, inside, gauge)
    except _DAMAGED as error:
        why = (isinstance(error, OSError) and error.strerror) or error  # without the name of the temporary file
        problem = f"the archive cannot be unpacked: {why}"
        raise InputError(problem, where=name, fix="a whole gzip or zip file") from None


def _entries(path: Path) -> int:
    """How many files a zip archive says it has, counted before its whole directory is read into memory."""
    with path.open("rb") as file:
        return sum(chunk.count(b"PK\x01\x02") for chunk in iter(lambda: file.read(_CHUNK), b""))


def _members(archive: zipfile.ZipFile, inside: Path, gauge: "_Gauge") -> list[Path]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    paths = []
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        target = inside.joinpath(*parts)
        if not parts or ".." in parts or not target.is_relative_to(inside) or ":" in member.filename:
            raise InputError(f"the archive names a file outside of itself: {member.filename!r}", where=gauge.name)
        if target.exists():
            raise InputError(f"the archive has {member.filename!r} twice", where=gauge.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as packed:
            gauge.copy(packed, target)
        paths.append(target)
    texts_of_brat = {path.with_suffix(".txt") for path in paths if path.suffix == ".ann"}
    found = sorted(path for path in paths if path not in texts_of_brat and not path.name.startswith("."))
    if not found:
        raise InputError("the archive has no files", where=gauge.name)
    return found


@dataclass(slots=True)
class _Gauge:
    """Measures what comes out of an archive while it comes: what its header says is the sender's word."""

    name: str
    packed: int
    limits: Limits
    total: int = 0

    def copy(self, source: Any, target: Path) -> None:
        with target.open("xb") as file:
            while chunk := source.read(_CHUNK):
                self.total += len(chunk)
                ratio = self.total > _SMALL and self.total > self.packed * self.limits.ratio
                if ratio or self.total > self.limits.bytes:
                    most = (
                        f"{self.limits.bytes:,} bytes in all, and {self.limits.ratio} times its {self.packed:,} bytes"
                    )
                    problem = f"the archive unpacks to more than {self.total - len(chunk):,} bytes: a zip bomb?"
                    raise InputError(problem, where=self.name, fix=f"at most {most}")
                file.write(chunk)
