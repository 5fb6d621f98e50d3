"""From a file that nobody writes any more to segments by day and project."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from livener.monitoring.log.erasure import Erasure, without
from livener.monitoring.log.open_file import Adopted, files, read
from livener.monitoring.log.rows import DOCUMENTS, SPANS
from livener.monitoring.log.segments import Place, Segment, Segments


def roll_all(spool: Path, segments: Segments) -> int:
    """Make segments of every file that nobody writes, also of what a killed process left; how many files there were.

    A file goes only when its segments are written; they bear its name, so that to do it twice is to do it once.
    """
    done = 0
    for path in files(spool):
        if adopted := Adopted.of(path):
            try:
                _roll(adopted, segments)
                adopted.remove()
                done += 1
            finally:
                adopted.close()
    return done


def _roll(adopted: Adopted, segments: Segments) -> None:
    batches = list(read(adopted.path))
    documents = pa.Table.from_batches([one for one, _ in batches], DOCUMENTS)
    spans = pa.Table.from_batches([one for _, one in batches], SPANS)
    for place, rows in by_place(documents, spans).items():
        # Asked for late: somebody may have been erased meanwhile.
        kept = without(*rows, [Erasure.read(noted) for noted in segments.erasures()])
        if kept[0].num_rows:
            segments.write(Segment(place, adopted.path.stem), *kept)


def by_place(documents: pa.Table, spans: pa.Table) -> dict[Place, tuple[pa.Table, pa.Table]]:
    """The rows by the day and the project that they belong to."""
    found = {}
    keys = [_keys(table) for table in (documents, spans)]
    for key in pc.unique(keys[0]).to_pylist():
        day, project = key.split("/")
        parts = [table.filter(pc.equal(of, key)) for table, of in zip((documents, spans), keys, strict=True)]
        place = Place(date.fromisoformat(day), int(project))
        found[place] = (parts[0], parts[1])
    return found


def _keys(table: pa.Table) -> pa.ChunkedArray:
    days = pc.cast(pc.cast(table["time"], pa.date32()), pa.string())
    return pc.binary_join_element_wise(days, pc.cast(table["project"], pa.string()), "/")
