"""Whether scores can be believed: what was sure and was corrected, and quality by day, with intervals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.loop.rolling import Pair, pairs
from livener.metrics import bootstrap_interval, calibration, evaluate, wilson_interval
from livener.monitoring.alerts import Found

SURE = 0.9
BAND = 0.05
"""How far the share of right spans may lie below their mean score before it is an alert."""
OVERCONFIDENCE = "overconfidence"
RELIABILITY = "reliability"
ECE = 0.1
"""The expected calibration error from which it is an alert."""
_FEWEST_SCORES = 200  # of fewer the error is mostly chance
_FEWEST = 30  # sure spans before anything is said of them


def overconfident(found: Sequence[Pair], *, sure: float = SURE, band: float = BAND) -> list[Found]:
    """Labels whose sure spans people corrected more often than their scores promise, as alerts.

    It is one where the upper end of the 95 % interval of the share that was right lies under the mean score less the
    band: an unlucky few are none.

    >>> from datetime import UTC
    >>> from livener.text import Span
    >>> at = datetime(2024, 5, 1, tzinfo=UTC)
    >>> shown = (Span(0, 3, "PER", 0.98),)
    >>> wrong = [Pair(at, "Ada", shown, (), 1, "crf.v1", i) for i in range(20)]
    >>> right = [Pair(at, "Ada", shown, shown, 1, "crf.v1", i) for i in range(20, 60)]
    >>> [one.summary for one in overconfident([*right, *wrong])]
    ['PER: 40 of 60 spans with a score of 0.9 or more were right, 0.98 was promised']
    """
    judged = _sure(found, sure)
    alerts = []
    for label, rows in sorted(judged.items()):
        right, mean = sum(good for _, good, _ in rows), sum(score for score, _, _ in rows) / len(rows)
        if len(rows) < _FEWEST or wilson_interval(right, len(rows))[1] >= mean - band:
            continue
        wrong = sorted({pair.task_id for _, good, pair in rows if not good})
        alerts.append(
            Found(
                OVERCONFIDENCE,
                label,
                f"{label}: {right} of {len(rows)} spans with a score of {sure:g} or more were right, "
                f"{mean:.2f} was promised",
                {"label": label, "right": right, "spans": len(rows), "mean_score": mean, "tasks": wrong},
            )
        )
    return alerts


def _sure(found: Sequence[Pair], sure: float) -> dict[str, list[tuple[float, bool, Pair]]]:
    """The sure spans of each label: score, whether it was right, where."""
    judged: dict[str, list[tuple[float, bool, Pair]]] = defaultdict(list)
    for pair in found:
        keys = {(span.start, span.end, span.label) for span in pair.settled}
        for span in pair.shown:
            if span.score is not None and span.score >= sure:
                judged[span.label].append((span.score, (span.start, span.end, span.label) in keys, pair))
    return judged


def look(found: Sequence[Pair], *, ece: float = ECE) -> Mapping[str, tuple[list[Found], set[str]]]:
    """Of each kind of alert about scores: those that there are now, and the subjects of which enough is known."""
    enough = {label for label, rows in _sure(found, SURE).items() if len(rows) >= _FEWEST}
    kinds = {OVERCONFIDENCE: (overconfident(found), enough)}
    shown = reliability(found)
    scores = sum(span.score is not None for pair in found for span in pair.shown)
    if shown is None or scores < _FEWEST_SCORES:
        return kinds | {RELIABILITY: ([], set())}
    subject, error = "all labels", shown["ece"]
    summary = f"the scores of {scores} spans are off by {error:.3f} on average, the band ends at {ece:g}"
    alert = Found(RELIABILITY, subject, summary, {"ece": error, "limit": ece, "spans": scores})
    return kinds | {RELIABILITY: ([alert] if error > ece else [], {subject})}


def reliability(found: Sequence[Pair]) -> Mapping[str, Any] | None:
    """The calibration of what people were shown, by what they made of it; None without scores."""
    scores, right = [], []
    for pair in found:
        keys = {(span.start, span.end, span.label) for span in pair.settled}
        for span in pair.shown:
            if span.score is not None:
                scores.append(span.score)
                right.append((span.start, span.end, span.label) in keys)
    return calibration(scores, right).as_dict() if scores else None


def by_day(session: Session, project: int, *, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each day that people settled tasks, over all labels and for each, with the 95 %
    interval of F1 over documents; and how the scores of the day could be believed."""
    days: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs(session, project, since=since, until=until):
        days[pair.at.date().isoformat()].append(pair)
    rows = []
    for day in sorted(days):
        some = days[day]
        judged = evaluate([pair.settled for pair in some], [pair.shown for pair in some])
        row: dict[str, Any] = {"day": day, "documents": len(some), "labels": {}, "reliability": reliability(some)}
        for label in (None, *judged.labels):
            score = judged.strict if label is None else judged.per_label[label]
            low, high = bootstrap_interval(judged, label=label, samples=200)
            shown = {"precision": score.precision, "recall": score.recall, "f1": score.f1, "low": low, "high": high}
            row["labels"]["*" if label is None else label] = shown | {"support": score.support}
        rows.append(row)
    return rows


def check_days(days: int) -> None:
    """Refuse a time that no chart shows.

    Raises:
        InputError: fewer days than one, or more than 400.
    """
    if not 1 <= days <= 400:
        raise InputError(f"{days} days", fix="1 to 400")
