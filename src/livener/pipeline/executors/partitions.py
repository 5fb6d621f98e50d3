"""How files are cut, so that many workers can read them and a stopped run can go on."""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from livener.errors import InputError
from livener.formats import Source, recognised
from livener.pipeline.executors import places

_LINES = frozenset(
    {"utf-8", "ascii", "iso8859-1", "cp1252"}
)  # encodings in which byte 10 is a line's end and no else
_CHUNK = 1 << 20
_OF_LINES = {"jsonl": {"longest_line"}, "text": {"longest_line", "lines"}}  # formats, and the options that are known


@dataclass(frozen=True, slots=True)
class Reading:
    """How the inputs are read: ``format`` (recognised when ``None``), ``encoding``, ``options`` of the format."""

    format: str | None = None
    encoding: str = "utf-8"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of an input, and the file that its predictions go to.

    ``kind`` is ``"jsonl"`` or ``"text"``, where ``[start, end)`` are bytes that begin with line ``first``;
    ``"parquet"``, where they are row groups that begin with row ``first``; or ``"file"``, all of it.
    """

    source: str
    target: str
    kind: str
    start: int
    end: int
    first: int


def planned(
    sources: Iterable[str], out: str, *, reading: Reading, suffix: str, size: int
) -> dict[str, list[Partition]]:
    """The partitions of every input, each of about ``size`` bytes, with their targets in ``out``.

    An input that is one partition is written to ``stem.suffix``, one of several to ``stem-00000.suffix`` and so on.
    What is not lines or Parquet, or in another than a common encoding, is one partition.

    Raises:
        InputError: a file cannot be read, or is empty; or two would be written to one target.
    """
    found: dict[str, list[Partition]] = {}
    owners: dict[str, str] = {}
    for source in sources:
        kind = "file" if source == "-" else _kind(source, reading)
        cuts = list(_cuts(source, kind, size))
        for number, (start, end, first) in enumerate(cuts):
            part = "" if len(cuts) == 1 else f"-{number:05}"
            target = places.joined(out, f"{places.stem_of(source)}{part}.{suffix}")
            if target in owners:
                raise InputError(f"two inputs would both be written to {target}", where=source, fix="different names")
            owners[target] = source
            found.setdefault(source, []).append(Partition(source, target, kind, start, end, first))
    return found


def _kind(source: str, reading: Reading) -> str:
    if reading.format == "parquet" or (reading.format is None and source.lower().endswith(".parquet")):
        return "parquet"
    places.stamp(source)
    with places.opened(source) as file, Source(source, encoding=reading.encoding, opened=file) as head:
        name = reading.format or recognised(head).name
        if name in _OF_LINES:
            head.head()  # refuses what is no text
    lines = name == "jsonl" or (name == "text" and bool(reading.options.get("lines")))
    known = lines and reading.options.keys() <= _OF_LINES[name]
    return name if known and codecs.lookup(reading.encoding).name in _LINES else "file"


def _cuts(source: str, kind: str, size: int) -> Iterator[tuple[int, int, int]]:
    if kind == "file":
        yield 0, 0, 1
    elif kind == "parquet":
        from livener.pipeline.executors import parquet

        yield from parquet.cuts(source, size)
    else:
        with places.opened(source) as file:
            if not file.read(1):
                raise InputError("the file is empty", where=source)
            file.seek(0)
            yield from _line_cuts(file, size)


def _line_cuts(file: BinaryIO, size: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and first line of parts that end with a line and hold at least ``size`` bytes, but for the last."""
    start = end = 0
    first = line = 1
    while data := file.read(min(_CHUNK, size)):
        end += len(data)
        line += data.count(b"\n")
        if end - start >= size:
            rest = file.readline() if not data.endswith(b"\n") else b""
            end += len(rest)
            line += rest.count(b"\n")
            yield start, end, first
            start, first = end, line
    if end > start:
        yield start, end, first
