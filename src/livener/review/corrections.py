"""What was wrong with a prediction: each difference to the final annotation, typed, kept, and grouped."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import SQLColumnExpression, Text, cast, func, select
from sqlalchemy.orm import Session

from livener import text
from livener.metrics import SpanError, evaluate
from livener.review import statements
from livener.review.errors import NotFound
from livener.review.rules import Rules
from livener.store.models import (
    Annotation,
    AnnotationSpan,
    Correction,
    Document,
    ErrorType,
    ModelVersion,
    Prediction,
    Task,
    TaskEvent,
    TaskState,
)
from livener.text import Span
from livener.text.ranges import merged, touches, within

By = Literal["surface", "label", "source", "model"]
_LATEST = 20_000


@dataclass(frozen=True, slots=True)
class Typed:
    """One difference: a false positive has no final span, a false negative no predicted one."""

    kind: ErrorType
    severity: int
    predicted: Span | None
    final: Span | None


@dataclass(frozen=True, slots=True)
class Group:
    """The corrections of one key: how many of each error type, their severities summed, the last one's time."""

    key: str
    severity: int
    latest: datetime
    kinds: Mapping[ErrorType, int]

    @property
    def count(self) -> int:
        """How many."""
        return sum(self.kinds.values())

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "key": self.key,
            "count": self.count,
            "severity": self.severity,
            "latest": self.latest.isoformat(),
            "kinds": {kind.value: self.kinds.get(kind, 0) for kind in ErrorType},
        }


def type_corrections(
    predicted: Iterable[Span], annotation: text.Document, rules: Rules, *, ignored: Iterable[Span] = ()
) -> list[Typed]:
    """Each difference between a prediction and an annotation, with its severity, in the order of the text.

    Spans are paired as by `livener.metrics.evaluate`. Predictions that the annotator left undecided are no errors.
    From a partial annotation (``complete=False``) nothing follows but what it says: a predicted span is wrong where
    it is among the negatives or in what is ``known``, or where a span that it is paired with takes its place.

    >>> annotation = text.Document("Mr Smith of Shell", spans=(Span(3, 8, "PER"), Span(12, 17, "ORG")))
    >>> found = type_corrections([Span(0, 8, "PER"), Span(12, 17, "LOC")], annotation, Rules())
    >>> [(one.kind.value, one.severity) for one in found]
    [('boundary', 1), ('label', 2)]
    """
    undecided = {_key(span) for span in ignored}
    left = [span for span in predicted if _key(span) not in undecided]
    if not annotation.complete:
        wrong = {_key(span) for span in annotation.negatives}
        said = merged(
            [*annotation.known, *((one.start, one.end) for one in (*annotation.spans, *annotation.negatives))]
        )
        left = [span for span in left if touches(span.start, span.end, said)]
        wrong |= {_key(span) for span in left if within(span.start, span.end, annotation.known)}
    errors = evaluate([annotation.spans], [left]).errors
    if not annotation.complete:
        errors = [error for error in errors if error.gold or (error.predicted and _key(error.predicted) in wrong)]
    return [_typed(error, rules) for error in errors]


def record(session: Session, *, task_id: int, annotation_id: int, rules: Rules, now: datetime) -> list[Typed]:
    """Keep the corrections that a task's final annotation makes, once; a second time nothing is added.

    They are differences to the prediction that its author was shown, else to that of the task; without one there are
    none.

    Raises:
        NotFound: no such annotation of that task.
    """
    final = session.execute(
        select(
            Annotation.complete, Annotation.ignored, Annotation.known, Document.text, Prediction.id, Prediction.spans
        )
        .join(Task, Task.id == Annotation.task_id)
        .join(Document, Document.id == Task.document_id)
        .outerjoin(Prediction, Prediction.id == func.coalesce(Annotation.prediction_id, Task.prediction_id))
        .where(Annotation.id == annotation_id, Annotation.task_id == task_id)
    ).one_or_none()
    if final is None:
        raise NotFound(f"no annotation {annotation_id} of task {task_id}")
    if final.id is None:
        return []
    said: tuple[list[Span], list[Span]] = ([], [])
    columns = AnnotationSpan.start, AnnotationSpan.end, AnnotationSpan.label, AnnotationSpan.negative
    for start, end, label, negative in session.execute(
        select(*columns).where(AnnotationSpan.annotation_id == annotation_id)
    ):
        said[negative].append(Span(start, end, label))
    known = select(Correction.id).where(Correction.annotation_id == annotation_id).limit(1)
    if session.execute(known).one_or_none() is not None:
        return []
    document = text.Document(
        final.text,
        spans=tuple(said[0]),
        complete=final.complete,
        negatives=tuple(said[1]),
        known=tuple((start, end) for start, end in final.known),
    )
    ignored = map(_span, final.ignored)
    return keep(session, annotation_id, document, final.id, final.spans, rules, ignored=ignored, now=now)


