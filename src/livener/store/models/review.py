"""The review: tasks and what became of them, who holds one, what people said, and how it differs from the model."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, Id, Ref, one_of


class TaskState(StrEnum):
    """Where a task is in its life."""

    OPEN = "open"
    LEASED = "leased"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    DISPUTED = "disputed"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    REJECTED = "rejected"


class Tier(StrEnum):
    """Whom a task waits for."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    EXPERT = "expert"


class ErrorType(StrEnum):
    """How a prediction differs from the final annotation."""

    FALSE_POSITIVE = "false_positive"
    FALSE_NEGATIVE = "false_negative"
    BOUNDARY = "boundary"
    LABEL = "label"
    BOUNDARY_AND_LABEL = "boundary_and_label"


class Prediction(Base):
    """The spans that one pipeline version gave for one document. Insert-only.

    ``spans`` are those of a JSON Lines document: no single one is ever asked for alone, and bulk import is fast.
    """

    __tablename__ = "predictions"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "model_version_id"], ["model_versions.project_id", "model_versions.id"]),
        ForeignKeyConstraint(["project_id", "document_id"], ["documents.project_id", "documents.id"]),
        UniqueConstraint("document_id", "id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    document_id: Mapped[Ref]
    model_version_id: Mapped[Ref | None]
    pipeline: Mapped[str]
    spans: Mapped[list[Any]]
    created_at: Mapped[datetime]


class Task(Base):
    """A document that waits for a person, with the reason it was routed here.

    ``state`` and ``events`` (how many there were) follow `TaskEvent`: the database sets them and refuses any other.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "document_id"], ["documents.project_id", "documents.id"]),
        ForeignKeyConstraint(["document_id", "prediction_id"], ["predictions.document_id", "predictions.id"]),
        UniqueConstraint("project_id", "id"),
        Index("ix_tasks_queue", "project_id", "tier", "state", "priority", "id"),
        Index("ix_tasks_document", "document_id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    document_id: Mapped[Ref]
    prediction_id: Mapped[Ref | None]
    tier: Mapped[Tier] = mapped_column(one_of(Tier, "tier"))
    priority: Mapped[float]
    reason: Mapped[str]
    state: Mapped[TaskState] = mapped_column(one_of(TaskState, "state"), default=TaskState.OPEN)
    events: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class TaskEvent(Base):
    """One transition of a task: who, when, why. Insert-only, numbered from 1, each from where the last one ended."""

    __tablename__ = "task_events"
    __table_args__ = (Index("ix_task_events_user", "user_id", "at"),)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[TaskState] = mapped_column(one_of(TaskState, "before"))
    after: Mapped[TaskState] = mapped_column(one_of(TaskState, "after"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class Lease(Base):
    """Who works on a task now; the key makes it one."""

    __tablename__ = "leases"
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Annotation(Base):
    """What one person said about a task: a revision, numbered from 1. Insert-only.

    ``complete=False`` says that only its spans are known, right and wrong, and the rest of the text is not.
    ``spans`` is how many it has: none can be added to it later.
    """

    __tablename__ = "annotations"
    __table_args__ = (
        UniqueConstraint("task_id", "revision"),
        ForeignKeyConstraint(["project_id", "task_id"], ["tasks.project_id", "tasks.id"]),
        ForeignKeyConstraint(
            ["project_id", "guideline_version_id"], ["guideline_versions.project_id", "guideline_versions.id"]
        ),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint("spans >= 0", "spans"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    task_id: Mapped[Ref]
    revision: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    guideline_version_id: Mapped[Ref]
    complete: Mapped[bool]
    spans: Mapped[int]
    active_seconds: Mapped[float | None]
    created_at: Mapped[datetime]


class AnnotationSpan(Base):
    """A span of an annotation, right or (``negative``) wrong, numbered from 0. Insert-only.

    The database holds its range inside the text, ``surface`` to the slice, and ``label`` to the label set of the
    annotation's guidelines.
    """

    __tablename__ = "annotation_spans"
    __table_args__ = (CheckConstraint('0 <= start AND start < "end"', "range"),)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int]
    end: Mapped[int]
    label: Mapped[str]
    surface: Mapped[str]
    negative: Mapped[bool]
    kb_id: Mapped[str | None]


class Correction(Base):
    """One difference between a prediction and the final annotation of its task. Insert-only.

    A false positive has no final side, a false negative no predicted one. ``surface`` is that of the predicted span,
    or of the final one where there is none.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint(
            "(predicted_start IS NULL) = (kind = 'false_negative')"
            " AND (predicted_end IS NULL) = (kind = 'false_negative')"
            " AND (predicted_label IS NULL) = (kind = 'false_negative')"
            " AND (final_start IS NULL) = (kind = 'false_positive')"
            " AND (final_end IS NULL) = (kind = 'false_positive')"
            " AND (final_label IS NULL) = (kind = 'false_positive')",
            "sides",
        ),
        CheckConstraint("0 <= predicted_start AND predicted_start < predicted_end", "predicted_range"),
        CheckConstraint("0 <= final_start AND final_start < final_end", "final_range"),
        Index("ix_corrections_prediction", "prediction_id"),
    )
    id: Mapped[Id]
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"), index=True)
    prediction_id: Mapped[int] = mapped_column(ForeignKey("predictions.id"))
    kind: Mapped[ErrorType] = mapped_column(one_of(ErrorType, "kind"))
    severity: Mapped[int]
    predicted_start: Mapped[int | None]
    predicted_end: Mapped[int | None]
    predicted_label: Mapped[str | None]
    final_start: Mapped[int | None]
    final_end: Mapped[int | None]
    final_label: Mapped[str | None]
    surface: Mapped[str]
    created_at: Mapped[datetime]


class Comment(Base):
    """What somebody wrote about a task."""

    __tablename__ = "comments"
    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str]
    created_at: Mapped[datetime]
