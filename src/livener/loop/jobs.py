"""Jobs: what is to be done in the background, how far it is, and what came of it, in the store.

Everything about a job is one row that its worker, a person who cancels it and a page that shows it share. A worker
writes to it only while the attempt is its own: one that was thought dead, and is not, can harm nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.store.models import Job as Row
from livener.store.models import JobNote, JobState, Project, User

MOST_DEATHS = 5
"""A job whose workers died so often, without one that finished a step between, is not begun again."""
UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of a job.

    ``steps`` is what its finished steps gave, ``progress`` how far the present one is (``done``, ``total``,
    ``figures``), ``result`` what came of all, ``problem`` why it failed; ``seconds`` is the time that it took.
    """

    id: int
    kind: str
    state: JobState
    reason: str
    arguments: Mapping[str, Any]
    steps: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None
    problem: str | None
    attempts: int
    cancel: bool
    seconds: float
    user: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the log of a job."""

    id: int
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that a worker has to do now: ``attempt`` is what it shows with every write."""

    id: int
    project_id: int
    kind: str
    arguments: Mapping[str, Any]
    steps: Mapping[str, Any]
    attempt: int
    created_at: datetime
    user_id: int | None
    cancel: bool


@dataclass(frozen=True, slots=True)
class Recovered:
    """The ids of all jobs that wait, and the projects and ids of those that were given up."""

    waiting: Sequence[int]
    given_up: Sequence[tuple[int, int]]


class Lost(Exception):  # noqa: N818 - it is no error of the job
    """The job is another's now, or over."""


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def create(
    session: Session,
    project_id: int,
    kind: str,
    *,
    now: datetime,
    arguments: Mapping[str, Any] | None = None,
    reason: str = "",
    key: str | None = None,
    by: int | None = None,
) -> int:
    """A new job that waits for a worker, or the one under way that has the same ``key``; its id."""
    if key is not None:
        session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
        mine = Row.project_id == project_id, Row.key == key, Row.state.in_(UNDER_WAY)
        if (known := session.scalar(select(Row.id).where(*mine))) is not None:
            return known
    row = Row(
        project_id=project_id,
        kind=kind,
        key=key,
        arguments=dict(arguments or {}),
        reason=reason,
        state=JobState.QUEUED,
        steps={},
        progress={},
        attempts=0,
        user_id=by,
        created_at=now,
        seconds=0.0,
    )
    session.add(row)
    session.flush()
    return row.id


def get(session: Session, project_id: int, id: int) -> Job:
    """A job.

    Raises:
        InputError: there is none.
    """
    for found in _jobs(session, Row.project_id == project_id, Row.id == id, limit=1):
        return found
    raise InputError(f"no job {id}", fix="the id of a job of this project")


def listed(
    session: Session, project_id: int, *, state: JobState | None = None, before: int | None = None, limit: int = 50
) -> list[Job]:
    """The jobs, newest first, of ids under ``before``."""
    conditions: list[ColumnElement[bool]] = [Row.project_id == project_id]
    conditions += [Row.state == state] if state else []
    conditions += [Row.id < before] if before is not None else []
    return _jobs(session, *conditions, limit=limit)


def notes(session: Session, project_id: int, id: int, *, after: int = 0, limit: int = 200) -> list[Note]:
    """The log of a job, oldest first, of ids over ``after``.

    Raises:
        InputError: there is no such job.
    """
    get(session, project_id, id)
    asked = select(JobNote).where(JobNote.job_id == id, JobNote.id > after).order_by(JobNote.id).limit(limit)
    return [Note(row.id, row.at, row.message) for row in session.scalars(asked)]


def note(session: Session, id: int, message: str, *, now: datetime) -> None:
    """Write a line into the log of a job."""
    session.add(JobNote(job_id=id, at=now, message=message))


def cancel(session: Session, project_id: int, id: int, *, now: datetime, by: str = "") -> Job:
    """End a job that waits, or ask the worker of one that runs to end it; one that is over stays as it is.

    Raises:
        InputError: there is none.
    """
    get(session, project_id, id)
    mine = Row.project_id == project_id, Row.id == id
    said = f"cancelled{f' by {by}' if by else ''}"
    ended = update(Row).where(*mine, Row.state == JobState.QUEUED)
    ended = ended.values(state=JobState.CANCELLED, ended_at=now, cancel=True, problem=said)
    if session.execute(ended.returning(Row.id)).first() is None:
        asked = update(Row).where(*mine, Row.state == JobState.RUNNING, Row.cancel.is_(False)).values(cancel=True)
        if session.execute(asked.returning(Row.id)).first() is not None:
            note(session, id, f"asked to end{f' by {by}' if by else ''}", now=now)
    session.expire_all()
    return get(session, project_id, id)


