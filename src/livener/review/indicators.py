"""How much people do and how long it takes: active time, throughput by person and day, turnaround by tier."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from livener.review.annotations import CALIBRATION
from livener.store.models import Annotation, Task, TaskEvent, TaskState, Tier, User

_ENDED = (TaskState.RESOLVED, TaskState.REJECTED)


@dataclass(frozen=True, slots=True)
class Work:
    """On how many tasks a person said something (on a ``day`` in UTC, or in all), and their active seconds for one.

    The median is over the tasks whose time is known.
    """

    user: str
    day: str | None
    tasks: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How many tasks ended at a tier, and the median time from when they were opened (again) until then."""

    tier: Tier
    tasks: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Indicators:
    """What was done in ``[since, until)``: by person, by person and day, and by the tier that had the last word.

    ``disputed`` and ``escalated`` are shares of the ``resolved`` tasks, None where there is none.
    """

    since: datetime
    until: datetime
    people: tuple[Work, ...]
    days: tuple[Work, ...]
    tiers: tuple[Turnaround, ...]
    resolved: int
    disputed: float | None
    escalated: float | None

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def active_seconds(moments: Iterable[float], *, idle_seconds: float) -> float:
    """How long somebody was active who gave a sign (a key, a click) at these moments, in seconds, in any order.

    A gap counts for at most ``idle_seconds``: after that nobody knows whether they were there.

    >>> active_seconds([0.0, 10.0, 500.0, 505.0], idle_seconds=60.0)
    75.0
    """
    return sum(min(after - before, idle_seconds) for before, after in pairwise(sorted(moments)))


def indicators(session: Session, project_id: int, *, since: datetime, until: datetime) -> Indicators:
    """What people did in ``[since, until)``; tasks of calibration sessions, and what was imported as gold, are none.

    It is computed by the database from the events of that time, which it finds by an index: the cost grows with what
    was done in it and not with the project.
    """
    names = {row.id: row.name for row in session.execute(select(User.id, User.name))}
    work = {
        by_day: [
            Work(names[row.user_id], row.day if by_day else None, row.tasks, _rounded(row.median))
            for row in session.execute(_work(session, project_id, list(names), since, until, by_day=by_day))
        ]
        for by_day in (False, True)
    }
    tiers = session.execute(_turnaround(session, project_id, list(names), since, until)).all()
    resolved = sum(row.tasks for row in tiers)
    return Indicators(
        since,
        until,
        people=tuple(sorted(work[False], key=lambda one: one.user)),
        days=tuple(sorted(work[True], key=lambda one: (one.user, one.day))),
        tiers=tuple(Turnaround(row.tier, row.tasks, _rounded(row.median)) for row in tiers),
        resolved=resolved,
        disputed=sum(row.disputed for row in tiers) / resolved if resolved else None,
        escalated=sum(row.escalated for row in tiers) / resolved if resolved else None,
    )


def _work(
    session: Session, project_id: int, users: Sequence[int], since: datetime, until: datetime, *, by_day: bool
) -> Any:
    """By person (and day): tasks and the median of their active seconds, those of one task added up."""
    day = _day(session, TaskEvent.at)
    # Who accepts what another said adds no time of their own.
    own = case((Annotation.author_id == TaskEvent.user_id, Annotation.active_seconds))
    each = (
        select(TaskEvent.user_id, *([day.label("day")] if by_day else []), func.sum(own).label("seconds"))
        .where(*_brought(project_id, since, until), TaskEvent.user_id.in_(users))
        .group_by(TaskEvent.user_id, TaskEvent.task_id, *([day] if by_day else []))
        .subquery()
    )
    return _medians(each, ["user_id", "day"] if by_day else ["user_id"])


def _turnaround(session: Session, project_id: int, users: Sequence[int], since: datetime, until: datetime) -> Any:
    """By the tier of the final annotation: tasks, the median time to it, and how many took a longer way."""
    earlier = aliased(TaskEvent)
    before = and_(earlier.task_id == TaskEvent.task_id, earlier.number < TaskEvent.number)
    again = select(func.max(earlier.at)).where(before, earlier.before.in_(_ENDED), earlier.after == TaskState.OPEN)
    opened = func.coalesce(again.scalar_subquery(), Task.created_at)
    ways = {
        name: case((exists().where(before, earlier.after == state), 1), else_=0).label(name)
        for name, state in (("disputed", TaskState.DISPUTED), ("escalated", TaskState.ESCALATED))
    }
    each = (
        select(Annotation.tier, _seconds(session, opened, TaskEvent.at).label("seconds"), *ways.values())
        .where(
            *_brought(project_id, since, until),
            TaskEvent.after == TaskState.RESOLVED,
            or_(TaskEvent.user_id.in_(users), TaskEvent.user_id.is_(None)),
        )
        .subquery()
    )
    return _medians(each, ["tier"], ways)


def _brought(project_id: int, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """The events of the time with which somebody said something; that all name users lets an index find them."""
    return [
        TaskEvent.at >= since,
        TaskEvent.at < until,
        Annotation.id == TaskEvent.annotation_id,
        Task.id == TaskEvent.task_id,
        Task.project_id == project_id,
        Task.created_at < TaskEvent.at,  # else it was imported with its answer
        func.substr(func.coalesce(Task.batch, ""), 1, len(CALIBRATION)) != CALIBRATION,
    ]


def _medians(each: Any, keys: Sequence[str], sums: Iterable[str] = ()) -> Any:
    """By ``keys``: how many rows, sums, and the median of ``seconds``, for which SQLite has no function."""
    by = [each.c[key] for key in keys]
    place = func.row_number().over(partition_by=by, order_by=[each.c.seconds.is_(None), each.c.seconds])
    known = func.count(each.c.seconds).over(partition_by=by)
    ranked = select(each, (2 * place).label("twice"), known.label("known")).subquery().c
    middle = case((ranked.twice.between(ranked.known, ranked.known + 2), ranked.seconds))
    by = [ranked[key] for key in keys]
    totals = [func.sum(ranked[name]).label(name) for name in sums]
    return select(*by, func.count().label("tasks"), func.avg(middle).label("median"), *totals).group_by(*by)


def _day(session: Session, at: Any) -> Any:
    if session.get_bind().dialect.name == "sqlite":  # which keeps UTC
        return func.date(at)
    # Literals, as a parameter would not be the same expression in GROUP BY.
    return func.to_char(func.timezone(literal_column("'UTC'"), at), literal_column("'YYYY-MM-DD'"))


def _seconds(session: Session, since: Any, until: Any) -> Any:
    if session.get_bind().dialect.name == "sqlite":
        return (func.julianday(until) - func.julianday(since)) * 86_400
    return func.extract("epoch", until - since)


def _rounded(seconds: Any) -> float | None:
    return None if seconds is None else round(float(seconds), 3)
