"""The entries of a knowledge base: CSV, TSV, JSON Lines, or a Wikidata dump."""

import bz2
import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from livener.errors import InputError

_COLUMNS = ("id", "name", "aliases", "type", "description", "popularity")


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that spans can mean.

    ``popularity`` is any count of how often it is meant: page views, links, mentions. ``type`` is compared with the
    label of a span. ``description`` is compared with the text around it.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    type: str = ""
    description: str = ""
    popularity: float = 0.0


def read_entities(path: str | Path, *, language: str = "en") -> Iterator[Entity]:
    """The entities of a file, told by its ending.

    CSV and TSV begin with a line that names the columns ``id``, ``name``, and any of ``aliases`` (separated by
    ``|``), ``type``, ``description``, ``popularity``; JSON Lines have the same keys, ``aliases`` as a list. A dump of
    Wikidata (``.json``, ``.json.gz``, ``.json.bz2``: one array, an item a line) gives labels, aliases and
    descriptions in ``language``, the first value of "instance of" (P31) as type, and as popularity the number of
    sitelinks.

    Raises:
        InputError: with file and line: no such file, an unknown or missing column, a wrong value.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "kb.csv")
    ...     _ = path.write_text("id,name,aliases,type\\nQ60,New York City,NYC|New York,GPE\\n")
    ...     list(read_entities(path))
    [Entity(id='Q60', name='New York City', aliases=('NYC', 'New York'), type='GPE', description='', popularity=0.0)]

    Source: https://www.wikidata.org/wiki/Wikidata:Database_download
    """
    path = Path(path)
    name = path.name.lower()
    try:
        if name.endswith((".json", ".json.gz", ".json.bz2")):
            opener: Any = gzip.open if name.endswith(".gz") else bz2.open if name.endswith(".bz2") else open
            with opener(path, "rt", encoding="utf-8") as file:
                yield from _wikidata(file, str(path), language)
        elif name.endswith((".csv", ".tsv", ".jsonl")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from _json_rows(file, str(path)) if name.endswith(".jsonl") else _table(file, str(path))
        else:
            fix = "a file that ends in .csv, .tsv, .jsonl, .json, .json.gz or .json.bz2"
            raise InputError("not a knowledge base", where=str(path), fix=fix)
    except (EOFError, OSError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", where=str(path), fix="a file in UTF-8") from None


def _table(file: IO[str], name: str) -> Iterator[Entity]:
    tabs = name.lower().endswith(".tsv")
    reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(file, strict=True)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        if not {"id", "name"} <= set(header) <= set(_COLUMNS) or len(set(header)) < len(header):
            raise InputError("wrong columns", where=f"{name}:1", fix=f"id, name, and none but {', '.join(_COLUMNS)}")
        for row in reader:
            if not row:
                continue
            where = f"{name}:{reader.line_num}"
            if len(row) != len(header):
                raise InputError(f"{len(row)} columns", where=where, fix=f"{len(header)}: {', '.join(header)}")
            record: dict[str, Any] = dict(zip(header, row, strict=True))
            record["aliases"] = [alias for alias in record.get("aliases", "").split("|") if alias.strip()]
            yield _entity(record, where)
    except csv.Error as error:
        raise InputError(f"not a table: {error}", where=f"{name}:{reader.line_num}") from None


def _json_rows(file: IO[str], name: str) -> Iterator[Entity]:
    for number, line in enumerate(file, 1):
        if line.strip():
            yield _entity(_json(line, where := f"{name}:{number}"), where)


def _json(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"not JSON: {error}", where=where) from None
    if not isinstance(record, dict):
        raise InputError("not an entity", where=where, fix="an object")
    return record


def _entity(record: dict[str, Any], where: str) -> Entity:
    if unknown := record.keys() - set(_COLUMNS):
        raise InputError(f"unknown key {min(unknown)!r}", where=where, fix=", ".join(_COLUMNS))
    texts = {key: record.get(key) or "" for key in ("id", "name", "type", "description")}
    aliases: Sequence[Any] = record.get("aliases") or ()
    if not all(isinstance(text, str) for text in (*texts.values(), *aliases)) or isinstance(aliases, str):
        raise InputError("a value of the wrong type", where=where, fix="strings, and a list of them for aliases")
    if not texts["id"].strip() or not texts["name"].strip():
        raise InputError("an entity without id or name", where=where)
    try:
        popularity = float(record.get("popularity") or 0.0)
    except (TypeError, ValueError):
        popularity = -1.0
    if not 0.0 <= popularity < float("inf"):
        raise InputError(f"popularity {record['popularity']!r}", where=where, fix="a number that is not negative")
    return Entity(texts["id"], texts["name"], tuple(aliases), texts["type"], texts["description"], popularity)


def _wikidata(file: IO[str], name: str, language: str) -> Iterator[Entity]:
    for number, line in enumerate(file, 1):
        line = line.strip().rstrip(",")
        if not line or line in "[]":
            continue
        item = _json(line, f"{name}:{number}")
        label = item.get("labels", {}).get(language, {}).get("value")
        if item.get("type") != "item" or not label:
            continue
        aliases = tuple(one["value"] for one in item.get("aliases", {}).get(language, ()))
        description = item.get("descriptions", {}).get(language, {}).get("value", "")
        yield Entity(item["id"], label, aliases, _kind(item), description, float(len(item.get("sitelinks", ()))))


def _kind(item: dict[str, Any]) -> str:
    for claim in item.get("claims", {}).get("P31", ()):
        value = claim.get("mainsnak", {}).get("datavalue", {}).get("value", {})
        if isinstance(value, dict) and "id" in value:
            return str(value["id"])
    return ""