def keep(
    session: Session,
    annotation_id: int,
    document: text.Document,
    prediction_id: int,
    predicted: Iterable[Mapping[str, Any]],
    rules: Rules,
    *,
    ignored: Iterable[Span] = (),
    now: datetime,
) -> list[Typed]:
    """Keep the corrections that a final annotation makes of a prediction, where both are at hand."""
    found = type_corrections(map(_span, predicted), document, rules, ignored=ignored)
    if found:
        same = {"annotation_id": annotation_id, "prediction_id": prediction_id, "created_at": now}
        session.execute(statements.ADD_CORRECTIONS, [{**same, **_columns(one, document.text)} for one in found])
    return found


def groups(
    session: Session,
    project_id: int,
    *,
    by: By = "surface",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Group]:
    """The corrections of a project by surface form, label, source or model, the gravest groups first.

    The surface is that of the predicted span, or of the missed one. The label is the right one, or that of the
    prediction where nothing is. The source is the engine that gave the span, "" for what none gave. The model is
    the number of its version, or its pipeline. A task that was resolved anew counts with its last resolution alone.
    Of the corrections made in [since, until) the 20,000 latest are looked at.
    """
    resolution = (
        select(TaskEvent.annotation_id)
        .where(TaskEvent.task_id == Annotation.task_id, TaskEvent.after == TaskState.RESOLVED)
        .order_by(TaskEvent.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    predicted = Correction.predicted_start, Correction.predicted_end, Correction.predicted_label
    columns: list[Any] = [Correction.kind, Correction.severity, Correction.created_at, *predicted]
    latest = (
        select(*columns, _KEYS[by].label("key"))
        .join(Annotation, Annotation.id == Correction.annotation_id)
        .join(Prediction, Prediction.id == Correction.prediction_id)
        .outerjoin(ModelVersion, ModelVersion.id == Prediction.model_version_id)
        .where(Annotation.project_id == project_id, Correction.annotation_id == resolution)
        .order_by(Correction.id.desc())
        .limit(_LATEST)
    )
    if since is not None:
        latest = latest.where(Correction.created_at >= since)
    if until is not None:
        latest = latest.where(Correction.created_at < until)
    found: dict[str, list[Any]] = {}
    for row in session.execute(latest):
        found.setdefault(_source(row) if by == "source" else row.key, []).append(row)
    every = [
        Group(key, sum(one.severity for one in some), some[0].created_at, Counter(one.kind for one in some))
        for key, some in found.items()
    ]
    return sorted(every, key=lambda group: (-group.severity, -group.count, group.key))[:limit]


_KEYS: dict[By, SQLColumnExpression[Any]] = {
    "surface": Correction.surface,
    "label": func.coalesce(Correction.final_label, Correction.predicted_label),
    "source": Prediction.spans,
    "model": func.coalesce(cast(ModelVersion.number, Text), Prediction.pipeline),
}


def _source(row: Any) -> str:
    """Of the prediction's spans the corrected one tells it."""
    key = (row.predicted_start, row.predicted_end, row.predicted_label)
    sources = (one.get("source") for one in row.key if (one["start"], one["end"], one["label"]) == key)
    return next(sources, None) or ""


def _typed(error: SpanError, rules: Rules) -> Typed:
    kind = ErrorType(error.kind)
    about = error.gold or error.predicted
    assert about is not None  # an error has one side at least
    return Typed(kind, rules.severity_of(about.label, kind), error.predicted, error.gold)


def _columns(found: Typed, whole: str) -> dict[str, Any]:
    predicted, final = found.predicted, found.final
    about = predicted or final
    assert about is not None
    return {
        "kind": found.kind,
        "severity": found.severity,
        "predicted_start": predicted and predicted.start,
        "predicted_end": predicted and predicted.end,
        "predicted_label": predicted and predicted.label,
        "final_start": final and final.start,
        "final_end": final and final.end,
        "final_label": final and final.label,
        "surface": whole[about.start : about.end],
    }


def _span(stored: Mapping[str, Any]) -> Span:
    return Span(stored["start"], stored["end"], stored["label"])


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label
