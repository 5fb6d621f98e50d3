"""The documents of a partition; what cannot be one is set aside."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener.errors import InputError
from livener.formats import Report, jsonl, read
from livener.formats.source import LONGEST_LINE
from livener.pipeline.executors import places
from livener.pipeline.executors.partitions import Partition, Reading
from livener.text import Document


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that gave no prediction: where it stands, why, and what was given, as far as it could be read."""

    where: str
    error: str
    given: Any

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        return {"where": self.where, "error": self.error, "given": self.given}


def documents_of(partition: Partition, reading: Reading, report: Report) -> Iterator[Document | Failure]:
    """Every document of the partition, in order, or why it is none.

    Raises:
        InputError: the partition as such cannot be read.
    """
    if partition.kind == "parquet":
        from livener.pipeline.executors import parquet

        stem = places.stem_of(partition.source)
        for number, row in parquet.rows(partition):
            where = f"{partition.source}: row {number}"
            try:
                yield jsonl.document_of(row, f"{stem}:{number}", where, report)
            except InputError as error:
                yield Failure(where, str(error), row)
    elif partition.kind == "file":
        yield from _whole(partition.source, reading, report)
    else:
        yield from _lines(partition, reading, report)


def _whole(source: str, reading: Reading, report: Report) -> Iterator[Document]:
    arguments = {"format": reading.format, "encoding": reading.encoding, "report": report, **reading.options}
    if not places.is_url(source):
        yield from read(source, **arguments)
        return
    with tempfile.TemporaryDirectory() as folder, places.opened(source) as file:
        copy = Path(folder, source.rpartition("/")[2])
        with copy.open("wb") as copied:
            while data := file.read(1 << 20):
                copied.write(data)
        yield from read(copy, **arguments)


def _lines(partition: Partition, reading: Reading, report: Report) -> Iterator[Document | Failure]:
    stem, source = places.stem_of(partition.source), partition.source
    longest = reading.options.get("longest_line", LONGEST_LINE)
    plain = partition.kind == "text"
    position, number = partition.start, partition.first
    with places.opened(source) as file:
        file.seek(position)
        while position < partition.end:
            raw = file.readline()
            if not raw:
                raise InputError("became shorter while it was read", where=source)
            position += len(raw)
            where, number = f"{source}:{number}", number + 1
            try:
                line = raw.decode(reading.encoding).removesuffix("\n")
                if number == 2:
                    line = line.removeprefix("\ufeff")
                if len(line) > longest:
                    raise InputError(f"the line is longer than {longest:,} characters", where=where)
                if "\0" in line:
                    raise InputError("the line holds a zero byte", where=where, fix="text")
                if plain:
                    line = line.removesuffix("\r")
                    if line and not line.isspace():
                        yield Document(line, f"{stem}:{number - 1}")
                    elif line:
                        report.note("blank lines", where, "a line of white space is left out")
                elif line and not line.isspace():
                    yield jsonl.document_of(jsonl.parsed(line, where), f"{stem}:{number - 1}", where, report)
            except InputError as error:
                yield Failure(where, str(error), line)
            except UnicodeDecodeError as error:
                problem = f"{where}: byte 0x{raw[error.start]:02x} is not {reading.encoding}"
                yield Failure(where, problem, raw.decode(reading.encoding, errors="replace"))
