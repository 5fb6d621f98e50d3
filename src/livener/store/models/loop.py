"""What runs by itself: jobs, what begins them, how predictions were routed, and the models that learn live."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, Id, Ref, one_of


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TriggerMode(StrEnum):
    """Whether a trigger acts, only says that it would, or does nothing."""

    ON = "on"
    DRY = "dry"
    OFF = "off"


_UNDER_WAY = text("state IN ('queued', 'running')")


class Job(Base):
    """Work that a worker does in the background.

    Of the jobs of a project under way only one has a ``key``. ``steps`` is what its finished steps gave: a job whose
    worker died goes on after them. ``attempts`` counts how often it was begun, and fences off a worker that was
    thought dead: only the last one may write; ``deaths`` counts how often that happened. ``cancel`` asks it to end;
    ``beat_at`` is when its worker last lived; ``seconds`` is the time that all attempts took.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("project_id", "id"),
        Index(
            "uq_jobs_key",
            *("project_id", "key"),
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
        Index("ix_jobs_state", "state", "id"),
        CheckConstraint("(state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)", "ended"),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[str]
    key: Mapped[str | None]
    arguments: Mapped[dict[str, Any]]
    reason: Mapped[str]
    state: Mapped[JobState] = mapped_column(one_of(JobState, "state"))
    steps: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None]
    attempts: Mapped[int]
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")
    worker: Mapped[str | None]
    cancel: Mapped[bool] = mapped_column(default=False, server_default=false())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds: Mapped[float]


class JobNote(Base):
    """A line of the log of a job. Insert-only."""

    __tablename__ = "job_notes"
    id: Mapped[Id]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    at: Mapped[datetime]
    message: Mapped[str]


class Trigger(Base):
    """A condition with a name, and the job that begins when it holds."""

    __tablename__ = "triggers"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        UniqueConstraint("project_id", "id"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", "name"),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]
    condition: Mapped[str]
    settings: Mapped[dict[str, Any]]
    job: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    mode: Mapped[TriggerMode] = mapped_column(one_of(TriggerMode, "mode"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class TriggerEvent(Base):
    """A trigger whose condition held: why, by which figures, and the job that it began (none when dry). Insert-only.

    What comes before it counts no longer for the next time.
    """

    __tablename__ = "trigger_events"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "trigger_id"], ["triggers.project_id", "triggers.id"]),
        ForeignKeyConstraint(["project_id", "job_id"], ["jobs.project_id", "jobs.id"]),
        Index("ix_trigger_events_trigger", "trigger_id", "at"),
        Index("ix_trigger_events_project", "project_id", "id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    trigger_id: Mapped[Ref]
    at: Mapped[datetime]
    dry: Mapped[bool]
    detail: Mapped[str]
    figures: Mapped[dict[str, Any]]
    job_id: Mapped[Ref | None]


class RoutingVersion(Base):
    """The thresholds of a model version from a moment on, and why they are new. Insert-only; the newest counts."""

    __tablename__ = "routing_versions"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "model_version_id"], ["model_versions.project_id", "model_versions.id"]),
        UniqueConstraint("project_id", "id"),
        Index("ix_routing_versions_model", "model_version_id", "id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    model_version_id: Mapped[Ref]
    routing: Mapped[dict[str, Any]]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Audit(Base):
    """A prediction that was accepted and that people see all the same.

    ``label`` is None for a whole sentence. ``right`` is what they said, and ``at`` when; both are None until then.
    """

    __tablename__ = "audits"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "task_id"], ["tasks.project_id", "tasks.id"]),
        ForeignKeyConstraint(
            ["project_id", "routing_version_id"], ["routing_versions.project_id", "routing_versions.id"]
        ),
        CheckConstraint('0 <= start AND start < "end"', "range"),
        CheckConstraint('("right" IS NULL) = (at IS NULL)', "settled"),
        Index("ix_audits_task", "task_id"),
        Index("ix_audits_project", "project_id", "at"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    task_id: Mapped[Ref]
    routing_version_id: Mapped[Ref]
    start: Mapped[int]
    end: Mapped[int]
    label: Mapped[str | None]
    score: Mapped[float]
    right: Mapped[bool | None]
    at: Mapped[datetime | None]


class LiveModel(Base):
    """What is known of a project's live model, a draft that pre-annotates and never serves.

    ``base`` is the number of the version that it went on from (None: from the project's annotations alone), and
    ``annotation_id`` the last annotation that it learned from.
    """

    __tablename__ = "live_models"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    base: Mapped[int | None]
    steps: Mapped[int]
    annotation_id: Mapped[Ref]
    sentences: Mapped[int]
    refreshed: Mapped[int]
    seconds: Mapped[float]
    problem: Mapped[str | None]
    updated_at: Mapped[datetime]
