"""What people last said of a document, from the store: what adjudication, agreement and calibration start from."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from livener.review.errors import NotFound
from livener.store.models import Annotation, AnnotationSpan, GuidelineVersion, LabelSet, Task, Tier, User
from livener.store.models import Document as StoredDocument
from livener.text import Document, Span
from livener.text.ranges import without

_PER_DOCUMENT = 10
_ASKED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Opinion:
    """The last annotation of one author: ``document`` holds its spans and negatives, and whether it is complete.

    ``ignored`` are spans that the author looked at and left undecided; ``guideline`` is the number of the version
    that it was made under, and ``unasked`` are the labels that only a later one has.
    """

    annotation_id: int
    task_id: int
    revision: int
    author: str
    tier: Tier
    guideline: int
    document: Document
    ignored: tuple[Span, ...]
    flag: str | None
    created_at: datetime
    unasked: tuple[str, ...] = ()

    @property
    def learned(self) -> Document:
        """The document as it is learned from: of what the author left undecided it is not known what is there, and
        nobody looked for the labels that came later."""
        document = replace(self.document, unasked=self.unasked) if self.unasked else self.document
        if not (document.complete and self.ignored):
            return document
        known = without([(0, len(document.text))], [(span.start, span.end) for span in self.ignored])
        return replace(document, complete=False, known=tuple(known))

    def as_dict(self) -> dict[str, Any]:
        """As JSON values, without the text."""
        return {
            "annotation_id": self.annotation_id,
            "revision": self.revision,
            "author": self.author,
            "tier": self.tier.value,
            "guideline": self.guideline,
            "complete": self.document.complete,
            "known": self.document.known,
            "spans": [span_dict(span) for span in self.document.spans],
            "negatives": [span_dict(span) for span in self.document.negatives],
            "ignored": [span_dict(span) for span in self.ignored],
            "flag": self.flag,
            "created_at": self.created_at.isoformat(),
        }


def span_dict(span: Span) -> dict[str, Any]:
    """A span as JSON values, without what it has not.

    >>> span_dict(Span(0, 5, "ORG", score=0.9))
    {'start': 0, 'end': 5, 'label': 'ORG', 'score': 0.9}
    """
    given = {"score": span.score, "source": span.source, "kb_id": span.kb_id, "text": span.text or None}
    known = {name: value for name, value in given.items() if value is not None}
    return {"start": span.start, "end": span.end, "label": span.label, **known}


def of_task(session: Session, project_id: int, task_id: int) -> list[Opinion]:
    """The latest annotation of each author of a task that counts, of all tiers, in the order of time.

    Raises:
        NotFound: no such task in the project.
    """
    task = session.execute(
        select(Task.counted_after).where(Task.project_id == project_id, Task.id == task_id)
    ).one_or_none()
    if task is None:
        raise NotFound(f"no task {task_id}")
    said = session.execute(
        select(Annotation.id, Annotation.author_id)
        .where(Annotation.task_id == task_id, Annotation.id > task.counted_after)
        .order_by(Annotation.id)
    )
    return load(session, sorted({row.author_id: row.id for row in said}.values()))


def recent(
    session: Session,
    project_id: int,
    *,
    documents: int,
    batch: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[list[Row[Any]]]:
    """For each document the latest annotation of each author at each tier, the last annotated document first.

    Documents and not tasks: in a calibration session everybody has their own task for one document. With a batch all
    of its annotations are looked at, else the latest made in [since, until), ten for each of the ``documents`` that
    are wanted, so that the time that this takes does not grow with the project. The rows (id, author_id, tier,
    complete, document_id) are for `load`.
    """
    said = (
        select(Annotation.id, Annotation.task_id, Annotation.author_id, Annotation.tier, Annotation.complete)
        .where(Annotation.project_id == project_id)
        .order_by(Annotation.id.desc())
    )
    if since is not None:
        said = said.where(Annotation.created_at >= since)
    if until is not None:
        said = said.where(Annotation.created_at < until)
    if batch is None:
        said = said.limit(_PER_DOCUMENT * documents)
    else:
        tasks = select(Task.id).where(Task.project_id == project_id, Task.batch == batch)
        said = said.where(Annotation.task_id.in_(tasks))
    latest = said.subquery()
    columns = latest.c.id, latest.c.author_id, latest.c.tier, latest.c.complete, Task.document_id
    rows = session.execute(
        select(*columns)
        .join(Task, Task.id == latest.c.task_id)
        .where(latest.c.id > Task.counted_after)
        .order_by(latest.c.id.desc())
    )
    found: dict[int, dict[tuple[int, Tier], Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.document_id, {}).setdefault((row.author_id, row.tier), row)
    return [list(people.values()) for people in found.values()]


def load(session: Session, annotation_ids: Sequence[int]) -> list[Opinion]:
    """The annotations with these ids, in their order."""
    spans: dict[int, tuple[list[Span], list[Span]]] = {one: ([], []) for one in annotation_ids}
    rows: dict[int, Row[Any]] = {}
    texts: dict[int, Document] = {}
    for some in _parts(annotation_ids):
        for row in session.execute(
            select(
                *(Annotation.id, Annotation.task_id, Annotation.revision, Annotation.tier, Annotation.complete),
                *(Annotation.ignored, Annotation.known, Annotation.flag, Annotation.created_at, Task.document_id),
                User.name,
                *(GuidelineVersion.number, GuidelineVersion.project_id, LabelSet.labels),
            )
            .join(Task, Task.id == Annotation.task_id)
            .join(User, User.id == Annotation.author_id)
            .join(GuidelineVersion, GuidelineVersion.id == Annotation.guideline_version_id)
            .join(LabelSet, LabelSet.id == GuidelineVersion.label_set_id)
            .where(Annotation.id.in_(some))
        ):
            rows[row.id] = row
        for span in session.execute(
            select(
                *(AnnotationSpan.annotation_id, AnnotationSpan.start, AnnotationSpan.end, AnnotationSpan.label),
                *(AnnotationSpan.kb_id, AnnotationSpan.surface, AnnotationSpan.negative),
            )
            .where(AnnotationSpan.annotation_id.in_(some))
            .order_by(AnnotationSpan.annotation_id, AnnotationSpan.number)
        ):
            spans[span.annotation_id][span.negative].append(
                Span(span.start, span.end, span.label, kb_id=span.kb_id, text=span.surface)
            )
    for some in _parts(sorted({row.document_id for row in rows.values()})):
        for one in session.execute(
            select(
                *(StoredDocument.id, StoredDocument.key, StoredDocument.text, StoredDocument.meta),
                *(StoredDocument.tokens, StoredDocument.sentences),
            ).where(StoredDocument.id.in_(some))
        ):
            texts[one.id] = Document(
                one.text, one.key, one.meta, tokens=_ranges(one.tokens), sentences=_ranges(one.sentences)
            )
    now = _labels(session, {row.project_id for row in rows.values()})
    return [_opinion(rows[one], texts[rows[one].document_id], *spans[one], now) for one in annotation_ids]


def _labels(session: Session, projects: Iterable[int]) -> dict[int, Collection[str]]:
    """The labels that each project has now."""
    sets = select(LabelSet.project_id, LabelSet.labels).where(LabelSet.project_id.in_(projects))
    return {one.project_id: one.labels for one in session.execute(sets.order_by(LabelSet.number))}


def _opinion(
    row: Row[Any],
    document: Document,
    spans: Iterable[Span],
    negatives: Iterable[Span],
    labels: Mapping[int, Collection[str]],
) -> Opinion:
    return Opinion(
        annotation_id=row.id,
        task_id=row.task_id,
        revision=row.revision,
        author=row.name,
        tier=row.tier,
        guideline=row.number,
        document=Document(
            document.text,
            document.id,
            document.meta,
            tuple(spans),
            document.tokens,
            document.sentences,
            complete=row.complete,
            negatives=tuple(negatives),
            known=_ranges(row.known) or (),
        ),
        ignored=tuple(Span(span["start"], span["end"], span["label"]) for span in row.ignored),
        flag=row.flag,
        created_at=row.created_at,
        unasked=tuple(label for label in labels[row.project_id] if label not in row.labels),
    )


def _ranges(stored: list[list[int]] | None) -> tuple[tuple[int, int], ...] | None:
    return None if stored is None else tuple((start, end) for start, end in stored)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + _ASKED_AT_ONCE] for first in range(0, len(ids), _ASKED_AT_ONCE))
