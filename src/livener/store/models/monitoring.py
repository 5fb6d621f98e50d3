"""What was seen to go wrong in production, and what people did about it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, BigId, Id, Ref, one_of


class AlertState(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


_NOT_CLOSED = text("state <> 'closed'")


class Alert(Base):
    """Something that moved: ``kind`` says what was watched, ``subject`` the label or what else moved.

    Of one kind and subject a project has one alert that is not closed: what is seen again becomes an event of it.
    ``found`` is what was measured when it was last seen, ``documents`` are those that moved most then.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("length(subject) BETWEEN 1 AND 200", "subject"),
        UniqueConstraint("project_id", "id"),
        Index(
            "uq_alerts_not_closed",
            "project_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_NOT_CLOSED,
            postgresql_where=_NOT_CLOSED,
        ),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    state: Mapped[AlertState] = mapped_column(one_of(AlertState, "state"))
    summary: Mapped[str]
    found: Mapped[dict[str, Any]]
    documents: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AlertEvent(Base):
    """Something that happened to an alert: opened, seen again, acknowledged, sent to review, closed. Insert-only."""

    __tablename__ = "alert_events"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "alert_id"], ["alerts.project_id", "alerts.id"]),
        Index("ix_alert_events_alert", "project_id", "alert_id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    alert_id: Mapped[Ref]
    what: Mapped[str]
    note: Mapped[str]
    detail: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class Drawn(Base):
    """A document of production that a job drew for people to look at, whatever its scores. Insert-only.

    ``day`` is the one that it was answered on (ISO 8601), ``weight`` for how many documents it stands (the inverse
    of its chance to be drawn), ``spans`` what production had found in it, by the version ``model`` where that is
    known.
    """

    __tablename__ = "drawn"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "document_id"], ["documents.project_id", "documents.id"]),
        ForeignKeyConstraint(["project_id", "job_id"], ["jobs.project_id", "jobs.id"]),
        CheckConstraint("weight > 0", "weight"),
        Index("ix_drawn_day", "project_id", "day"),
    )
    job_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[Ref]
    day: Mapped[str]
    domain: Mapped[str]
    weight: Mapped[float]
    model: Mapped[int | None]
    spans: Mapped[list[Any]]
