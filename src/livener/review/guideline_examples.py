"""Examples for the guidelines, from what experts decided."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from livener.store.models import (
    Annotation,
    AnnotationSpan,
    Document,
    GuidelineExample,
    GuidelineVersion,
    Task,
    Tier,
    User,
)

_AROUND = 150  # characters on each side
_LONGEST_SPAN = 500  # what is longer shows nothing
_MOST = 10
_Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A span in a piece of text, as an expert decided: right, or (``counter``) wrong; offsets are of ``text``."""

    id: int
    label: str
    counter: bool
    text: str
    start: int
    end: int
    note: str
    author: str
    guideline: int
    document: str
    created_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def add(session: Session, annotation_id: int, *, note: str, now: datetime) -> int:
    """Keep what an expert's annotation decided as examples, and say how many: 0 where it is not an expert's.

    They are the spans on which what was said of the task before differs from it: those that not everybody had, and
    as counter-examples those that somebody had and the expert has not. Where nothing differs they are all its spans.
    At most ten, each with about a sentence around it: the rest of the text stays where it is.
    """
    decided = session.execute(
        select(
            *(Annotation.task_id, Annotation.project_id, Annotation.author_id, Annotation.guideline_version_id),
            *(Document.text, Task.counted_after, Annotation.complete),
        )
        .join(Task, Task.id == Annotation.task_id)
        .join(Document, Document.id == Task.document_id)
        .where(Annotation.id == annotation_id, Annotation.tier == Tier.EXPERT)
    ).one_or_none()
    if decided is None:
        return 0
    said = _said(session, decided.task_id, after=decided.counted_after, until=annotation_id)
    right, wrong = said.pop(annotation_id)
    before = [spans for spans, _ in said.values()]
    differ = {span for span in right if not all(span in spans for spans in before)} if before else right
    counter = (wrong.union(*before) if decided.complete else wrong) - right
    chosen = [(span, span in counter) for span in sorted(differ | counter or right)]
    rows = [
        _example(decided.text, *span) | {"counter": wrongly}
        for span, wrongly in chosen
        if span[1] - span[0] <= _LONGEST_SPAN
    ][:_MOST]
    shared = {
        "project_id": decided.project_id,
        "guideline_version_id": decided.guideline_version_id,
        "annotation_id": annotation_id,
        "note": note,
        "author_id": decided.author_id,
        "created_at": now,
    }
    if rows:
        session.execute(insert(GuidelineExample), [row | shared for row in rows])
    return len(rows)


def listed(
    session: Session, project_id: int, *, label: str | None = None, after: int = 0, limit: int = 100
) -> list[Example]:
    """The examples (of one label), in the order in which they were decided, with ids over ``after``."""
    kept = GuidelineExample
    asked = (
        select(
            *(kept.id, kept.label, kept.counter, kept.text, kept.start, kept.end, kept.note, User.name),
            *(GuidelineVersion.number, Document.key, kept.created_at),
        )
        .join(User, User.id == kept.author_id)
        .join(GuidelineVersion, GuidelineVersion.id == kept.guideline_version_id)
        .join(Annotation, Annotation.id == kept.annotation_id)
        .join(Task, Task.id == Annotation.task_id)
        .join(Document, Document.id == Task.document_id)
        .where(kept.project_id == project_id, kept.id > after)
    )
    if label is not None:
        asked = asked.where(kept.label == label)
    return [Example(*row) for row in session.execute(asked.order_by(kept.id).limit(limit))]


def _said(session: Session, task_id: int, *, after: int, until: int) -> dict[int, tuple[set[_Key], set[_Key]]]:
    """The spans, right and wrong, of each annotation of the task that counts."""
    ids = select(Annotation.id).where(Annotation.task_id == task_id, Annotation.id > after, Annotation.id <= until)
    said: dict[int, tuple[set[_Key], set[_Key]]] = {one: (set(), set()) for one in session.scalars(ids)}
    span = AnnotationSpan
    columns = span.annotation_id, span.negative, span.start, span.end, span.label
    for row in session.execute(select(*columns).where(span.annotation_id.in_(said))):
        said[row.annotation_id][row.negative].add((row.start, row.end, row.label))
    return said


def _example(text: str, start: int, end: int, label: str) -> dict[str, Any]:
    """The span with the words around it."""
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    if first and (cut := re.search(r"\s", text[first:start])):
        first += cut.end()
    if last < len(text) and (cut := re.search(r"\s\S*$", text[end:last])):
        last = end + cut.start()
    return {"label": label, "text": text[first:last], "start": start - first, "end": end - first}
