"""Term lists: CSV, TSV and JSON Lines with the columns term, label, id, aliases."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from livener.errors import InputError

_COLUMNS = ("term", "label", "id", "aliases")


class Term(NamedTuple):
    """One name of one entity; a tuple, because there are a million of them."""

    text: str
    label: str
    id: str | None = None


def read_terms(path: str | Path, *, label: str | None = None) -> Iterator[Term]:
    """The terms of a file, each followed by its aliases, which share its label and id.

    The kind of file is told by its ending. CSV (quotes as in a spreadsheet) and TSV (no quoting) begin with a line
    that names the columns; their aliases are separated by ``|``. In JSON Lines, ``aliases`` is a list. ``label`` is
    for the terms of a file that gives none.

    Raises:
        InputError: with file and line: no such file, no column ``term``, an empty term, no label, broken quotes or
            JSON, text that is not UTF-8.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "firms.csv")
    ...     _ = path.write_text("term,label,id,aliases\\nAcme Corp,ORG,Q1,Acme|ACME Corporation\\n")
    ...     [term.text for term in read_terms(path)]
    ['Acme Corp', 'Acme', 'ACME Corporation']
    """
    path = Path(path)
    readers = {".csv": _csv_rows, ".tsv": _tsv_rows, ".jsonl": _json_rows}
    rows = readers.get(path.suffix.lower())
    if rows is None:
        raise InputError("not a term list", where=str(path), fix="a file that ends in .csv, .tsv or .jsonl")
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in rows(file, str(path)):
                text, its_label, identifier, aliases = row
                if not its_label and label is None:
                    raise InputError(f"term {text!r} has no label", where=f"{path}:{line}")
                for name in (text, *aliases):
                    yield Term(_checked(name, path, line), its_label or label or "", identifier or None)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", where=f"{path}: after line {line}", fix="a file in UTF-8") from None


_Row = tuple[str, str, str, list[str]]


def _checked(text: str, path: Path, line: int) -> str:
    text = " ".join(text.split())
    if not text or "\0" in text:
        problem = "a NUL character in a term" if text else "an empty term"
        raise InputError(problem, where=f"{path}:{line}", fix="a name")
    return text


def _csv_rows(file: IO[str], name: str) -> Iterator[tuple[int, _Row]]:
    return _table(csv.reader(file, strict=True), name)


def _tsv_rows(file: IO[str], name: str) -> Iterator[tuple[int, _Row]]:
    return _table(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), name)


def _table(reader: Any, name: str) -> Iterator[tuple[int, _Row]]:
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        unknown = [column for column in header if column not in _COLUMNS]
        if "term" not in header or unknown or len(set(header)) < len(header):
            problem = f"unknown column {unknown[0]!r}" if unknown else "no column 'term', or one twice"
            raise InputError(problem, where=f"{name}:1", fix=f"a first line with columns among {', '.join(_COLUMNS)}")
        places = [header.index(column) if column in header else len(header) for column in _COLUMNS]
        term, label, identifier, aliases = places
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                problem = f"{len(row)} columns"
                raise InputError(
                    problem, where=f"{name}:{reader.line_num}", fix=f"{len(header)}: {', '.join(header)}"
                )
            row.append("")
            names = [alias for alias in row[aliases].split("|") if alias.strip()] if row[aliases] else []
            yield reader.line_num, (row[term], row[label].strip(), row[identifier].strip(), names)
    except csv.Error as error:
        raise InputError(f"not a table: {error}", where=f"{name}:{reader.line_num}") from None


def _json_rows(file: IO[str], name: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"not JSON: {error}", where=where) from None
        if not isinstance(row, dict) or not row.keys() <= set(_COLUMNS) or "term" not in row:
            raise InputError("not a term", where=where, fix=f"an object with keys among {', '.join(_COLUMNS)}")
        aliases = row.get("aliases") or []
        texts = [row["term"], row.get("label") or "", row.get("id") or ""]
        if not isinstance(aliases, list) or not all(isinstance(text, str) for text in [*texts, *aliases]):
            raise InputError("a value of the wrong type", where=where, fix="strings, and a list of them for aliases")
        yield number, (texts[0], texts[1], texts[2], aliases)
