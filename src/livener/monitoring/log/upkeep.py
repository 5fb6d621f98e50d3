"""The upkeep of the log: many small segments become one, what is old goes, and so does who asks for it."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from livener.monitoring.log import open_file
from livener.monitoring.log.erasure import By, Erasure, without
from livener.monitoring.log.reading import spool_of
from livener.monitoring.log.rolling import roll_all
from livener.monitoring.log.segments import Place, Segment, Segments, merged_name

_MOST_ROWS = 2_000_000  # documents of a segment that was merged
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Erasable:
    """How many rows the log holds of a document or a person: of ``documents``, and of the ``spans`` in them."""

    documents: int
    spans: int


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done: how many segments were ``merged`` into fewer, and how many were ``removed`` as they were old."""

    merged: int
    removed: int


def maintain(
    url: str | Path,
    *,
    now: datetime,
    spool: str | Path | None = None,
    retain_days: float | None = None,
    most_rows: int = _MOST_ROWS,
) -> Upkeep:
    """Merge the small segments of each day and project, and remove the days that are older than ``retain_days``.

    It runs beside writers and readers; of those who call it at once on one machine one does the work.
    """
    segments = Segments(url)
    folder = spool_of(segments, spool)
    merged = removed = 0
    with _alone(folder) as is_alone:
        if not is_alone:
            return Upkeep(0, 0)
        if folder:
            roll_all(folder, segments)
        last = None if retain_days is None else (now - timedelta(days=retain_days)).astimezone(UTC).date()
        erased = [Erasure.read(noted) for noted in segments.erasures()]
        for place in segments.places():
            if last is not None and place.day < last:
                removed += _remove(segments, place)
                continue
            for erasure in erased:
                _erase_at(segments, place, erasure)
            merged += _merge(segments, place, folder, most_rows)
    return Upkeep(merged, removed)


def erase(
    url: str | Path, project: int, *, by: By, value: str, now: datetime, spool: str | Path | None = None
) -> int:
    """Erase all rows of a document (``by="key"``) or about a person (``by="person"``); how many texts there were.

    Segments are written anew without them. What a running server has in its open file is not shown from now on, and
    is left out of the segments that it becomes.
    """
    segments = Segments(url)
    folder = spool_of(segments, spool)
    erasure = Erasure.of(project, by=by, value=value, until=now)
    gone = _open_rows(folder, erasure)
    segments.note_erasure(erasure.noted())
    seen: set[Segment] = set()
    while new := {one for place in segments.places(project) for one in segments.at(place)} - seen:
        for place in sorted({segment.place for segment in new}):
            gone += _erase_at(segments, place, erasure)
        seen |= new  # what became a segment meanwhile is looked at too
        seen |= {one for place in {segment.place for segment in new} for one in segments.at(place)}
    return gone


def erasable(
    url: str | Path, project: int, *, by: By, value: str, now: datetime, spool: str | Path | None = None
) -> Erasable:
    """What `erase` would take, which is left as it is."""
    segments = Segments(url)
    erasure = Erasure.of(project, by=by, value=value, until=now)
    done = [Erasure.read(noted) for noted in segments.erasures()]
    documents = spans = 0
    seen = set()
    for path, table in _open_tables(spool_of(segments, spool)):
        seen.add(path.stem)
        documents, spans = _counted(table, erasure, done, documents, spans)
    for place in segments.places(project):
        for segment in segments.at(place):
            if segment.name not in seen:
                table = segments.read("documents", segment, columns=["time", "project", "key", "person", "spans"])
                documents, spans = _counted(table, erasure, done, documents, spans)
    return Erasable(documents, spans)


def forget(
    url: str | Path,
    project: int,
    *,
    by: By,
    value: str,
    now: datetime,
    spool: str | Path | None = None,
    told: Callable[[Mapping[str, Any]], object] | None,
) -> Erasable:
    """Erase a document or a person, told beforehand; where nobody is to be ``told`` it is only counted.

    What is told is for an audit log: by what, a hash of whom, and how many rows. Nothing goes that is not told of.
    """
    given: dict[str, Any] = {"by": by, "value": value, "now": now, "spool": spool}
    found = erasable(url, project, **given)
    if told:
        told({"by": by, "sha256": Erasure.of(project, by=by, value=value, until=now).digest, **asdict(found)})
        erase(url, project, **given)
    return found


def days(url: str | Path, project: int) -> list[date]:
    """The days of which there are segments."""
    return [place.day for place in Segments(url).places(project)]


def _erase_at(segments: Segments, place: Place, erasure: Erasure) -> int:
    if place.project != erasure.project:
        return 0
    gone = 0
    for segment in segments.at(place):
        who = segments.read("documents", segment, columns=["time", "project", "key", "person"])
        if not pc.any(erasure.matches(who)).as_py():  # most segments know nobody by that name: not all is read
            continue
        documents = segments.read("documents", segment)
        kept = without(documents, segments.read("spans", segment), [erasure])
        if lost := documents.num_rows - kept[0].num_rows:
            gone += lost
            if kept[0].num_rows:
                segments.write(segment, *kept, replaces=segments.replaced(segment))
            else:
                segments.remove(segment)
    return gone


def _open_rows(folder: Path | None, erasure: Erasure) -> int:
    return sum(_sum(erasure.matches(table)) for _, table in _open_tables(folder))


def _open_tables(folder: Path | None) -> Iterator[tuple[Path, pa.Table]]:
    """The rows of documents in each open file that has any."""
    for path in open_file.files(folder) if folder else ():
        if batches := [documents for documents, _ in open_file.read(path)]:
            yield path, pa.Table.from_batches(batches)


def _counted(
    table: pa.Table, erasure: Erasure, done: Iterable[Erasure], documents: int, spans: int
) -> tuple[int, int]:
    """The counts, and what else of the table is to go and is not gone already."""
    found = erasure.matches(table)
    for before in done:
        found = pc.and_not(found, before.matches(table))
    return documents + _sum(found), spans + _sum(table["spans"].filter(found))


def _sum(values: pa.Array) -> int:
    return int(pc.sum(values).as_py() or 0)


def _merge(segments: Segments, place: Place, folder: Path | None, most_rows: int) -> int:
    """One segment of several; of a name that is still an open file nothing is touched."""
    is_open = {path.stem for path in open_file.files(folder)} if folder else set()
    small, rows = [], 0
    for segment in segments.at(place):
        size = segments.rows(segment)
        if segment.name not in is_open and rows + size <= most_rows:
            small.append(segment)
            rows += size
    if len(small) < _LEAST:
        return 0
    tables = [pa.concat_tables(segments.read(table, one) for one in small) for table in ("documents", "spans")]
    names = {one.name for one in small}
    segments.write(Segment(place, merged_name(names)), tables[0], tables[1], replaces=names)
    for one in small:
        segments.remove(one)
    return len(small)


def _remove(segments: Segments, place: Place) -> int:
    found = segments.at(place)
    for segment in found:
        segments.remove(segment)
    return len(found)


@contextmanager
def _alone(folder: Path | None) -> Iterator[bool]:
    if folder is None:
        yield True
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "upkeep.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)
