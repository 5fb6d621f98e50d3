"""How much people do and how long it takes: active time, throughput by person and day, turnaround by tier."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby, pairwise
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from livener.review.annotations import CALIBRATION
from livener.store.models import Annotation, Task, TaskEvent, TaskState, Tier, User

_STREAMED = {"yield_per": 5000}
_SHORTEST = 3  # events from open to resolved; with no more, nothing else can have happened
_ENDED = (TaskState.RESOLVED, TaskState.REJECTED)


@dataclass(frozen=True, slots=True)
class Work:
    """On how many tasks a person said something (on a ``day`` in UTC, or in all), and their active seconds for one.

    The median is over the tasks whose time is known. A task of two days is one of each.
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

    An index finds the events of that time, one after the other: the cost grows with what was done in it, and not with
    the project; the memory with the number of times to take the median of.
    """
    names = {row.id: row.name for row in session.execute(select(User.id, User.name))}
    brought = _brought(project_id, since, until)
    people, days = _work(session, names, brought)
    tiers, ways = _turnaround(session, names, brought)
    resolved = sum(one.tasks for one in tiers)
    disputed, escalated = (ways[name] / resolved if resolved else None for name in ("disputed", "escalated"))
    return Indicators(since, until, people, days, tiers, resolved, disputed, escalated)


def _work(
    session: Session, names: Mapping[int, str], brought: Iterable[ColumnElement[bool]]
) -> tuple[tuple[Work, ...], tuple[Work, ...]]:
    """By person, and by person and day: tasks, and the median of their active seconds, those of one task added up."""
    # Who accepts what another said adds no time of their own.
    own = case((Annotation.author_id == TaskEvent.user_id, Annotation.active_seconds)).label("seconds")
    asked = (
        select(TaskEvent.user_id, TaskEvent.at, TaskEvent.task_id, own)
        .where(*brought, TaskEvent.user_id.in_(names))
        .order_by(TaskEvent.user_id, TaskEvent.at)
    )
    people: list[Work] = []
    days: list[Work] = []
    for user, events in groupby(
        session.connection().execute(asked, execution_options=_STREAMED), lambda row: row.user_id
    ):
        first, every = len(days), array("d")
        for day, some in groupby(events, lambda row: row.at.date()):
            tasks: dict[int, float | None] = {}
            for row in some:
                known = tasks.get(row.task_id)
                tasks[row.task_id] = known if row.seconds is None else (known or 0.0) + row.seconds
            seconds = [one for one in tasks.values() if one is not None]
            every.extend(seconds)
            days.append(Work(names[user], day.isoformat(), len(tasks), _median(seconds)))
        people.append(Work(names[user], None, sum(one.tasks for one in days[first:]), _median(every)))
    return tuple(sorted(people, key=lambda one: one.user)), tuple(sorted(days, key=lambda one: (one.user, one.day)))


def _turnaround(
    session: Session, names: Mapping[int, str], brought: Iterable[ColumnElement[bool]]
) -> tuple[tuple[Turnaround, ...], Counter[str]]:
    """By the tier of the final annotation: tasks and the median time to it; and how many took a longer way."""
    earlier = aliased(TaskEvent)
    before = and_(earlier.task_id == TaskEvent.task_id, earlier.number < TaskEvent.number)
    again = select(func.max(earlier.at)).where(before, earlier.before.in_(_ENDED), earlier.after == TaskState.OPEN)
    disputed, escalated = (
        case((TaskEvent.number > _SHORTEST, exists().where(before, earlier.after == state)), else_=False)
        for state in (TaskState.DISPUTED, TaskState.ESCALATED)
    )
    opened = case((TaskEvent.number > _SHORTEST, again.scalar_subquery()))
    asked = select(
        Annotation.tier,
        TaskEvent.at,
        func.coalesce(opened, Task.created_at).label("opened"),
        disputed.label("disputed"),
        escalated.label("escalated"),
    ).where(
        *brought,
        TaskEvent.after == TaskState.RESOLVED,
        TaskEvent.before != TaskState.RESOLVED,  # a fix of what was settled long ago ends nothing
        or_(TaskEvent.user_id.in_(names), TaskEvent.user_id.is_(None)),
    )
    times: dict[Tier, array[float]] = {tier: array("d") for tier in Tier}
    ways: Counter[str] = Counter()
    for row in session.connection().execute(asked, execution_options=_STREAMED):
        times[row.tier].append((row.at - row.opened).total_seconds())
        ways["disputed"] += row.disputed
        ways["escalated"] += row.escalated
    return tuple(Turnaround(tier, len(some), _median(some)) for tier, some in times.items() if some), ways


def _brought(project_id: int, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """The events of the time with which somebody said something. The index begins with the user: name all of them."""
    return [
        TaskEvent.at >= since,
        TaskEvent.at < until,
        Annotation.id == TaskEvent.annotation_id,
        Task.id == TaskEvent.task_id,
        Task.project_id == project_id,
        Task.created_at < TaskEvent.at,  # else it was imported with its answer
        func.substr(func.coalesce(Task.batch, ""), 1, len(CALIBRATION)) != CALIBRATION,
    ]


def _median(seconds: Sequence[float]) -> float | None:
    return median(seconds) if seconds else None
