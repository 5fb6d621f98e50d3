"""Alerts: what moved, kept with its life, so that one thing gone wrong is one thing to work on.

Needs the extra ``server``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.monitoring.drift import Drift, Finding, Window
from livener.store import models
from livener.store.models import AlertState

DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Found:
    """What an alert is raised for: ``summary`` in one line, ``detail`` as JSON values, and the documents to look at.

    A document is a dictionary of ``key``, ``text``, ``meta``, ``spans`` (start, end, label, score), ``score`` and
    ``why``.
    """

    kind: str
    subject: str
    summary: str
    detail: Mapping[str, Any]
    documents: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an alert."""

    what: str
    note: str
    detail: Mapping[str, Any]
    user: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands; ``found``, ``documents`` and ``events`` are there when one alert is asked for."""

    id: int
    kind: str
    subject: str
    state: str
    summary: str
    opened_at: datetime
    seen_at: datetime
    found: Mapping[str, Any] | None = None
    documents: Sequence[Mapping[str, Any]] | None = None
    events: Sequence[Event] | None = None


def from_drift(drift: Drift, current: Window) -> list[Found]:
    """One alert for each label that drifted, one for the text, and one for what moved over all labels; the verdict of
    the drift, where it has one, is a part of each summary.

    >>> from livener.monitoring.drift import detect, measure
    >>> from livener.text import Document, Span
    >>> calm = [Document("Ada met him.", spans=(Span(0, 3, "PER", 0.9),)), Document("It rained.")] * 100
    >>> lost = measure([document.with_spans(()) for document in calm], labels=["PER"])
    >>> [one.summary for one in from_drift(detect(measure(calm), lost), lost)]
    ['PER: spans per document, given the words 0.500 → 0.000 (-100 %)']
    """
    groups: dict[str, list[Finding]] = {}
    for finding in drift.findings:
        if finding.drifted:
            subject = finding.measure.subject
            if subject not in current.labels:
                subject = "text" if finding.about == "text" else "all labels"
            groups.setdefault(subject, []).append(finding)
    every = drift.as_dict()
    documents = [
        {
            "key": one.id,
            "text": (document := current.documents[one.index]).text,
            "meta": dict(document.meta),
            "spans": [
                {"start": span.start, "end": span.end, "label": span.label, "score": span.score}
                for span in document.spans
            ],
            "score": one.score,
            "why": one.why,
        }
        for one in drift.documents
    ]
    shown = {id(finding): values for finding, values in zip(drift.findings, every["findings"], strict=True)}
    shared = {"verdict": every["verdict"], "documents": every["documents"], "level": drift.level}
    return [
        Found(
            DRIFT,
            subject,
            _summary(subject, findings[0]) + (f"; {drift.verdict.words}" if drift.verdict else ""),
            {**shared, "findings": [shown[id(finding)] for finding in findings]},
            documents,
        )
        for subject, findings in groups.items()
    ]


def raise_alerts(session: Session, project: int, found: Iterable[Found], *, now: datetime) -> list[int]:
    """Keep what was found: the ids of the alerts that are new. What is open already is seen again."""
    new = []
    for one in found:
        row = session.scalar(
            select(models.Alert).where(
                models.Alert.project_id == project,
                models.Alert.kind == one.kind,
                models.Alert.subject == one.subject,
                models.Alert.state != AlertState.CLOSED,
            )
        )
        what = "seen again"
        if row is None:
            what = "opened"
            row = models.Alert(
                project_id=project, kind=one.kind, subject=one.subject, state=AlertState.OPEN, opened_at=now
            )
            session.add(row)
        row.summary, row.found, row.seen_at = one.summary, dict(one.detail), now
        row.documents = [dict(document) for document in one.documents]
        session.flush()
        note(session, project, row.id, what, note=one.summary, now=now)
        if what == "opened":
            new.append(row.id)
    return new


def note(
    session: Session,
    project: int,
    alert: int,
    what: str,
    *,
    now: datetime,
    by: int | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down that something happened to an alert."""
    event = models.AlertEvent(
        project_id=project, alert_id=alert, what=what, note=note, detail=dict(detail or {}), user_id=by, at=now
    )
    session.add(event)
    session.flush()


