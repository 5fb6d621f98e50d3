"""What a change of the guidelines puts in doubt: resolved annotations with a label whose section changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from livener.review.decisions import reopen
from livener.review.guideline_versions import get
from livener.review.guidelines import GENERAL, changed_labels
from livener.review.people import Person
from livener.review.resolved import final
from livener.store.models import Annotation, AnnotationSpan, Document, GuidelineVersion, Task


@dataclass(frozen=True, slots=True)
class Doubts:
    """How many resolved tasks are in doubt, in all and by label (one task may be under several)."""

    tasks: int
    labels: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A resolved task in doubt: its document's key, the guidelines it was annotated under, the labels concerned."""

    task: int
    document: str
    guideline: int
    labels: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def counts(session: Session, project_id: int, *, old: int, new: int) -> Doubts:
    """How much a change from the guidelines ``old`` to ``new`` puts in doubt.

    An annotation is in doubt when it has a span (right or wrong) of a label whose section changed, and was made under
    guidelines before ``new`` that do not say of it what ``new`` does. Those of the part before all sections put none
    in doubt: it is of no label. This looks at every final span of the project once.

    Raises:
        NotFound: there is no such version.
    """
    tasks = func.count(Task.id.distinct())
    joined = (
        *final(project_id),
        AnnotationSpan.annotation_id == Annotation.id,
        _stale(session, project_id, old, new),
    )
    by_label = select(AnnotationSpan.label, tasks).where(*joined).group_by(AnnotationSpan.label)
    labels = {row[0]: row[1] for row in session.execute(by_label.order_by(AnnotationSpan.label))}
    return Doubts(session.execute(select(tasks).where(*joined)).scalar_one(), labels)


def page(session: Session, project_id: int, *, old: int, new: int, after: int = 0, limit: int = 100) -> list[Doubt]:
    """The tasks in doubt with ids over ``after``, in order.

    Raises:
        NotFound: there is no such version.
    """
    stale = _stale(session, project_id, old, new)
    return _doubts(session, stale, _tasks(project_id, stale, after=after, limit=limit))


def open_tasks(
    session: Session,
    project_id: int,
    *,
    old: int,
    new: int,
    person: Person | None,
    now: datetime,
    limit: int = 500,
) -> int:
    """Open up to ``limit`` of the tasks in doubt again, and say how many; those that are open are in doubt no more.

    To open all, do it until it is 0, each time in a transaction of its own, so that nobody waits long.

    Raises:
        NotFound: there is no such version.
        Forbidden: the person does not lead.
    """
    stale = _stale(session, project_id, old, new)
    asked = _tasks(project_id, stale, after=0, limit=limit)
    # Locked, so that none is amended between the question and the answer.
    doubts = _doubts(session, stale, asked.with_for_update(of=Task, skip_locked=True))
    for doubt in doubts:
        what = ", ".join(doubt.labels)
        reason = f"guidelines {new} say something else than {doubt.guideline} of {what}"
        reopen(session, project_id, doubt.task, person, reason=reason, now=now)
    return len(doubts)


def _tasks(project_id: int, stale: ColumnElement[bool], *, after: int, limit: int) -> Any:
    return (
        select(Task.id, Document.key, Annotation.id.label("annotation_id"), GuidelineVersion.number)
        .where(
            *final(project_id),
            Document.id == Task.document_id,
            GuidelineVersion.id == Annotation.guideline_version_id,
            Task.id > after,
            exists().where(AnnotationSpan.annotation_id == Annotation.id, stale),
        )
        .order_by(Task.id)
        .limit(limit)
    )


def _doubts(session: Session, stale: ColumnElement[bool], asked: Any) -> list[Doubt]:
    rows = session.execute(asked).all()
    labels: dict[int, set[str]] = {row.annotation_id: set() for row in rows}
    of_them = Annotation.id == AnnotationSpan.annotation_id, Annotation.id.in_(labels), stale
    for annotation, label in session.execute(select(Annotation.id, AnnotationSpan.label).where(*of_them)):
        labels[annotation].add(label)
    return [Doubt(row.id, row.key, row.number, tuple(sorted(labels[row.annotation_id]))) for row in rows]


def _stale(session: Session, project_id: int, old: int, new: int) -> ColumnElement[bool]:
    """Whether an `AnnotationSpan` of an `Annotation` has a label of which its guidelines say something else."""
    before, after = get(session, project_id, old), get(session, project_id, new)
    asked = changed_labels(before.markdown, after.markdown) - {GENERAL}
    version = GuidelineVersion
    rows = session.execute(
        select(version.id, version.number, version.markdown).where(
            version.project_id == project_id, version.number < new
        )
    )
    # What was annotated before `old` is as old as that; what came between may know of some changes already.
    changed = {
        row.id: asked if row.number <= old else asked & changed_labels(row.markdown, after.markdown) for row in rows
    }
    groups: dict[frozenset[str], list[int]] = {}
    for version_id, labels in changed.items():
        groups.setdefault(labels, []).append(version_id)
    return or_(
        false(),
        *(
            and_(Annotation.guideline_version_id.in_(ids), AnnotationSpan.label.in_(labels))
            for labels, ids in groups.items()
        ),
    )
