"""What the log says: its rows of a time and a project, as Arrow tables or by any SQL of DuckDB."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from livener.errors import InputError
from livener.monitoring.log import open_file
from livener.monitoring.log.erasure import Erasure, without
from livener.monitoring.log.rows import DOCUMENTS, SPANS
from livener.monitoring.log.segments import Place, Segment, Segments

_TRIES = 3  # what is merged while it is read is looked for anew
_FILTERS: Mapping[str, str] = {"version": "model", "label": "label", "surface": "surface", "domain": "domain"}


@dataclass(frozen=True, slots=True)
class Window:
    """A time, half-open: ``since`` is in it, ``until`` is not. Both have a time zone.

    >>> Window.last(days=7, until=datetime(2024, 5, 8, tzinfo=UTC)).since.isoformat()
    '2024-05-01T00:00:00+00:00'
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise InputError("a time without a zone", where="window", fix="datetime.now(UTC)")

    @classmethod
    def last(cls, *, until: datetime, **length: float) -> Self:
        """The time before ``until``, as long as a `timedelta` of ``length``."""
        return cls(until - timedelta(**length), until)


class Log:
    """The inference log at ``url``, a folder or what fsspec understands, for reading.

    What a server writes just now is in ``spool``, by default the folder ``open`` of a log that is a folder; a log
    elsewhere shows without it only what has become a segment.

    >>> import tempfile
    >>> from livener.monitoring.log.rows import Inferences
    >>> from livener.monitoring.log.writing import LogWriter
    >>> from livener.text import Document, Span
    >>> now = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with LogWriter(folder) as writer:
    ...         found = Document("Acme left.", "d1", spans=(Span(0, 4, "ORG", 0.9),))
    ...         _ = writer.append(Inferences(now, project=1, documents=[found], model=12, pipeline="crf.v1"))
    ...     log, day = Log(folder), Window(now, now + timedelta(days=1))
    ...     rows = log.spans(1, day, label="ORG", version=12)
    ...     counts = log.query("SELECT label, count(*) AS n FROM spans GROUP BY label", 1, day)
    >>> rows["surface"].to_pylist(), counts.to_pylist()
    (['Acme'], [{'label': 'ORG', 'n': 1}])
    """

    def __init__(self, url: str | Path, *, spool: str | Path | None = None) -> None:
        self._segments = Segments(url)
        self._spool = spool_of(self._segments, spool)

    def documents(
        self,
        project: int,
        window: Window,
        *,
        version: int | None = None,
        label: str | None = None,
        surface: str | None = None,
        domain: str | None = None,
    ) -> pa.Table:
        """The texts that were read, a row for each, in order of time; the columns are those of `rows.DOCUMENTS`.

        ``version`` is the number of a model; with ``label`` or ``surface`` those in which such a span was found.
        """
        conditions, parameters = _where({"version": version, "domain": domain})
        within, more = _where({"label": label, "surface": surface})
        if more:
            conditions.append(f"id IN (SELECT id FROM spans WHERE {' AND '.join(within)})")
        sql = f"SELECT * FROM documents WHERE {' AND '.join(conditions) or 'true'} ORDER BY time, id"
        return self.query(sql, project, window, [*parameters, *more])

    def spans(
        self,
        project: int,
        window: Window,
        *,
        version: int | None = None,
        label: str | None = None,
        surface: str | None = None,
        domain: str | None = None,
    ) -> pa.Table:
        """The spans that were found, a row for each, in order of time; the columns are those of `rows.SPANS`."""
        given = {"version": version, "label": label, "surface": surface, "domain": domain}
        conditions, parameters = _where(given)
        sql = f"SELECT * FROM spans WHERE {' AND '.join(conditions) or 'true'} ORDER BY time, id, start"
        return self.query(sql, project, window, parameters)

    def query(self, sql: str, project: int, window: Window, parameters: Sequence[Any] = ()) -> pa.Table:
        """What a query of DuckDB gives over the views ``documents`` and ``spans`` of a project and a time.

        A ``?`` in it stands for a parameter. The column ``"end"`` has to be quoted.

        Raises:
            InputError: DuckDB does not understand the query.
        """
        for left in reversed(range(_TRIES)):
            try:
                with closing(self._connection(project, window)) as connection:
                    return connection.sql(sql, params=list(parameters)).to_arrow_table()
            except (duckdb.IOException, FileNotFoundError):
                if not left:
                    raise
            except duckdb.Error as error:
                raise InputError(f"the log cannot be asked that: {error}", where=sql[:200]) from None
        raise AssertionError("unreachable")

    def _connection(self, project: int, window: Window) -> duckdb.DuckDBPyConnection:
        # First what is open: what becomes a segment meanwhile is then seen as one, and as nothing else.
        fresh, names = self._fresh()
        found = [one for place in _places(project, window) for one in self._segments.at(place)]
        counted = [segment for segment in found if segment.name not in names]
        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            if not self._segments.local:
                connection.register_filesystem(self._segments.files)
            times = f"time >= '{window.since.isoformat()}' AND time < '{window.until.isoformat()}'"
            for table, schema, rows in (("documents", DOCUMENTS, fresh[0]), ("spans", SPANS, fresh[1])):
                columns = ", ".join(f'"{name}"' for name in schema.names)
                connection.register(f"fresh_{table}", rows)
                parts = [f"SELECT {columns} FROM fresh_{table} WHERE project = {int(project)} AND {times}"]
                if counted:
                    paths = ", ".join(_quoted(self._address(table, segment)) for segment in counted)
                    read = f"read_parquet([{paths}], hive_partitioning = false)"
                    parts.append(f"SELECT {columns} FROM {read} WHERE {times}")
                connection.execute(f"CREATE VIEW {table} AS {' UNION ALL '.join(parts)}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _fresh(self) -> tuple[tuple[pa.Table, pa.Table], set[str]]:
        batches, names = [], set()
        for path in open_file.files(self._spool) if self._spool else ():
            rows = list(open_file.read(path))
            batches += rows
            if rows:
                names.add(path.stem)
        documents = pa.Table.from_batches([one for one, _ in batches], DOCUMENTS)
        spans = pa.Table.from_batches([one for _, one in batches], SPANS)
        if batches and (erased := [Erasure.read(noted) for noted in self._segments.erasures()]):
            documents, spans = without(documents, spans, erased)
        return (documents, spans), names

    def _address(self, table: Any, segment: Segment) -> str:
        path = self._segments.path(table, segment)
        return path if self._segments.local else self._segments.files.unstrip_protocol(path)


def spool_of(segments: Segments, spool: str | Path | None) -> Path | None:
    """Where the open files are."""
    if spool is not None:
        return Path(spool)
    return Path(segments.root) / "open" if segments.local else None


def _places(project: int, window: Window) -> list[Place]:
    day, last = window.since.astimezone(UTC).date(), window.until.astimezone(UTC).date()
    return [Place(day + timedelta(days=n), project) for n in range((last - day).days + 1)]


def _where(given: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    asked = {name: value for name, value in given.items() if value is not None}
    return [f"{_FILTERS[name]} = ?" for name in asked], list(asked.values())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
