"""Triggers: a condition with a name, and the job that begins when it holds, with a log of why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.loop import conditions, jobs, kinds
from livener.loop.conditions import Finding
from livener.store.models import Job, TriggerEvent, TriggerMode, User
from livener.store.models import Trigger as Row


@dataclass(frozen=True, slots=True)
class Trigger:
    """A condition with its settings, and the kind of job with its arguments that begins when it holds.

    ``mode``: ``on`` acts, ``dry`` only says in the log that it would, ``off`` does nothing. ``last`` is when it last
    went off: what was before counts no longer.
    """

    id: int
    name: str
    condition: str
    settings: Mapping[str, Any]
    job: str
    arguments: Mapping[str, Any]
    mode: TriggerMode
    user: str | None
    created_at: datetime
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger that went off: why, and the job that it began, none in a dry run."""

    id: int
    trigger: str
    at: datetime
    dry: bool
    detail: str
    figures: Mapping[str, Any]
    job: int | None


def create(
    session: Session,
    project_id: int,
    name: str,
    *,
    condition: str,
    settings: Mapping[str, Any],
    now: datetime,
    job: str = "learn",
    arguments: Mapping[str, Any] | None = None,
    mode: TriggerMode = TriggerMode.ON,
    by: int | None = None,
) -> Trigger:
    """A new trigger.

    Raises:
        InputError: there is one of that name; no such condition or job; settings or arguments that cannot be.
    """
    if session.scalar(select(Row.id).where(Row.project_id == project_id, Row.name == name)) is not None:
        raise InputError(f"there is a trigger {name!r}", fix="another name")
    if not 1 <= len(name) <= 200:
        raise InputError(f"a name of {len(name)} characters", fix="1 to 200")
    row = Row(
        project_id=project_id,
        name=name,
        condition=condition,
        settings=conditions.check(condition, settings),
        job=job,
        arguments=kinds.find(job).checked(arguments or {}),
        mode=mode,
        author_id=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return get(session, project_id, row.id)


def change(
    session: Session,
    project_id: int,
    id: int,
    *,
    mode: TriggerMode | None = None,
    settings: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Trigger:
    """Other settings or arguments, or another mode.

    Raises:
        InputError: no such trigger; settings or arguments that cannot be.
    """
    row = _row(session, project_id, id)
    row.mode = mode or row.mode
    if settings is not None:
        row.settings = conditions.check(row.condition, settings)
    if arguments is not None:
        row.arguments = kinds.find(row.job).checked(arguments)
    session.flush()
    return get(session, project_id, id)


def get(session: Session, project_id: int, id: int) -> Trigger:
    """A trigger.

    Raises:
        InputError: there is none.
    """
    for found in _triggers(session, Row.project_id == project_id, Row.id == id):
        return found
    raise InputError(f"no trigger {id}", fix="the id of a trigger of this project")


def listed(session: Session, project_id: int) -> list[Trigger]:
    """The triggers of a project, by name."""
    return _triggers(session, Row.project_id == project_id)


def log(session: Session, project_id: int, *, before: int | None = None, limit: int = 50) -> list[Event]:
    """When triggers went off and why, newest first, of ids under ``before``."""
    event = TriggerEvent
    asked = select(event, Row.name).join(Row, Row.id == event.trigger_id).where(event.project_id == project_id)
    if before is not None:
        asked = asked.where(event.id < before)
    return [
        Event(row.id, name, row.at, row.dry, row.detail, row.figures, row.job_id)
        for row, name in session.execute(asked.order_by(event.id.desc()).limit(limit))
    ]


def check(session: Session, project_id: int, id: int, *, now: datetime) -> Finding:
    """Whether the trigger would go off now; nothing is begun or kept.

    Raises:
        InputError: there is no such trigger.
    """
    one = get(session, project_id, id)
    since = one.last or one.created_at
    return conditions.find(session, project_id, one.condition, one.settings, since=since, now=now)


def due(session: Session, *, now: datetime) -> list[tuple[int, int]]:
    """Project and id of the triggers whose conditions hold now."""
    asked = select(Row.project_id, Row.id).where(Row.mode != TriggerMode.OFF).order_by(Row.id)
    return [
        (project_id, id)
        for project_id, id in session.execute(asked).all()
        if check(session, project_id, id, now=now).holds
    ]


def fire(session: Session, project_id: int, id: int, *, now: datetime) -> Event | None:
    """Let a trigger go off if its condition (still) holds: its job begins, in the same transaction as the log.

    While a job of the kind is under way, that one is it if the condition held when it was made; else, as it knows
    nothing of what happened since, the trigger waits until it is over. In a dry run only the log says so.

    Raises:
        InputError: there is no such trigger.
    """
    row = _row(
        session, project_id, id
    )  # locked: of two that see the condition hold, the second sees that it went off
    until = _made(session, project_id, row.job) or now
    found = check(session, project_id, id, now=until)
    if not found.holds or row.mode is TriggerMode.OFF:
        return None
    dry, job = row.mode is TriggerMode.DRY, None
    if not dry:
        reason = f"trigger {row.name}: {found.detail}"
        job = kinds.start(session, project_id, row.job, row.arguments, now=now, reason=reason)
    event = TriggerEvent(
        project_id=project_id,
        trigger_id=id,
        at=until,  # what happened later is counted the next time
        dry=dry,
        detail=found.detail,
        figures=dict(found.figures),
        job_id=job,
    )
    session.add(event)
    session.flush()
    return Event(event.id, row.name, until, dry, found.detail, event.figures, job)


def _made(session: Session, project_id: int, job: str) -> datetime | None:
    """When the job of the kind was made that is under way, of which a project has one at a time."""
    mine = Job.project_id == project_id, Job.key == job, Job.state.in_(jobs.UNDER_WAY)
    return session.scalar(select(Job.created_at).where(*mine).limit(1))


def _row(session: Session, project_id: int, id: int) -> Row:
    asked = select(Row).where(Row.project_id == project_id, Row.id == id).with_for_update()
    row = session.scalar(asked.execution_options(populate_existing=True))
    if row is None:
        raise InputError(f"no trigger {id}", fix="the id of a trigger of this project")
    return row


def _triggers(session: Session, *conditions: ColumnElement[bool]) -> list[Trigger]:
    last = select(func.max(TriggerEvent.at)).where(TriggerEvent.trigger_id == Row.id).scalar_subquery()
    asked = select(Row, User.name, last.label("last")).outerjoin(User, User.id == Row.author_id).where(*conditions)
    return [
        Trigger(
            id=row.id,
            name=row.name,
            condition=row.condition,
            settings=row.settings,
            job=row.job,
            arguments=row.arguments,
            mode=row.mode,
            user=user,
            created_at=row.created_at,
            last=last,
        )
        for row, user, last in session.execute(asked.order_by(Row.name))
    ]
