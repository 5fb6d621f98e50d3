"""Segments: Parquet files by day and project, in a folder or in any store of fsspec.

    documents/day=2024-05-01/project=1/NAME.parquet    what was read, a row for each text
    spans/day=2024-05-01/project=1/NAME.parquet        what was found in it, sorted by label and surface form
    erased/NAME.json                                   whose rows must never come back

Segments of one name hold what one open file held. One that replaces others, made of many small ones, names them
(`replaced`); until those are gone, it alone counts. The file of the spans is there before that of the documents.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from livener.errors import InputError

Table = Literal["documents", "spans"]
_REPLACES = b"livener.replaces"
_MERGED = "m-"
_GROUP = 1 << 16  # rows: what a look for one label has to read at least
_ORDER: Mapping[Table, Sequence[str]] = {"documents": ("time", "id"), "spans": ("label", "surface", "id")}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a segment is: a day of a project."""

    day: date
    project: int

    def __str__(self) -> str:
        return f"day={self.day.isoformat()}/project={self.project}"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A segment by its place and its name."""

    place: Place
    name: str


class Segments:
    """The segments below ``url``, a folder or what fsspec understands (``s3://bucket/path``)."""

    def __init__(self, url: str | Path) -> None:
        try:
            self.files, root = fsspec.core.url_to_fs(str(url))
        except (ImportError, ValueError) as error:
            raise InputError(f"the log cannot be reached: {error}", where=str(url)) from None
        self.root = str(root).rstrip("/")
        self.local = isinstance(self.files, LocalFileSystem)
        self._replaced: dict[Segment, frozenset[str]] = {}

    def path(self, table: Table, segment: Segment) -> str:
        """Where a table of the segment is, as the file system calls it."""
        return f"{self.root}/{table}/{segment.place}/{segment.name}.parquet"

    def places(self, project: int | None = None) -> list[Place]:
        """The days that have segments, of one project or of all."""
        found = []
        for path in self._listed(f"{self.root}/documents"):
            day = date.fromisoformat(path.rpartition("day=")[2])
            for inner in self._listed(path):
                number = int(inner.rpartition("project=")[2])
                if project is None or number == project:
                    found.append(Place(day, number))
        return sorted(found)

    def at(self, place: Place) -> list[Segment]:
        """The segments of a place that count, without those that another has replaced."""
        paths = self._listed(f"{self.root}/documents/{place}")
        names = {path.rpartition("/")[2].removesuffix(".parquet") for path in paths if path.endswith(".parquet")}
        replaced = {gone for name in names for gone in self.replaced(Segment(place, name))}
        return sorted(Segment(place, name) for name in names - replaced)

    def replaced(self, segment: Segment) -> frozenset[str]:
        """The names of the segments in whose stead this one is."""
        if not segment.name.startswith(_MERGED):
            return frozenset()
        if segment not in self._replaced:
            try:
                with self.files.open(self.path("documents", segment), "rb") as file:
                    known = pq.read_metadata(file).metadata or {}
            except FileNotFoundError:
                return frozenset()
            self._replaced[segment] = frozenset(json.loads(known.get(_REPLACES, b"[]")))
        return self._replaced[segment]

    def read(self, table: Table, segment: Segment, *, columns: Sequence[str] | None = None) -> pa.Table:
        """One table of a segment, or some of its columns."""
        with self.files.open(self.path(table, segment), "rb") as file:
            return pq.read_table(file, columns=columns)

    def rows(self, segment: Segment) -> int:
        """How many documents are in it."""
        with self.files.open(self.path("documents", segment), "rb") as file:
            return int(pq.read_metadata(file).num_rows)

    def write(self, segment: Segment, documents: pa.Table, spans: pa.Table, *, replaces: Iterable[str] = ()) -> None:
        """Write a segment, whole or not at all, in the place of one of the same name."""
        known = {_REPLACES: json.dumps(sorted(replaces)).encode()}
        tables: Sequence[tuple[Table, pa.Table]] = (("spans", spans), ("documents", documents))
        for table, content in tables:
            order = [(column, "ascending") for column in _ORDER[table]]
            self._put(self.path(table, segment), content.sort_by(order).replace_schema_metadata(known))

    def remove(self, segment: Segment) -> None:
        """Remove a segment: first that by which it counts."""
        tables: Sequence[Table] = ("documents", "spans")
        for table in tables:
            path = self.path(table, segment)
            if self.files.exists(path):
                self.files.rm_file(path)

    def erasures(self) -> list[dict[str, Any]]:
        """Whose rows must never come back."""
        return [json.loads(self.files.cat_file(path)) for path in sorted(self._listed(f"{self.root}/erased"))]

    def note_erasure(self, erasure: dict[str, Any]) -> None:
        """Note whose rows must never come back."""
        self._write_whole(f"{self.root}/erased/{uuid4().hex}.json", json.dumps(erasure).encode())

    def _put(self, path: str, table: pa.Table) -> None:
        content = BytesIO()
        pq.write_table(table, content, compression="zstd", row_group_size=_GROUP, store_schema=True)
        self._write_whole(path, content.getbuffer())

    def _write_whole(self, path: str, content: bytes | memoryview) -> None:
        if not self.local:
            self.files.pipe_file(path, bytes(content))  # object stores write whole or not at all
            return
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        work = target.with_name(f".{uuid4().hex}")
        try:
            with work.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            work.replace(target)
            descriptor = os.open(target.parent, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        finally:
            work.unlink(missing_ok=True)

    def _listed(self, path: str) -> list[str]:
        try:
            found = self.files.ls(path, detail=False, refresh=True) if not self.local else self.files.ls(path, False)
        except FileNotFoundError:
            return []
        return [str(one).rstrip("/") for one in found if not Path(str(one)).name.startswith(".")]


def merged_name(names: Iterable[str]) -> str:
    """The name of the segment that replaces these: the same for the same ones."""
    return _MERGED + hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:24]
