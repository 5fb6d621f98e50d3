"""A settled document that turns out to be wrong, put right: a new revision, beside all that was said before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review import annotations, corrections, guideline_versions, resolved, statements
from livener.review.annotations import SpanGiven, Submission
from livener.review.errors import Conflict, Forbidden
from livener.review.people import Person
from livener.review.rules import Rules
from livener.review.states import Action, Move
from livener.store.models import Document, Task, TaskState, Tier
from livener.text import Span

Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the spans of one settled document: these go, those come. Turned round, it undoes itself.

    >>> change = Change("a", (Span(0, 5, "ORG"),), (Span(0, 5, "PER"),))
    >>> change.undone.remove[0].label, change.undone.undone == change
    ('PER', True)
    """

    document: str
    remove: tuple[Span, ...]
    add: tuple[Span, ...]

    @property
    def undone(self) -> "Change":
        """The change that brings back what was before."""
        return replace(self, remove=self.add, add=self.remove)


def fix(
    session: Session,
    project_id: int,
    person: Person,
    change: Change,
    rules: Rules,
    *,
    now: datetime,
    reason: str,
) -> Change:
    """Change the spans of a settled document, and say what undoes that.

    What was said stays as it is: the change is one more revision of the task that settled the document, at the tier
    of those who settled it, under the guidelines they worked under (the present ones where those lack a label). A
    document of which only answers are known gets one more answer: what goes is wrong.

    Raises:
        NotFound: the project has no such document.
        InputError: nothing would change; or as `annotations.submit`.
        Conflict: nothing is settled of it, its text is in the golden set, or its spans are not those any more.
        Forbidden: it was settled at a higher tier than that of the person.
    """
    mine = select(Task.id).join(Document, Document.id == Task.document_id)
    mine = mine.where(Document.project_id == project_id, Document.key == change.document)
    session.execute(mine.with_for_update(of=Task)).all()  # whoever comes second sees what the first one made of it
    settled = resolved.of_document(session, project_id, change.document)
    where = f"document {change.document}"
    if settled is None:
        raise Conflict(f"{where} is not settled, or kept for judging alone")
    if not person.works_at(settled.tier):
        raise Forbidden(f"{where} was decided by an {settled.tier.value}: only one of them changes it")
    if not change.remove and not change.add:
        raise InputError("nothing is changed", where=where, fix="a span to remove or to add")
    base = next((one for one in reversed(settled.opinions) if one.document.complete), settled.opinions[-1])
    task = session.execute(statements.HELD, {"project": project_id, "task": base.task_id}).one()
    removed = _taken(settled.document, change, where)
    added = {_key(span) for span in change.add}
    document = settled.document
    right = [span for span in document.spans if _key(span) not in removed] + list(change.add)
    wrong: list[Span] = []
    if not document.complete:
        wrong = [span for span in document.negatives if _key(span) not in added]
        wrong += [span for key, span in removed.items() if key not in {_key(one) for one in wrong}]
    said = Submission(
        _given(sorted(right, key=lambda span: (span.start, -span.end))),
        _guideline(session, project_id, base.guideline, right),
        negatives=_given(wrong),
        ignored=_given([span for span in base.ignored if _key(span) not in added]),
        complete=document.complete,
    )
    tier = max((Tier.REVIEWER, settled.tier), key=list(Tier).index)
    annotation, _ = annotations.write(session, task, person, tier, said, now=now)
    move = Move(session, task.id, task.state, task.events, now=now)
    move(Action.FIX, TaskState.RESOLVED, by=person.id, reason=reason, annotation_id=annotation)
    corrections.record(session, task_id=task.id, annotation_id=annotation, rules=rules, now=now)
    return replace(change, remove=tuple(removed.values())).undone


def _taken(document: Any, change: Change, where: str) -> dict[Key, Span]:
    """The spans that go, as they are stored."""
    there = {_key(span): span for span in document.spans}
    for span in change.remove:
        if _key(span) not in there:
            raise Conflict(f"{where} has no span [{span.start}, {span.end}) {span.label} any more")
    gone = {_key(span): there[_key(span)] for span in change.remove}
    for span in change.add:
        if _key(span) in there.keys() - gone.keys():
            raise Conflict(f"{where} has the span [{span.start}, {span.end}) {span.label} already")
    return gone


def _guideline(session: Session, project_id: int, number: int, spans: Sequence[Span]) -> int:
    known = guideline_versions.get(session, project_id, number).labels
    if all(span.label in known for span in spans):
        return number
    return guideline_versions.latest(session, project_id).number


def _given(spans: Sequence[Span]) -> list[SpanGiven]:
    return [SpanGiven(span.start, span.end, span.label, span.kb_id, span.text or None) for span in spans]


def _key(span: Span) -> Key:
    return span.start, span.end, span.label
