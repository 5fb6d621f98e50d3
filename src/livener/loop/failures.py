"""Jobs that failed, as alerts: one for each kind of job, until one of that kind is done.

A job that another worker goes on with, or that people ended, has not failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from livener.loop.jobs import Job
from livener.monitoring import alerts
from livener.store.models import JobState

FAILURE = "failure"
_LONGEST = 500  # characters of a summary, which is one line; all of it is in the detail


@dataclass(frozen=True, slots=True)
class Noted:
    """The ids of the alerts that are new, and of those that are over."""

    raised: Sequence[int] = ()
    closed: Sequence[int] = ()


def note(session: Session, project_id: int, job: Job, *, now: datetime) -> Noted:
    """Raise an alert where the job failed, or close that of its kind where it is done."""
    if job.state == JobState.DONE:
        said = f"job {job.id} is done"
        among = {job.kind}
        return Noted(closed=alerts.close_calm(session, project_id, FAILURE, (), said=said, now=now, among=among))
    if job.state != JobState.FAILED:
        return Noted()
    problem = " ".join((job.problem or "").split())
    detail = {"job": job.id, "problem": job.problem, "reason": job.reason, "attempts": job.attempts}
    found = alerts.Found(FAILURE, job.kind, f"{job.kind}: job {job.id} failed: {problem}"[:_LONGEST], detail)
    return Noted(raised=alerts.raise_alerts(session, project_id, [found], now=now))
