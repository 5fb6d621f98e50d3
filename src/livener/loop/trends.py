"""How what serves behaves over time: what it found and how sure it was, and how right by what people settled."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from livener.loop.rolling import Pair, f1_of, pairs
from livener.metrics import calibration
from livener.monitoring.log import Log, Window

_DOCUMENTS = """
SELECT CAST(floor((epoch(time) - ?) / ?) AS INTEGER) AS part, count(*) AS documents, avg(entropy) AS entropy
FROM documents GROUP BY part
"""
_SPANS = """
SELECT CAST(floor((epoch(time) - ?) / ?) AS INTEGER) AS part, label, count(*) AS spans, avg(score) AS score
FROM spans GROUP BY part, label
"""


def served(log: Log | None, project: int, window: Window, *, parts: int) -> list[dict[str, Any]]:
    """For each of so many equal parts of a time what was answered: documents, mean entropy of a span (bits), and of
    every label the spans and their mean score; empty where there is no log."""
    length = (window.until - window.since) / parts
    made: list[dict[str, Any]] = [
        {"since": window.since + at * length, "documents": 0, "entropy": None, "labels": {}} for at in range(parts)
    ]
    if log is None:
        return made
    cut = [window.since.timestamp(), length.total_seconds()]
    for row in log.query(_DOCUMENTS, project, window, cut).to_pylist():
        made[min(row["part"], parts - 1)] |= {"documents": row["documents"], "entropy": row["entropy"]}
    for row in log.query(_SPANS, project, window, cut).to_pylist():
        made[min(row["part"], parts - 1)]["labels"][row["label"]] = {"spans": row["spans"], "score": row["score"]}
    return made


def settled(session: Session, project: int, window: Window, *, parts: int) -> dict[str, Any]:
    """Strict F1 of what people were shown against what was settled, in all and by label, in equal parts of a time;
    and the bins of how sure the shown spans were and how often right, over all of it."""
    length = (window.until - window.since) / parts
    found = list(pairs(session, project, since=window.since, until=window.until))
    groups: defaultdict[int, list[Pair]] = defaultdict(list)
    for one in found:
        groups[min(int((one.at - window.since) / length), parts - 1)].append(one)
    return {
        "documents": len(found),
        "f1": f1_of(found),
        "parts": [_part(window.since + at * length, groups[at]) for at in range(parts)],
        "reliability": _reliability(found),
    }


def _part(since: datetime, found: Sequence[Pair]) -> dict[str, Any]:
    labels = sorted({span.label for one in found for span in (*one.shown, *one.settled)})
    by_label = {label: f1_of(found, label) for label in labels}
    return {"since": since, "documents": len(found), "f1": f1_of(found), "labels": by_label}


def _reliability(found: Sequence[Pair]) -> dict[str, Any] | None:
    scores, right = [], []
    for one in found:
        gold = {(span.start, span.end, span.label) for span in one.settled}
        for span in one.shown:
            if span.score is not None:
                scores.append(span.score)
                right.append((span.start, span.end, span.label) in gold)
    return calibration(scores, right).as_dict() if scores else None