def listed(
    session: Session, project: int, *, state: AlertState | None = None, before: int | None = None, limit: int = 50
) -> list[Alert]:
    """The alerts, newest first, of ids under ``before``."""
    kind = models.Alert
    asked = select(kind).where(kind.project_id == project)
    if state is not None:
        asked = asked.where(kind.state == state)
    if before is not None:
        asked = asked.where(kind.id < before)
    return [_shown(row) for row in session.scalars(asked.order_by(kind.id.desc()).limit(limit))]


def get(session: Session, project: int, alert: int) -> Alert:
    """One alert with what was found, its documents and its events, oldest first.

    Raises:
        InputError: there is no such alert.
    """
    row = _row(session, project, alert)
    kind = models.AlertEvent
    asked = select(kind, models.User.name).outerjoin(models.User, models.User.id == kind.user_id)
    asked = asked.where(kind.project_id == project, kind.alert_id == alert).order_by(kind.id)
    events = [Event(one.what, one.note, one.detail, user, one.at) for one, user in session.execute(asked)]
    shown = _shown(row)
    return Alert(
        *(shown.id, shown.kind, shown.subject, shown.state, shown.summary, shown.opened_at, shown.seen_at),
        found=row.found,
        documents=row.documents,
        events=events,
    )


def acknowledge(session: Session, project: int, alert: int, *, by: int, said: str, now: datetime) -> Alert:
    """Somebody has it.

    Raises:
        InputError: there is no such alert, or it is closed.
    """
    return _move(session, project, alert, AlertState.ACKNOWLEDGED, by=by, said=said, now=now)


def close(session: Session, project: int, alert: int, *, by: int | None, said: str, now: datetime) -> Alert:
    """It is over, and why; what moves again is a new alert.

    Raises:
        InputError: there is no such alert, or it is closed.
    """
    return _move(session, project, alert, AlertState.CLOSED, by=by, said=said, now=now)


def close_calm(
    session: Session,
    project: int,
    kind: str,
    moved: Iterable[str],
    *,
    said: str,
    now: datetime,
    among: Collection[str] | None = None,
) -> list[int]:
    """Close the alerts of a kind whose subject is ``among`` what was looked at and has not moved; their ids."""
    still = set(moved)
    asked = select(models.Alert).where(
        models.Alert.project_id == project, models.Alert.kind == kind, models.Alert.state != AlertState.CLOSED
    )
    over = [
        row.id
        for row in session.scalars(asked)
        if row.subject not in still and (among is None or row.subject in among)
    ]
    for alert in over:
        close(session, project, alert, by=None, said=said, now=now)
    return over


def _move(
    session: Session, project: int, alert: int, state: AlertState, *, by: int | None, said: str, now: datetime
) -> Alert:
    row = _row(session, project, alert)
    if row.state == AlertState.CLOSED:
        raise InputError(f"alert {alert} is closed", fix="an alert that is not")
    row.state = state
    session.flush()
    note(session, project, alert, state.value, note=said, by=by, now=now)
    return get(session, project, alert)


def _row(session: Session, project: int, alert: int) -> models.Alert:
    row = session.get(models.Alert, alert)
    if row is None or row.project_id != project:
        raise InputError(f"no alert {alert}", fix="the id of an alert of this project")
    return row


def _shown(row: models.Alert) -> Alert:
    return Alert(row.id, row.kind, row.subject, row.state.value, row.summary, row.opened_at, row.seen_at)


def _summary(subject: str, finding: Finding) -> str:
    one = finding.measure
    if one.scale != "relative":
        size = f"{one.effect:+.3f} {one.scale}"
    else:
        size = f"{one.effect:+.0%}".replace("%", " %") if isfinite(one.effect) else "new"
    since = f", since {finding.since}" if finding.since else ""
    where = f", most of it in {finding.where['key']} {finding.where['value']}" if finding.where else ""
    return f"{subject}: {one.quantity} {one.reference:.3f} → {one.current:.3f} ({size}){since}{where}"
