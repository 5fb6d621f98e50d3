"""Documents in Parquet: the columns of JSON Lines, ``meta`` as JSON; other columns become metadata."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from livener.errors import InputError, MissingDependencyError
from livener.formats import jsonl
from livener.pipeline.executors import places
from livener.pipeline.executors.partitions import Partition
from livener.text import Document

_ROWS = 4096  # written at once
_KEYS = ("id", "text", "meta", "spans", "tokens", "sentences", "complete", "negatives")
_JSON = (str, int, float, bool, list, dict)


def cuts(source: str, size: int) -> Iterator[tuple[int, int, int]]:
    """Row groups ``[start, end)`` of at least ``size`` bytes together, with the number of their first row.

    Raises:
        InputError: no Parquet, no column ``text`` of strings, no rows.
    """
    with places.opened(source) as file:
        opened = _opened(file, source)
        schema = opened.schema_arrow
        if "text" not in schema.names or str(schema.field("text").type) not in ("string", "large_string"):
            raise InputError("has no column of strings named text", where=source, fix=f"text, not {schema.names}")
        if not opened.metadata.num_rows:
            raise InputError("the file is empty", where=source)
        start = held = 0
        first = row = 1
        groups = opened.metadata.num_row_groups
        for number in range(groups):
            group = opened.metadata.row_group(number)
            held += group.total_byte_size
            row += group.num_rows
            if held >= size or number == groups - 1:
                yield start, number + 1, first
                start, held, first = number + 1, 0, row


def rows(partition: Partition) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row of the partition with its number in the file, as an object of JSON Lines."""
    with places.opened(partition.source) as file:
        opened = _opened(file, partition.source)
        number = partition.first
        groups = list(range(partition.start, partition.end))
        for batch in opened.iter_batches(batch_size=256, row_groups=groups):
            for row in batch.to_pylist():
                yield number, _record(row)
                number += 1


def write(documents: Iterable[Document], path: Path) -> int:
    """Write a file that loses nothing of the documents, and say how many there are."""
    arrow = _arrow()
    from pyarrow import parquet

    schema = _schema(arrow)
    count = 0
    iterator = iter(documents)
    with parquet.ParquetWriter(path, schema) as writer:
        while part := list(islice(iterator, _ROWS)):
            count += len(part)
            writer.write_table(arrow.Table.from_pylist([_row(document) for document in part], schema))
    return count


def _row(document: Document) -> dict[str, Any]:
    record = jsonl.record_of(document)
    meta = {**record.get("meta", {}), **{key: value for key, value in record.items() if key not in _KEYS}}
    return {**{key: record.get(key) for key in _KEYS}, "meta": json.dumps(meta, ensure_ascii=False) if meta else None}


def _record(row: dict[str, Any]) -> dict[str, Any]:
    record = {key: _plain(value) for key, value in row.items() if value is not None}
    if isinstance(meta := record.get("meta"), str):
        try:
            record["meta"] = json.loads(meta)
        except ValueError:  # another program's column of that name
            record["meta"] = {"meta": meta}
    for key in ("spans", "negatives"):
        if isinstance(spans := record.get(key), list):
            record[key] = [
                {name: value for name, value in span.items() if value is not None} if isinstance(span, dict) else span
                for span in spans
            ]
    return record


def _plain(value: Any) -> Any:
    """Dates, decimals and bytes as text."""
    return value if isinstance(value, _JSON) else str(value)


def _schema(arrow: Any) -> Any:
    texts = {name: arrow.string() for name in ("label", "source", "kb_id")}
    span = {"start": arrow.int64(), "end": arrow.int64(), "score": arrow.float64(), **texts}
    spans, ranges = arrow.list_(arrow.struct(span)), arrow.list_(arrow.list_(arrow.int64()))
    kinds = (arrow.string(), arrow.string(), arrow.string(), spans, ranges, ranges, arrow.bool_(), spans)
    return arrow.schema(dict(zip(_KEYS, kinds, strict=True)))


def _opened(file: Any, source: str) -> Any:
    arrow = _arrow()
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file)
    except arrow.ArrowInvalid as error:
        raise InputError(f"not Parquet: {error}", where=source) from None


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingDependencyError("pyarrow", extra="bulk", need="Parquet") from None
    return pyarrow
