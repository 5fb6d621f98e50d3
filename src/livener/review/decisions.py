"""What else can be done with a task: skipped, sent up, sent back, ended, opened again."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review import queue
from livener.review.annotations import resolve
from livener.review.errors import Conflict, Forbidden, NotFound
from livener.review.people import Person
from livener.review.states import Action, Move
from livener.store.models import Annotation, Comment, Lease, Membership, Role, Skip, Task, TaskState, Tier, User

__all__ = ["comment", "escalate", "reject", "reopen", "resolve", "send_back", "skip"]

_LONGEST = 10_000


def skip(session: Session, project_id: int, task_id: int, person: Person, *, reason: str, now: datetime) -> TaskState:
    """Give a task back for good: its holder is not given it again.

    Raises:
        InputError: no reason.
        NotFound, Conflict: as `livener.review.queue.release`.
    """
    task = queue.held_task(session, project_id, task_id, person)
    row = {"task_id": task_id, "user_id": person.id, "reason": _said(reason, "reason"), "at": now}
    if session.get(Skip, (task_id, person.id)) is None:
        session.execute(insert(Skip), row)
    return queue.back(session, task, by=person.id, reason=f"skipped: {reason}", now=now)


def escalate(
    session: Session, project_id: int, task_id: int, person: Person, *, reason: str, now: datetime
) -> TaskState:
    """Send a task that one holds up to the next tier.

    Raises:
        InputError: no reason.
        NotFound: no such task in the project.
        Conflict: the person does not hold it, or it is at the highest tier.
    """
    task = queue.held_task(session, project_id, task_id, person)
    if task.tier == Tier.EXPERT:
        raise Conflict("there is nobody over an expert: decide, or reject the task with a reason")
    up = Tier.REVIEWER if task.state == TaskState.LEASED else Tier.EXPERT
    after = TaskState.DISPUTED if up == Tier.REVIEWER else TaskState.ESCALATED
    said = _said(reason, "reason")
    _move(session, task, Action.ESCALATE, after, by=person.id, reason=said, now=now)
    session.execute(update(Task).where(Task.id == task_id).values(tier=up, reason=said, assignee_id=None))
    return after


def send_back(
    session: Session,
    project_id: int,
    task_id: int,
    person: Person,
    *,
    comment: str,
    to: int | None = None,
    now: datetime,
) -> TaskState:
    """Send a task in review back to one of its annotators with a comment.

    If it is not said to whom, it goes to the last one who still works on the project; if nobody does, to anybody.

    Raises:
        InputError: no comment, or ``to`` did not annotate it, or works here no more.
        NotFound, Conflict: as `escalate`.
    """
    task = queue.held_task(session, project_id, task_id, person)
    authors = (
        select(Annotation.author_id, Membership.role, User.disabled_at)
        .join(User, User.id == Annotation.author_id)
        .outerjoin(Membership, (Membership.user_id == User.id) & (Membership.project_id == project_id))
        .where(Annotation.task_id == task_id, Annotation.tier == Tier.ANNOTATOR, Annotation.id > task.counted_after)
        .order_by(Annotation.id.desc())
    )
    here = {row.author_id: row.role is not None and row.disabled_at is None for row in session.execute(authors)}
    if not here or (to is not None and to not in here):
        raise InputError("they did not annotate this task" if here else "nobody annotated this task", where="to")
    if to is not None and not here[to]:
        raise InputError("they do not work on this project any more", where="to", fix="somebody else, or nobody")
    receiver = to or next((author for author, present in here.items() if present), None)
    _move(session, task, Action.SEND_BACK, TaskState.OPEN, by=person.id, reason=_said(comment, "comment"), now=now)
    _comment(session, task_id, person, comment, now=now)
    values = {"tier": Tier.ANNOTATOR, "reason": f"sent back: {comment}", "assignee_id": receiver}
    session.execute(update(Task).where(Task.id == task_id).values(**values))
    return TaskState.OPEN


def reject(
    session: Session, project_id: int, task_id: int, person: Person, *, reason: str, now: datetime
) -> TaskState:
    """End a task without an answer: its text is of no use.

    Raises:
        InputError: no reason.
        NotFound: no such task in the project.
        Forbidden: the person does not review, or somebody else holds it and the person does not lead.
        Conflict: it has ended already.
    """
    if not person.may(Role.REVIEWER):
        raise Forbidden("annotators skip or escalate; reviewers reject")
    task = queue.locked(session, project_id, task_id)
    holder = session.execute(select(Lease.user_id).where(Lease.task_id == task_id)).scalar_one_or_none()
    if holder not in {None, person.id} and not person.may(Role.LEAD):
        raise Conflict("somebody else works on this task")
    said = _said(reason, "reason")
    session.execute(delete(Lease).where(Lease.task_id == task_id))
    _move(session, task, Action.REJECT, TaskState.REJECTED, by=person.id, reason=said, now=now)
    return TaskState.REJECTED


def reopen(
    session: Session, project_id: int, task_id: int, person: Person | None, *, reason: str, now: datetime
) -> TaskState:
    """Begin an ended task anew: what was said before no longer counts, and is kept. ``person`` None: livener itself.

    Raises:
        InputError: no reason.
        NotFound: no such task in the project.
        Forbidden: the person does not lead.
        Conflict: it has not ended.
    """
    if person is not None and not person.may(Role.LEAD):
        raise Forbidden("only a lead opens a task again")
    task = queue.locked(session, project_id, task_id)
    said = _said(reason, "reason")
    by = person.id if person else None
    _move(session, task, Action.REOPEN, TaskState.OPEN, by=by, reason=said, now=now)
    last = session.execute(select(func.max(Annotation.id)).where(Annotation.task_id == task_id)).scalar_one()
    values = {"tier": Tier.ANNOTATOR, "reason": said, "given": 0, "counted_after": last or 0, "assignee_id": None}
    session.execute(update(Task).where(Task.id == task_id).values(**values))
    return TaskState.OPEN


def comment(session: Session, project_id: int, task_id: int, person: Person, body: str, *, now: datetime) -> int:
    """Write something about a task; the id of the comment.

    Raises:
        InputError: nothing is said, or far too much.
        NotFound: no such task in the project.
    """
    if session.scalar(select(Task.id).where(Task.project_id == project_id, Task.id == task_id)) is None:
        raise NotFound(f"no task {task_id} in this project")
    return _comment(session, task_id, person, _said(body, "body"), now=now)


def _comment(session: Session, task_id: int, person: Person, body: str, *, now: datetime) -> int:
    row = {"task_id": task_id, "author_id": person.id, "body": body, "created_at": now}
    return session.execute(insert(Comment).returning(Comment.id), row).scalar_one()


def _move(
    session: Session, task: Any, action: Action, after: TaskState, *, by: int | None, reason: str, now: datetime
) -> None:
    Move(session, task.id, task.state, task.events, now=now)(action, after, by=by, reason=reason)


def _said(text: str, where: str) -> str:
    if not text.strip() or len(text) > _LONGEST or "\x00" in text:
        raise InputError(
            "nothing is said" if not text.strip() else "not a text to keep", where=where, fix="1 to 10,000 characters"
        )
    return text
