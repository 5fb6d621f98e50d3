"""How good what people were shown was, by what they made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.metrics import evaluate
from livener.review.resolved import final
from livener.store.models import Annotation, AnnotationSpan, Prediction, Task, TaskEvent
from livener.store.models import Document as StoredDocument
from livener.text import Span

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rolling:
    """Strict F1 over so many documents; None where there is no span on either side."""

    f1: float | None
    documents: int


@dataclass(frozen=True, slots=True)
class Pair:
    """What a person was shown, and what was settled in the end, of one task."""

    at: datetime
    text: str
    shown: tuple[Span, ...]
    settled: tuple[Span, ...]
    model: int | None
    pipeline: str
    task_id: int


def pairs(
    session: Session,
    project_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int | None = None,
    live: bool = False,
) -> Iterator[Pair]:
    """The tasks that were settled whole, the newest first, with what their annotators were shown.

    Without ``live`` those that a live model pre-annotated are left out: they say nothing of what serves.
    """
    asked = (
        select(Task.id, TaskEvent.at, Annotation.id.label("annotation"), Prediction.spans, Prediction.pipeline)
        .add_columns(Prediction.model_version_id.label("model"), StoredDocument.text)
        .where(*final(project_id), Annotation.complete.is_(True))
        .where(StoredDocument.id == Task.document_id)
        .where(Prediction.id == func.coalesce(Annotation.prediction_id, Task.prediction_id))
        .order_by(TaskEvent.at.desc(), Task.id.desc())
        .limit(most)
    )
    if since is not None:
        asked = asked.where(TaskEvent.at > since)
    if until is not None:
        asked = asked.where(TaskEvent.at <= until)
    if not live:
        asked = asked.where(func.substr(Prediction.pipeline, 1, 4) != "live")
    rows = session.execute(asked).all()
    for at in range(0, len(rows), _AT_ONCE):
        some = rows[at : at + _AT_ONCE]
        settled = spans_of(session, [row.annotation for row in some])
        for row in some:
            shown = tuple(Span(one["start"], one["end"], one["label"], one.get("score")) for one in row.spans)
            yield Pair(
                row.at, row.text, shown, tuple(settled.get(row.annotation, ())), row.model, row.pipeline, row.id
            )


def rolling(
    session: Session,
    project_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    documents: int = 200,
    label: str | None = None,
) -> Rolling:
    """F1 of what people were shown over the latest documents that they settled, of all labels or of one."""
    found = list(pairs(session, project_id, since=since, until=until, most=documents))
    return Rolling(f1_of(found, label), len(found))


def f1_of(found: Sequence[Pair], label: str | None = None) -> float | None:
    """Strict F1 of what was shown against what was settled; None where there is no span on either side."""

    def kept(spans: Sequence[Span]) -> list[Span]:
        return [span for span in spans if label is None or span.label == label]

    gold, shown = [kept(one.settled) for one in found], [kept(one.shown) for one in found]
    if not (any(gold) or any(shown)):
        return None
    return evaluate(gold, shown).strict.f1


def spans_of(session: Session, annotations: Sequence[int]) -> dict[int, list[Span]]:
    """What annotations say is there, by their ids."""
    spans: dict[int, list[Span]] = {}
    columns: tuple[Any, ...] = (AnnotationSpan.annotation_id, AnnotationSpan.start, AnnotationSpan.end)
    for at in range(0, len(annotations), _AT_ONCE):
        some = annotations[at : at + _AT_ONCE]
        asked = select(*columns, AnnotationSpan.label).where(AnnotationSpan.annotation_id.in_(some))
        for row in session.execute(asked.where(AnnotationSpan.negative.is_(False))):
            spans.setdefault(row.annotation_id, []).append(Span(row.start, row.end, row.label))
    return spans
