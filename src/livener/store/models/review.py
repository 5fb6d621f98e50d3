"""The review: tasks and what became of them, who holds one, what people said, and how it differs from the model."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, BigId, Id, Ref, one_of


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


class TaskKind(StrEnum):
    """What a task asks for: a whole document, or yes or no to single spans."""

    DOCUMENT = "document"
    QUESTION = "question"


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
    ``overlap`` people are to annotate it, one after the other, and ``given`` did. ``skill`` is what they must have
    ("" for nothing), ``batch`` the calibration session or review batch that it belongs to, ``assignee_id`` the only
    person who gets it, ``question`` the spans that are asked for, ``parts`` the ranges of the text that are where not
    all of it is. Of its annotations those with an id over ``counted_after`` count (a task that is opened again starts
    anew). ``begun`` and ``rank`` order the queue.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "document_id"], ["documents.project_id", "documents.id"]),
        ForeignKeyConstraint(["document_id", "prediction_id"], ["predictions.document_id", "predictions.id"]),
        UniqueConstraint("project_id", "id"),
        CheckConstraint("overlap >= 1", "overlap"),
        CheckConstraint("0 <= given", "given"),
        CheckConstraint("(kind = 'question') = (question IS NOT NULL)", "question"),
        # The head of each part of the queue is one look-up: what is assigned, what asks for a skill, what was begun.
        Index(
            "ix_tasks_queue",
            *("project_id", "state", "tier", "kind", "assignee_id", "skill", "begun", "rank", "id"),
        ),
        Index("ix_tasks_batch", "project_id", "batch"),
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
    kind: Mapped[TaskKind] = mapped_column(
        one_of(TaskKind, "kind"), default=TaskKind.DOCUMENT, server_default=TaskKind.DOCUMENT
    )
    overlap: Mapped[int] = mapped_column(default=1, server_default="1")
    given: Mapped[int] = mapped_column(default=0, server_default="0")
    counted_after: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    skill: Mapped[str] = mapped_column(default="", server_default="")
    batch: Mapped[str | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    question: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    parts: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    begun: Mapped[bool] = mapped_column(Computed("given > 0", persisted=True))
    rank: Mapped[float] = mapped_column(Computed("-priority", persisted=True))


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
    annotation_id: Mapped[int | None] = mapped_column(ForeignKey("annotations.id"))


class Skip(Base):
    """A task that a person did not want, and is not given again."""

    __tablename__ = "skips"
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
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

    ``complete=False`` says that only its spans are known, right and wrong, and the rest of the text is not, but for
    the ranges that are ``known``: what is no span there is none.
    ``ignored`` are spans that its author looked at and left undecided; ``flag`` is what made them doubt;
    ``prediction_id`` is the pre-annotation that they were shown.
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
    tier: Mapped[Tier] = mapped_column(one_of(Tier, "tier"), default=Tier.ANNOTATOR, server_default=Tier.ANNOTATOR)
    ignored: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    known: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    flag: Mapped[str | None]
    prediction_id: Mapped[int | None] = mapped_column(ForeignKey("predictions.id"))


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


class GuidelineExample(Base):
    """A decision of an expert, as an example of a label for the guidelines. Insert-only."""

    __tablename__ = "guideline_examples"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "guideline_version_id"], ["guideline_versions.project_id", "guideline_versions.id"]
        ),
        CheckConstraint('0 <= start AND start < "end" AND "end" <= length(text)', "range"),
        Index("ix_guideline_examples_project", "project_id", "label"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    guideline_version_id: Mapped[Ref]
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    label: Mapped[str]
    counter: Mapped[bool]
    text: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    note: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Comment(Base):
    """What somebody wrote about a task."""

    __tablename__ = "comments"
    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str]
    created_at: Mapped[datetime]
