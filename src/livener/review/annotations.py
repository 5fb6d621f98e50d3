"""What people say about a task: checked, kept as a revision, and never overwritten."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import livener.text
from livener.errors import InputError
from livener.review import corrections, queue, statements
from livener.review.errors import NotFound
from livener.review.people import Person
from livener.review.routing import Key, Said, route
from livener.review.rules import Rules
from livener.review.states import Action, Move
from livener.store.models import (
    Annotation,
    AnnotationSpan,
    GuidelineVersion,
    Task,
    TaskState,
    Tier,
)
from livener.text import Range, Span
from livener.text.ranges import touches, without

CALIBRATION = "calibration:"
"""How the batch of a calibration session begins: its tasks are compared, and never reviewed."""


@dataclass(frozen=True, slots=True)
class SpanGiven:
    """A span as somebody sent it; ``text`` is what they saw there, to be checked."""

    start: int
    end: int
    label: str
    kb_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody says of a task: spans that are right, wrong (``negatives``), or looked at and left undecided.

    ``complete=False``: nothing is said about the rest of the text, or of the parts that the task asks about.
    ``guideline`` is the number of the version it was made under; ``active_seconds`` counts no idle time.
    """

    spans: Sequence[SpanGiven]
    guideline: int
    negatives: Sequence[SpanGiven] = ()
    ignored: Sequence[SpanGiven] = ()
    complete: bool = True
    flag: str | None = None
    active_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it: the annotation, where the task is now, and why."""

    annotation_id: int
    revision: int
    state: TaskState
    reason: str


def submit(
    session: Session,
    project_id: int,
    task_id: int,
    person: Person,
    submission: Submission,
    rules: Rules,
    *,
    now: datetime,
    label_kappas: Mapping[str, float | None] | None = None,
) -> Submitted:
    """Keep what the holder of a leased task says, and send the task on: to the next person, a reviewer, or its end.

    Raises:
        InputError: a span is not inside the text or not of the label set, or is in no part that is asked about; or
            given twice; or no such guidelines.
        NotFound: no such task in the project.
        Conflict: the person does not hold it, or holds it as a reviewer.
    """
    task = queue.held_task(session, project_id, task_id, person)
    return _submit(session, task, person, submission, rules, now=now, label_kappas=label_kappas or {})


def restore(
    session: Session,
    project_id: int,
    task_id: int,
    person: Person,
    revision: int,
    rules: Rules,
    *,
    now: datetime,
) -> Submitted:
    """Say again what was said in an earlier revision of a task: it becomes the newest.

    Raises:
        NotFound: no such task or revision, or it is of another annotator and the person does not review.
        Conflict: the person does not hold the task.
    """
    task = queue.held_task(session, project_id, task_id, person)
    old = session.execute(
        select(Annotation).where(Annotation.task_id == task_id, Annotation.revision == revision)
    ).scalar_one_or_none()
    if old is None or (old.author_id != person.id and not person.works_at(Tier.REVIEWER)):
        raise NotFound(f"no revision {revision} of task {task_id}")
    spans: dict[bool, list[SpanGiven]] = {False: [], True: []}
    for span in session.scalars(select(AnnotationSpan).where(AnnotationSpan.annotation_id == old.id)):
        spans[span.negative].append(SpanGiven(span.start, span.end, span.label, span.kb_id, span.surface))
    number = session.execute(
        select(GuidelineVersion.number).where(GuidelineVersion.id == old.guideline_version_id)
    ).scalar_one()
    again = Submission(
        spans[False],
        number,
        negatives=spans[True],
        ignored=[SpanGiven(**span) for span in old.ignored],
        complete=old.complete or bool(old.known),
        flag=old.flag,
    )
    if task.state == TaskState.IN_REVIEW:
        return _resolve(session, task, person, again, rules, now=now, reason=f"revision {revision}")
    return _submit(session, task, person, again, rules, now=now, label_kappas={})


def resolve(
    session: Session,
    project_id: int,
    task_id: int,
    person: Person,
    submission: Submission,
    rules: Rules,
    *,
    now: datetime,
    reason: str = "",
) -> Submitted:
    """End a task that a reviewer or an expert holds: what they say is final.

    Raises:
        InputError, NotFound, Conflict: as `submit`.
    """
    task = queue.held_task(session, project_id, task_id, person)
    return _resolve(session, task, person, submission, rules, now=now, reason=reason)


def write(
    session: Session, task: Any, person: Person, tier: Tier, submission: Submission, *, now: datetime
) -> tuple[int, int]:
    """Check and insert a revision of a locked task: its id and its number."""
    text = task.text
    revision = (task.revision or 0) + 1
    guideline_id, labels = _guideline(session, task.project_id, submission.guideline)
    spans = [*submission.spans, *submission.negatives]
    _check(text, spans, labels, where="spans")
    _check(text, submission.ignored, labels, where="ignored")
    complete, known = _known(task, submission)
    annotation = {
        "project_id": task.project_id,
        "task_id": task.id,
        "revision": revision,
        "author_id": person.id,
        "guideline_version_id": guideline_id,
        "complete": complete,
        "known": known,
        "spans": len(spans),
        "active_seconds": submission.active_seconds,
        "created_at": now,
        "tier": tier,
        "ignored": [{"start": span.start, "end": span.end, "label": span.label} for span in submission.ignored],
        "flag": submission.flag,
        "prediction_id": task.prediction_id,
    }
    annotation_id = session.execute(statements.ADD_ANNOTATION, annotation).scalar_one()
    if spans:
        right = len(submission.spans)
        rows = [
            {
                "annotation_id": annotation_id,
                "number": number,
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "surface": text[span.start : span.end],
                "negative": number >= right,
                "kb_id": span.kb_id,
            }
            for number, span in enumerate(spans)
        ]
        session.execute(statements.ADD_SPANS, rows)
    return annotation_id, revision


def _submit(
    session: Session,
    task: Any,
    person: Person,
    submission: Submission,
    rules: Rules,
    *,
    now: datetime,
    label_kappas: Mapping[str, float | None],
) -> Submitted:
    annotation_id, revision = write(session, task, person, Tier.ANNOTATOR, submission, now=now)
    said = _said(session, task) if revision > 1 else [_as_said(submission)]
    given = len(said)
    calibrates = (task.batch or "").startswith(CALIBRATION)
    move = Move(session, task.id, task.state, task.events, now=now)
    changes: dict[str, Any] = {} if given == task.given else {"given": given}
    if given < task.overlap:
        reason = f"{given} of {task.overlap} people annotated it"
        move(Action.SUBMIT, TaskState.OPEN, by=person.id, reason=reason, annotation_id=annotation_id)
    else:
        reason = "submitted"
        move(Action.SUBMIT, TaskState.SUBMITTED, by=person.id, reason=reason, annotation_id=annotation_id)
        if not calibrates:
            if task.assignee_id is not None:
                changes["assignee_id"] = None
            verdict = route(task.id, said, _asked_about(task), rules, label_kappas=label_kappas)
            reason = verdict.reason
            if verdict.state == TaskState.RESOLVED:
                move(Action.ROUTE, TaskState.RESOLVED, by=None, reason=reason, annotation_id=annotation_id)
                _correct(session, task, annotation_id, submission, rules, now=now)
            else:
                changes |= {"tier": Tier.REVIEWER, "reason": reason}
                if verdict.state == TaskState.DISPUTED:
                    move(Action.ROUTE, TaskState.DISPUTED, by=None, reason=reason)
    if set(changes) == {"given"}:
        session.execute(statements.SET_GIVEN, {"task": task.id, "count": given})
    elif changes:
        session.execute(update(Task).where(Task.id == task.id).values(**changes))
    return Submitted(annotation_id, revision, move.state, reason)


def _resolve(
    session: Session, task: Any, person: Person, submission: Submission, rules: Rules, *, now: datetime, reason: str
) -> Submitted:
    tier = task.tier
    annotation_id, revision = write(session, task, person, tier, submission, now=now)
    reason = reason or f"decided by a{'n expert' if tier == Tier.EXPERT else ' reviewer'}"
    move = Move(session, task.id, task.state, task.events, now=now)
    move(Action.RESOLVE, TaskState.RESOLVED, by=person.id, reason=reason, annotation_id=annotation_id)
    _correct(session, task, annotation_id, submission, rules, now=now)
    return Submitted(annotation_id, revision, move.state, reason)


def _guideline(session: Session, project_id: int, number: int) -> tuple[int, frozenset[str]]:
    """The id and the labels of a guideline version."""
    found = session.execute(statements.GUIDELINE, {"project": project_id, "number": number}).one_or_none()
    if found is None:
        raise InputError(f"no guidelines with the number {number}", where="guideline")
    return found.id, frozenset(found.labels)


def _known(task: Any, submission: Submission) -> tuple[bool, tuple[Range, ...]]:
    """Whether a task's text is known as a whole by what is said, and the ranges of it that are where it is not.

    Of a task about parts these are the parts, with all of a span that goes on outside, without what is undecided.
    """
    if not task.parts:
        return submission.complete, ()
    said = {"spans": submission.spans, "negatives": submission.negatives, "ignored": submission.ignored}
    for where, spans in said.items():
        for number, span in enumerate(spans):
            if not touches(span.start, span.end, task.parts):
                fix = ", ".join(f"[{start}, {end})" for start, end in task.parts[:20])
                problem = f"span [{span.start}, {span.end}) is in no part that is asked about"
                raise InputError(problem, where=f"{where}[{number}]", fix=fix)
    if not submission.complete:
        return False, ()
    answered = [*((start, end) for start, end in task.parts), *((one.start, one.end) for one in submission.spans)]
    return False, without(answered, [(one.start, one.end) for one in submission.ignored])


def _asked_about(task: Any) -> Sequence[Mapping[str, Any]]:
    """The predicted spans of what a task asks about: of its parts, or in its question."""
    asked = task.parts or [(one["start"], one["end"]) for one in task.question or ()]
    predicted: Sequence[Mapping[str, Any]] = task.predicted or ()
    return [one for one in predicted if touches(one["start"], one["end"], asked)] if asked else predicted


def _check(text: str, spans: Iterable[SpanGiven], labels: frozenset[str], *, where: str) -> None:
    seen: set[Key] = set()
    for number, span in enumerate(spans):
        place = f"{where}[{number}]"
        if not 0 <= span.start < span.end <= len(text):
            inside = f"0 <= start < end <= {len(text)}"
            raise InputError(f"span [{span.start}, {span.end}) is not inside the text", where=place, fix=inside)
        if span.label not in labels:
            known = " | ".join(sorted(labels)[:40])
            raise InputError(f"no label {span.label[:100]!r} in these guidelines", where=place, fix=known)
        if span.text is not None and text[span.start : span.end] != span.text:
            there = repr(text[span.start : span.end][:100])
            raise InputError(
                f"the text at [{span.start}, {span.end}) is not {span.text[:100]!r}", where=place, fix=there
            )
        key = (span.start, span.end, span.label)
        if key in seen:
            raise InputError(f"span [{span.start}, {span.end}) {span.label} is given twice", where=place)
        seen.add(key)


def _said(session: Session, task: Any) -> list[Said]:
    """The latest word of each annotator of the task."""
    latest = (
        select(func.max(Annotation.id))
        .where(Annotation.task_id == task.id, Annotation.id > task.counted_after, Annotation.tier == Tier.ANNOTATOR)
        .group_by(Annotation.author_id)
    )
    spans: dict[int, tuple[set[Key], set[Key]]] = {}
    about = session.execute(
        select(Annotation.id, Annotation.ignored, Annotation.flag).where(Annotation.id.in_(latest))
    )
    told = {row.id: row for row in about}
    for span in session.execute(
        select(
            AnnotationSpan.annotation_id,
            AnnotationSpan.start,
            AnnotationSpan.end,
            AnnotationSpan.label,
            AnnotationSpan.negative,
        ).where(AnnotationSpan.annotation_id.in_(list(told)))
    ):
        sides = spans.setdefault(span.annotation_id, (set(), set()))
        sides[span.negative].add((span.start, span.end, span.label))
    said = []
    for key, row in told.items():
        right, wrong = spans.get(key, (set(), set()))
        ignored = frozenset((span["start"], span["end"], span["label"]) for span in row.ignored)
        said.append(Said(frozenset(right), frozenset(wrong), ignored, row.flag))
    return said


def _as_said(submission: Submission) -> Said:
    right, wrong, undecided = (
        frozenset((span.start, span.end, span.label) for span in spans)
        for spans in (submission.spans, submission.negatives, submission.ignored)
    )
    return Said(right, wrong, undecided, submission.flag)


def _correct(
    session: Session, task: Any, annotation_id: int, submission: Submission, rules: Rules, *, now: datetime
) -> None:
    if task.prediction_id is None:
        return
    right, wrong, undecided = (
        tuple(Span(span.start, span.end, span.label) for span in spans)
        for spans in (submission.spans, submission.negatives, submission.ignored)
    )
    complete, known = _known(task, submission)
    document = livener.text.Document(task.text, spans=right, complete=complete, negatives=wrong, known=known)
    corrections.keep(
        session, annotation_id, document, task.prediction_id, task.predicted, rules, ignored=undecided, now=now
    )
