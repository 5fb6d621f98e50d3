"""The queue: which task somebody gets next, why, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, union, update
from sqlalchemy.orm import Session

from livener.review import statements
from livener.review.errors import Conflict, Forbidden, NotFound
from livener.review.people import Person
from livener.review.rules import Rules
from livener.review.states import Action, Move
from livener.store.models import (
    Annotation,
    Lease,
    Skip,
    Task,
    TaskEvent,
    TaskKind,
    TaskState,
    Tier,
)

_EXPIRED_AT_ONCE = 100
_COUNTED = 1000  # an empty queue explains itself, and does not count a million tasks for that
_WAITING = {
    Tier.ANNOTATOR: (TaskState.OPEN,),
    Tier.REVIEWER: (TaskState.DISPUTED, TaskState.SUBMITTED),
    Tier.EXPERT: (TaskState.ESCALATED,),
}
_HELD = (TaskState.LEASED, TaskState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Leased:
    """A task that somebody holds now, until when, and why they got it."""

    task_id: int
    expires_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Empty:
    """Why nobody gets anything: ``counts`` says how many tasks wait for what (1001: more than 1000)."""

    reason: str
    counts: dict[str, int]


def next_tasks(
    session: Session,
    project_id: int,
    person: Person,
    rules: Rules,
    *,
    now: datetime,
    tier: Tier | None = None,
    kind: TaskKind = TaskKind.DOCUMENT,
    count: int = 1,
) -> list[Leased] | Empty:
    """Lease the next tasks: those assigned to the person, then by priority, and those that somebody began first.

    A person is never given what they annotated or skipped, and nobody reviews themselves unless they lead.

    Raises:
        Forbidden: the person does not work at the tier.
    """
    tier = tier or person.tier
    if not person.works_at(tier):
        raise Forbidden(f"{person.role.value}s do not work at the tier of {tier.value}s")
    expire(session, now=now)
    found: list[Any] = []
    part = {"project_id": project_id, "tier": tier, "kind": kind, "person": person.id, "limit": count}
    # Annotators have begun no task that nobody began; and who reviews does not review their own.
    own = tier != Tier.ANNOTATOR and person.tier == tier != Tier.EXPERT
    for state in _WAITING[tier]:
        found += session.execute(statements.ASSIGNED, part | {"state": state}).all()
        for skill in ("", *person.skills):
            for begun in (False, True):
                head = statements.FREE_AND_NOT_OWN if own or (begun and tier == Tier.ANNOTATOR) else statements.FREE
                found += session.execute(head, part | {"state": state, "skill": skill, "begun": begun}).all()
    found.sort(key=lambda task: (task.assignee_id is None, task.rank, not task.begun, task.id))
    if not found:
        return _why_empty(session, project_id, person, tier, kind)
    return [_take(session, task, person, rules, now=now) for task in found[:count]]


def lease(session: Session, project_id: int, task_id: int, person: Person, rules: Rules, *, now: datetime) -> Leased:
    """Lease one task by name: one that waits for a tier of the person, or their own submission, to amend it.

    Raises:
        NotFound: no such task in the project.
        Conflict: somebody holds it, or it waits for nobody.
        Forbidden: it waits for a higher tier, or for another person.
    """
    expire(session, now=now)
    task = locked(session, project_id, task_id)
    held = session.execute(select(Lease.user_id).where(Lease.task_id == task_id)).scalar_one_or_none()
    if held == person.id:
        return renew(session, project_id, task_id, person, rules, now=now)
    if held is not None:
        raise Conflict("somebody else works on this task")
    mine = _annotated(session, task, person)
    own = mine and (task.tier == Tier.ANNOTATOR or person.tier == task.tier != Tier.EXPERT)
    waits = task.state in _WAITING[task.tier] and not own
    if mine and not (waits and person.works_at(task.tier)):
        return _amend(session, task, person, rules, now=now)
    if not waits:
        raise Conflict(f"the task is {task.state.value.replace('_', ' ')}")
    if not person.works_at(task.tier):
        raise Forbidden(f"the task waits for a person at the tier of {task.tier.value}s")
    if task.assignee_id not in {None, person.id}:
        raise Forbidden("the task is for another person")
    return _take(session, task, person, rules, now=now)


def renew(session: Session, project_id: int, task_id: int, person: Person, rules: Rules, *, now: datetime) -> Leased:
    """Go on holding a task.

    Raises:
        NotFound: no such task in the project.
        Conflict: the person does not hold it any more.
    """
    task = locked(session, project_id, task_id)
    until = now + timedelta(minutes=rules.lease_minutes)
    held = update(Lease).where(Lease.task_id == task_id, Lease.user_id == person.id).values(expires_at=until)
    if session.execute(held.returning(Lease.task_id)).first() is None:
        raise Conflict("you do not hold this task any more")
    return Leased(task_id, until, task.reason)


def release(
    session: Session, project_id: int, task_id: int, person: Person, *, now: datetime, reason: str = ""
) -> TaskState:
    """Give a task back without an answer; it waits again where it did.

    Raises:
        NotFound: no such task in the project.
        Conflict: the person does not hold it.
    """
    task = held_task(session, project_id, task_id, person)
    return back(session, task, by=person.id, reason=reason or "given back", now=now)


def expire(session: Session, *, now: datetime) -> int:
    """Take back tasks whose lease is over, some at a time; the number of them."""
    over = list(session.scalars(statements.EXPIRED, {"now": now, "limit": _EXPIRED_AT_ONCE}))
    if not over:
        return 0
    taken = 0
    for task in session.execute(
        select(Task.id, Task.state, Task.events).where(Task.id.in_(over)).with_for_update(skip_locked=True)
    ).all():
        late = (Lease.task_id == task.id, Lease.expires_at <= now)
        if session.execute(delete(Lease).where(*late).returning(Lease.task_id)).first():
            back(session, task, by=None, reason="the lease expired", now=now)
            taken += 1
    return taken


def held_task(session: Session, project_id: int, task_id: int, person: Person) -> Any:
    """The task, locked, that the person holds, with its text and what was predicted, and no longer held.

    A lease that is over holds until somebody else asks for a task.

    Raises:
        NotFound: no such task in the project.
        Conflict: the person does not hold it.
    """
    task = session.execute(statements.HELD, {"project": project_id, "task": task_id}).one_or_none()
    if task is None:
        raise NotFound(f"no task {task_id} in this project")
    # What the lock waited for may have ended the lease: asked for afterwards, and ended in the same breath.
    if session.execute(statements.END_LEASE, {"task": task_id, "person": person.id}).first() is None:
        other = session.execute(select(Lease.user_id).where(Lease.task_id == task_id)).first()
        raise Conflict("somebody else works on this task" if other else "you do not hold this task")
    return task


def back(session: Session, task: Any, *, by: int | None, reason: str, now: datetime) -> TaskState:
    """Send a task that nobody holds any more to where it was leased from."""
    last = select(TaskEvent.number, TaskEvent.before, TaskEvent.annotation_id)
    last = last.where(TaskEvent.task_id == task.id, TaskEvent.number >= task.events - 1)
    events = {event.number: event for event in session.execute(last)}
    after: TaskState = events[task.events].before
    final = events[task.events - 1].annotation_id if after == TaskState.RESOLVED else None
    if task.state == TaskState.LEASED and after != TaskState.OPEN:
        session.execute(update(Task).where(Task.id == task.id).values(tier=Tier.REVIEWER))
    move = Move(session, task.id, task.state, task.events, now=now)
    move(Action.RELEASE, after, by=by, reason=reason, annotation_id=final)
    return after


def locked(session: Session, project_id: int, task_id: int) -> Any:
    """The task, for nobody else to change until the transaction ends.

    Raises:
        NotFound: no such task in the project.
    """
    task = session.execute(statements.LOCKED, {"project": project_id, "task": task_id}).one_or_none()
    if task is None:
        raise NotFound(f"no task {task_id} in this project")
    return task


def _annotated(session: Session, task: Any, person: Person) -> bool:
    counts = Annotation.task_id == task.id, Annotation.author_id == person.id, Annotation.id > task.counted_after
    return session.execute(select(Annotation.id).where(*counts).limit(1)).first() is not None


def _take(session: Session, task: Any, person: Person, rules: Rules, *, now: datetime) -> Leased:
    until = _hold(session, task, person, rules, now=now)
    after = TaskState.LEASED if task.state == TaskState.OPEN else TaskState.IN_REVIEW
    Move(session, task.id, task.state, task.events, now=now)(Action.LEASE, after, by=person.id, reason=task.reason)
    return Leased(task.id, until, task.reason)


def _hold(session: Session, task: Any, person: Person, rules: Rules, *, now: datetime) -> datetime:
    until = now + timedelta(minutes=rules.lease_minutes)
    row = {"task_id": task.id, "user_id": person.id, "created_at": now, "expires_at": until}
    session.execute(statements.ADD_LEASE, row)
    return until


def _amend(session: Session, task: Any, person: Person, rules: Rules, *, now: datetime) -> Leased:
    final = select(Annotation.tier).join(TaskEvent, TaskEvent.annotation_id == Annotation.id)
    final = final.where(TaskEvent.task_id == task.id, TaskEvent.number == task.events)
    if task.state == TaskState.RESOLVED and session.execute(final).scalar_one() != Tier.ANNOTATOR:
        raise Conflict("a reviewer decided this task")
    move = Move(session, task.id, task.state, task.events, now=now)
    move(Action.AMEND, TaskState.LEASED, by=person.id, reason="the author goes over it again")
    until = _hold(session, task, person, rules, now=now)
    session.execute(update(Task).where(Task.id == task.id).values(tier=Tier.ANNOTATOR))
    return Leased(task.id, until, "your own annotation, to go over it again")


def _why_empty(session: Session, project_id: int, person: Person, tier: Tier, kind: TaskKind) -> Empty:
    mine = Task.project_id == project_id, Task.kind == kind
    here = (*mine, Task.tier == tier, Task.state.in_(_WAITING[tier]))
    # From what the person did: there may be a million tasks.
    done = union(
        select(Skip.task_id).where(Skip.user_id == person.id),
        select(Annotation.task_id).where(Annotation.author_id == person.id),
    )
    reasons = {
        "held by others": (*mine, Task.tier == tier, Task.state.in_(_HELD)),
        "done or skipped by you": (*here, Task.id.in_(done)),
        "for other skills": (*here, Task.skill.not_in(["", *person.skills])),
        "for another person": (*here, Task.assignee_id != person.id),
    } | {
        f"wait for {other.value}s": (*mine, Task.tier == other, Task.state.in_(states))
        for other, states in _WAITING.items()
        if other != tier
    }

    def count(conditions: tuple[ColumnElement[bool], ...]) -> int:
        some = select(Task.id).where(*conditions).limit(_COUNTED + 1).subquery()
        return session.execute(select(func.count()).select_from(some)).scalar_one()

    counts = {reason: number for reason, conditions in reasons.items() if (number := count(conditions))}
    if not counts and (number := count(here)):  # they wait here and were not given: somebody is just getting them
        counts = {"held by others": number}
    if counts:
        numbers = ((f"over {_COUNTED:,}" if n > _COUNTED else str(n), reason) for reason, n in counts.items())
        return Empty(", ".join(" ".join(pair) for pair in numbers), counts)
    anything = session.execute(select(Task.id).where(*mine).limit(1)).first()
    return Empty("all done" if anything else "no task was ever opened", {})
