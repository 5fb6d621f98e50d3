"""Whether the loop makes things better: F1 by label over time, errors that come back, what a point of F1 costs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.learning.models import PRODUCTION
from livener.loop.rolling import Pair, f1_of, pairs
from livener.metrics import evaluate
from livener.metrics.calibration import calibration
from livener.review.resolved import final
from livener.store.models import (
    Alert,
    AliasMove,
    Annotation,
    AnnotationSpan,
    Correction,
    GateReport,
    ModelVersion,
    Prediction,
)

HIGH = 2
"""From which severity on a correction is grave."""
RARE = 10
"""Labels and surface forms that were seen less often are the long tail."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in the seven days from ``start``: F1 of what people were shown, overall and by label, over
    ``documents``; ``corrections`` and ``grave`` ones per hundred of them, and the calibration error of scores."""

    start: datetime
    documents: int
    f1: float | None
    labels: Mapping[str, float]
    corrections: float | None
    grave: float | None
    calibration: float | None


@dataclass(frozen=True, slots=True)
class Indicators:
    """Those of ``[since, until)``; None where nothing is known.

    * ``recurrence``: of the errors (surface form, kind, label) that were corrected before a model was promoted and
      could come back, the share that was corrected again after it.
    * ``grave_before``, ``grave_after``: grave corrections per hundred documents in the first and the last week.
    * ``turnaround``: the median seconds from an alert to the next promotion after it.
    * ``seconds_per_point``: active seconds of people for each point of F1 that the golden set gained.
    * ``edits_saved``: of the edits (spans added, removed, moved, relabelled) that the settled documents need without
      pre-annotation, the share that was saved.
    * ``long_tail``: how many labels and surface forms were seen less than ten times, and of the spans of such forms
      the share that was pre-annotated right.
    """

    since: datetime
    until: datetime
    weeks: tuple[Week, ...]
    recurrence: float | None
    grave_before: float | None
    grave_after: float | None
    turnaround: float | None
    seconds_per_point: float | None
    edits_saved: float | None
    long_tail: Mapping[str, float | None]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def indicators(session: Session, project_id: int, *, since: datetime, until: datetime) -> Indicators:
    """What the loop reached in ``[since, until)``."""
    found = list(pairs(session, project_id, since=since, until=until, live=True))
    corrections = _corrections(session, project_id, since, until)
    weeks = tuple(_weeks([one for one in found if not one.pipeline.startswith("live")], corrections, since))
    grave = [one.grave for one in weeks if one.grave is not None]
    return Indicators(
        since,
        until,
        weeks,
        recurrence=_recurrence(session, project_id, corrections, since, until),
        grave_before=grave[0] if grave else None,
        grave_after=grave[-1] if grave else None,
        turnaround=_turnaround(session, project_id, since, until),
        seconds_per_point=_seconds_per_point(session, project_id, since, until),
        edits_saved=edits_saved(found),
        long_tail=_long_tail(session, project_id, found),
    )


def edits_saved(found: Sequence[Pair]) -> float | None:
    """Of the edits that settled documents need from nothing, the share that pre-annotation saved.

    >>> from livener.text import Span
    >>> found = (Span(0, 3, "PER"), Span(4, 7, "PER"))
    >>> pair = Pair(datetime(2024, 5, 1), "Ada ran.", found, found[:1], 1, "p", 1)
    >>> edits_saved([pair])         # one edit from nothing, one with it: the wrong span has to go
    0.0
    """
    needed = sum(len(one.settled) for one in found)
    errors = evaluate([one.settled for one in found], [one.shown for one in found]).errors
    return 1.0 - len(errors) / needed if needed else None


def _weeks(found: Sequence[Pair], corrections: Sequence[Any], since: datetime) -> list[Week]:
    by_week: dict[int, list[Pair]] = defaultdict(list)
    for pair in found:
        by_week[(pair.at - since) // _WEEK].append(pair)
    counts: dict[int, list[int]] = defaultdict(list)
    for row in corrections:
        counts[(row.created_at - since) // _WEEK].append(row.severity)
    return [_week(since + number * _WEEK, by_week[number], counts[number]) for number in sorted(by_week)]


def _week(start: datetime, some: Sequence[Pair], severities: Sequence[int]) -> Week:
    labels = sorted({span.label for one in some for span in (*one.settled, *one.shown)})
    per_label = {label: f1 for label in labels if (f1 := f1_of(some, label)) is not None}
    grave = sum(severity >= HIGH for severity in severities)
    return Week(
        start,
        len(some),
        f1_of(some),
        per_label,
        100.0 * len(severities) / len(some),
        100.0 * grave / len(some),
        _calibration(some),
    )


def _calibration(some: Sequence[Pair]) -> float | None:
    """The expected calibration error of the scores of what was shown."""
    scores, right = [], []
    for one in some:
        settled = {(span.start, span.end, span.label) for span in one.settled}
        for span in one.shown:
            if span.score is not None:
                scores.append(span.score)
                right.append((span.start, span.end, span.label) in settled)
    return calibration(scores, right).ece if scores else None


def _corrections(session: Session, project_id: int, since: datetime, until: datetime) -> Sequence[Any]:
    columns = Correction.surface, Correction.kind, Correction.severity, Correction.created_at
    label = func.coalesce(Correction.final_label, Correction.predicted_label).label("label")
    asked = select(*columns, label).join(Annotation, Annotation.id == Correction.annotation_id)
    asked = asked.join(Prediction, Prediction.id == Correction.prediction_id)
    asked = asked.where(func.substr(Prediction.pipeline, 1, 4) != "live", Annotation.project_id == project_id)
    return session.execute(asked.where(Correction.created_at >= since, Correction.created_at < until)).all()


def _recurrence(
    session: Session, project_id: int, corrections: Sequence[Any], since: datetime, until: datetime
) -> float | None:
    """Errors corrected before the last promotion that were corrected after it, too."""
    last = select(func.max(AliasMove.at)).where(AliasMove.project_id == project_id, AliasMove.alias == PRODUCTION)
    moved = session.scalar(last.where(AliasMove.rollback.is_(False), AliasMove.at >= since, AliasMove.at < until))
    if moved is None:
        return None
    before, after = (
        {(row.surface.casefold(), row.kind, row.label) for row in corrections if (row.created_at >= moved) == late}
        for late in (False, True)
    )
    return len(before & after) / len(before) if before else None


def _turnaround(session: Session, project_id: int, since: datetime, until: datetime) -> float | None:
    promoted = select(AliasMove.at).where(AliasMove.project_id == project_id, AliasMove.alias == PRODUCTION)
    moves = sorted(session.scalars(promoted.where(AliasMove.rollback.is_(False))))
    raised = select(Alert.opened_at).where(Alert.project_id == project_id, Alert.kind == "drift")
    times = []
    for opened in session.scalars(raised.where(Alert.opened_at >= since, Alert.opened_at < until)):
        times += [(moved - opened).total_seconds() for moved in moves if moved > opened][:1]
    return float(median(times)) if times else None


def _seconds_per_point(session: Session, project_id: int, since: datetime, until: datetime) -> float | None:
    """Active seconds of the time, for each point of F1 from the first to the last version promoted."""
    judged = select(GateReport.at, GateReport.report).join(
        AliasMove, AliasMove.model_version_id == GateReport.model_version_id
    )
    judged = judged.join(ModelVersion, ModelVersion.id == GateReport.model_version_id)
    judged = judged.where(GateReport.project_id == project_id, GateReport.passed, AliasMove.alias == PRODUCTION)
    judged = judged.where(AliasMove.rollback.is_(False), AliasMove.at >= since, AliasMove.at < until)
    figures = [row.report["scores"]["strict"]["f1"] for row in session.execute(judged.order_by(AliasMove.at))]
    active = select(func.sum(Annotation.active_seconds)).where(Annotation.project_id == project_id)
    seconds = session.scalar(active.where(Annotation.created_at >= since, Annotation.created_at < until))
    if len(figures) < 2 or seconds is None or figures[-1] <= figures[0]:
        return None
    gained: float = figures[-1] - figures[0]
    return float(seconds) / (100.0 * gained)


def _long_tail(session: Session, project_id: int, found: Sequence[Pair]) -> Mapping[str, float | None]:
    """How much is rare among what was settled, and how much of the rare was pre-annotated right."""
    columns = AnnotationSpan.label, func.lower(AnnotationSpan.surface).label("surface"), func.count().label("times")
    asked = select(*columns).where(*final(project_id), AnnotationSpan.annotation_id == Annotation.id)
    asked = asked.where(AnnotationSpan.negative.is_(False)).group_by(AnnotationSpan.label, "surface")
    labels: dict[str, int] = defaultdict(int)
    forms: dict[tuple[str, str], int] = {}
    for row in session.execute(asked):
        labels[row.label] += row.times
        forms[row.label, row.surface] = row.times
    rare = {form for form, count in forms.items() if count < RARE}
    right = seen = 0
    for one in found:
        shown = {(span.start, span.end, span.label) for span in one.shown}
        for span in one.settled:
            if (span.label, one.text[span.start : span.end].lower()) in rare:
                seen += 1
                right += (span.start, span.end, span.label) in shown
    return {
        "labels": sum(count < RARE for count in labels.values()),
        "forms": len(rare),
        "all_forms": len(forms),
        "right": right / seen if seen else None,
    }
