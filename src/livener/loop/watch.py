"""The watch over production: the log of now against that of before, drift as alerts, calm as their end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from livener.loop import reliability
from livener.loop.rolling import pairs
from livener.loop.rules import WatchArguments
from livener.loop.work import Kind, Work
from livener.monitoring import alerts
from livener.monitoring.drift import Window, detect, measure, same_weekdays
from livener.monitoring.drift.detect import FEWEST
from livener.monitoring.log import Log
from livener.monitoring.log import Window as Time
from livener.monitoring.production import documents

_JUDGED = timedelta(days=28)  # what people settled in them says how far scores can be believed


def compared(log: Log, project: int, asked: WatchArguments, *, now: datetime) -> list[alerts.Found] | None:
    """What has drifted; None where either time has too few documents to say anything.

    Where two versions served in the current time, that is no part of it: the previous version's predictions of the
    same texts are what tells model from text (`livener.monitoring.drift.detect`).
    """
    began = now - timedelta(days=asked.current)
    times = Time(began - timedelta(days=asked.reference), began), Time(began, now)
    parts = [documents(log, project, time) for time in times]
    if min(map(len, parts)) < FEWEST:
        return None
    labels = sorted({span.label for part in parts for document in part for span in document.spans})
    reference, current = (measure(part, labels=labels) for part in parts)
    if asked.same_weekday:
        reference = same_weekdays(reference, current)
    return found_of(reference, current, level=asked.level)


def found_of(reference: Window, current: Window, *, level: float) -> list[alerts.Found]:
    """The alerts of what has drifted between two windows."""
    if min(len(reference), len(current)) < FEWEST:
        return []
    return alerts.from_drift(detect(reference, current, level=level), current)


def keep(
    session: Session, project: int, found: list[alerts.Found] | None, *, now: datetime, ece: float = reliability.ECE
) -> Mapping[str, Any]:
    """Raise what has drifted and which scores do not hold; close the alerts of what is over; the ids of both."""
    raised, over = [], []
    if found is not None:
        raised = alerts.raise_alerts(session, project, found, now=now)
        moved = {one.subject for one in found}
        over = alerts.close_calm(session, project, alerts.DRIFT, moved, said="it has become calm", now=now)
    judged = list(pairs(session, project, since=now - _JUDGED, until=now))
    for kind, (unsure, subjects) in reliability.look(judged, ece=ece).items():
        raised += alerts.raise_alerts(session, project, unsure, now=now)
        wrong = {one.subject for one in unsure}
        said = "scores are back in their band"
        over += alerts.close_calm(session, project, kind, wrong, said=said, now=now, among=subjects)
    return {"raised": raised, "closed": over, "drifted": None if found is None else sorted(moved)}


def _watch(work: Work) -> Mapping[str, Any]:
    asked = WatchArguments.model_validate(work.arguments)
    log = Log(asked.log or work.shared.folder.parent / "log")
    found = compared(log, work.project_id, asked, now=work.now)
    with work.shared.writing() as session:
        kept = keep(session, work.project_id, found, now=work.now, ece=asked.ece)
    for alert in (*kept["raised"], *kept["closed"]):
        work.shared.tell(work.project_id, "alert", {"id": alert})
    return kept


WATCH = Kind(_watch, WatchArguments)
