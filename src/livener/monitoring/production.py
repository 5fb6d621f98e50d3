"""What production predicted, from the inference log: as documents, day by day, and behind a bar of a chart.

Needs the extra ``server``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from livener.monitoring.log import Log, Window
from livener.text import Document, Span

MOST = 20_000
"""Documents of a window that are looked at; of more, a sample that is the same every time."""
_LOW = 0.5


def documents(log: Log, project: int, window: Window, *, most: int = MOST) -> list[Document]:
    """The documents of a time with their predicted spans, ``time``, ``model``, ``domain`` and ``source`` as metadata.

    Of a text that the log does not keep only its length is known: it is as many blanks.
    """
    chosen = "SELECT * FROM documents ORDER BY hash(id) LIMIT ?"
    rows = log.query(f"SELECT * FROM ({chosen}) ORDER BY time, id", project, window, [most]).to_pylist()
    asked = f'SELECT id, label, start, "end", score FROM spans WHERE id IN (SELECT id FROM ({chosen}))'
    spans: dict[int, list[Span]] = {}
    for one in log.query(asked, project, window, [most]).to_pylist():
        spans.setdefault(one["id"], []).append(Span(one["start"], one["end"], one["label"], one["score"]))
    found = []
    for row in rows:
        text = row["text"] if row["text"] is not None else " " * row["length"]
        meta = {key: row[key] for key in ("domain", "source", "model") if row[key] not in (None, "")}
        own = tuple(span for span in spans.get(row["id"], ()) if span.end <= len(text))
        found.append(Document(text, row["key"] or str(row["id"]), {"time": row["time"].isoformat(), **meta}, own))
    return found


def count(log: Log, project: int, window: Window) -> int:
    """How many documents were answered in a time."""
    found: int = log.query("SELECT count(*) AS documents FROM documents", project, window).to_pylist()[0]["documents"]
    return found


def label_days(log: Log, project: int, window: Window) -> list[Mapping[str, Any]]:
    """Each day and label: documents of the day, spans, their share of low scores, mean score and mean entropy."""
    sql = f"""
        WITH days AS (SELECT CAST(time AS DATE) AS day, count(*) AS documents FROM documents GROUP BY day),
             found AS (
                SELECT CAST(time AS DATE) AS day, label, count(*) AS spans, avg(score) AS score,
                       avg(entropy) AS entropy, avg(CASE WHEN score < {_LOW} THEN 1.0 ELSE 0.0 END) AS low
                FROM spans GROUP BY day, label)
        SELECT CAST(found.day AS VARCHAR) AS day, label, documents, spans, score, entropy, low
        FROM found JOIN days ON days.day = found.day ORDER BY day, label
    """
    return list(log.query(sql, project, window).to_pylist())


def label_counts(log: Log, project: int, window: Window, *, label: str) -> list[Mapping[str, Any]]:
    """Each day on which something was answered: documents, those of them in which a label was found, its spans."""
    sql = """
        WITH found AS (SELECT id, count(*) AS spans FROM spans WHERE label = ? GROUP BY id)
        SELECT CAST(CAST(time AS DATE) AS VARCHAR) AS day, count(*) AS documents,
               count(found.id) AS found, CAST(coalesce(sum(found.spans), 0) AS BIGINT) AS spans
        FROM documents LEFT JOIN found ON found.id = documents.id GROUP BY day ORDER BY day
    """
    return list(log.query(sql, project, window, [label]).to_pylist())


def histogram(log: Log, project: int, window: Window) -> list[Mapping[str, Any]]:
    """How many spans of each label have a score in each tenth."""
    sql = """
        SELECT label, least(CAST(floor(score * 10) AS INTEGER), 9) AS tenth, count(*) AS spans
        FROM spans WHERE score IS NOT NULL GROUP BY label, tenth ORDER BY label, tenth
    """
    return list(log.query(sql, project, window).to_pylist())


def behind(
    log: Log, project: int, window: Window, *, label: str | None = None, low: bool = False, limit: int = 50
) -> Sequence[Document]:
    """The documents behind a bar: of a time, with spans of a label, or with a low score; the least sure first."""
    conditions, values = ["true"], []
    if label is not None:
        conditions.append("id IN (SELECT id FROM spans WHERE label = ?)")
        values.append(label)
    if low:
        conditions.append(f"lowest < {_LOW}")
    chosen = (
        f"SELECT id FROM documents WHERE {' AND '.join(conditions)} ORDER BY lowest NULLS LAST, id LIMIT {int(limit)}"
    )
    rows = log.query(f"SELECT * FROM documents WHERE id IN ({chosen})", project, window, values).to_pylist()
    asked = f'SELECT id, label, start, "end", score FROM spans WHERE id IN ({chosen})'
    spans: dict[int, list[Span]] = {}
    for one in log.query(asked, project, window, values).to_pylist():
        spans.setdefault(one["id"], []).append(Span(one["start"], one["end"], one["label"], one["score"]))
    rows.sort(key=lambda row: (row["lowest"] is None, row["lowest"], row["id"]))
    found = []
    for row in rows:
        text = row["text"] if row["text"] is not None else " " * row["length"]
        meta = {"time": row["time"].isoformat(), "model": row["model"], "domain": row["domain"]}
        own = tuple(span for span in spans.get(row["id"], ()) if span.end <= len(text))
        found.append(Document(text, row["key"] or str(row["id"]), meta, own))
    return found