def begin(session: Session, id: int, *, worker: str, now: datetime) -> Begun | None:
    """Take a job that waits, or None: somebody else has it, or it is over."""
    taken = update(Row).where(Row.id == id, Row.state == JobState.QUEUED)
    taken = taken.values(
        state=JobState.RUNNING, worker=worker, attempts=Row.attempts + 1, beat_at=now, progress={}, problem=None
    )
    if session.execute(taken.returning(Row.id)).first() is None:
        return None
    row = session.scalars(select(Row).where(Row.id == id).execution_options(populate_existing=True)).one()
    row.started_at = row.started_at or now
    again = f", attempt {row.attempts}" if row.attempts > 1 else ""
    note(session, id, f"begun by {worker}{again}", now=now)
    return Begun(
        row.id,
        row.project_id,
        row.kind,
        row.arguments,
        row.steps,
        row.attempts,
        row.created_at,
        row.user_id,
        row.cancel,
    )


def write(session: Session, begun: Begun, **columns: Any) -> None:
    """Change columns of a job that runs.

    Raises:
        Lost: the attempt is not the last one any more.
    """
    changed = update(Row).where(Row.id == begun.id, Row.attempts == begun.attempt, Row.state == JobState.RUNNING)
    if session.execute(changed.values(**columns).returning(Row.id)).first() is None:
        raise Lost


def end(
    session: Session,
    begun: Begun,
    state: JobState,
    *,
    now: datetime,
    seconds: float,
    result: Mapping[str, Any] | None = None,
    problem: str | None = None,
) -> None:
    """What became of the attempt; ``queued``: another worker goes on with it.

    Raises:
        Lost: the attempt is not the last one any more.
    """
    over = state not in UNDER_WAY
    columns: dict[str, Any] = {"state": state, "problem": problem, "ended_at": now if over else None}
    columns |= {"seconds": Row.seconds + seconds, "worker": None}
    if result is not None:
        columns["result"] = dict(result)
    write(session, begun, **columns)
    note(session, begun.id, f"{state.value}{f': {problem}' if problem else ''}", now=now)


def beat(session: Session, ids: Sequence[int], *, worker: str, now: datetime) -> set[int]:
    """Show that the worker of these jobs lives; those of them that people asked to end."""
    mine = Row.id.in_(ids), Row.worker == worker, Row.state == JobState.RUNNING
    session.execute(update(Row).where(*mine).values(beat_at=now))
    return set(session.scalars(select(Row.id).where(*mine, Row.cancel.is_(True))))


def recover(session: Session, *, now: datetime, silent_seconds: float) -> Recovered:
    """Let the jobs of dead workers wait again, or give them up."""
    given_up = []
    dead = select(Row).where(Row.state == JobState.RUNNING, Row.beat_at < now - timedelta(seconds=silent_seconds))
    for row in session.scalars(dead.with_for_update(skip_locked=True)):
        row.deaths += 1
        if row.cancel:
            row.state, row.ended_at, row.problem = JobState.CANCELLED, now, "cancelled; its worker died before"
        elif row.deaths >= MOST_DEATHS:
            row.state, row.ended_at = JobState.FAILED, now
            row.problem = f"its workers died, {row.deaths} of them"
            given_up.append((row.project_id, row.id))
        else:
            row.state = JobState.QUEUED
        note(session, row.id, f"{row.worker} is silent: {row.state.value}", now=now)
    session.flush()
    waiting = session.scalars(select(Row.id).where(Row.state == JobState.QUEUED).order_by(Row.id))
    return Recovered(list(waiting), given_up)


def _jobs(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Job]:
    asked = select(Row, User.name).outerjoin(User, User.id == Row.user_id).where(*conditions)
    return [
        Job(
            id=row.id,
            kind=row.kind,
            state=row.state,
            reason=row.reason,
            arguments=row.arguments,
            steps=row.steps,
            progress=row.progress,
            result=row.result,
            problem=row.problem,
            attempts=row.attempts,
            cancel=row.cancel,
            seconds=row.seconds,
            user=user,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row, user in session.execute(asked.order_by(Row.id.desc()).limit(limit))
    ]
