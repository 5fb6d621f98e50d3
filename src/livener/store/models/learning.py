"""What decides which model serves: gates, moves of aliases, and examples that a model must pass."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, Id, Ref


class GateReport(Base):
    """What a gate found of a model version, beside another one or alone. Insert-only."""

    __tablename__ = "gate_reports"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "model_version_id"], ["model_versions.project_id", "model_versions.id"]),
        ForeignKeyConstraint(["project_id", "against_id"], ["model_versions.project_id", "model_versions.id"]),
        ForeignKeyConstraint(
            ["project_id", "dataset_version_id"], ["dataset_versions.project_id", "dataset_versions.id"]
        ),
        Index("ix_gate_reports_model", "project_id", "model_version_id"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    model_version_id: Mapped[Ref]
    against_id: Mapped[Ref | None]
    dataset_version_id: Mapped[Ref]
    passed: Mapped[bool]
    report: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class AliasMove(Base):
    """An alias that was moved from one model version (or none) to another, and why. Insert-only."""

    __tablename__ = "alias_moves"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "model_version_id"], ["model_versions.project_id", "model_versions.id"]),
        ForeignKeyConstraint(["project_id", "before_id"], ["model_versions.project_id", "model_versions.id"]),
        CheckConstraint("length(reason) > 0", "reason"),
        Index("ix_alias_moves_alias", "project_id", "alias"),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    alias: Mapped[str]
    model_version_id: Mapped[Ref]
    before_id: Mapped[Ref | None]
    rollback: Mapped[bool]
    reason: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class Regression(Base):
    """A text that a model must read right before it serves: what an incident taught.

    ``spans`` must be found and ``negatives`` must not; nothing is said about the rest of the text. It counts until
    ``ended``.
    """

    __tablename__ = "regressions"
    __table_args__ = (Index("ix_regressions_project", "project_id", "id"),)
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    text: Mapped[str]
    spans: Mapped[list[Any]]
    negatives: Mapped[list[Any]]
    note: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    ended: Mapped[bool] = mapped_column(default=False, server_default=false())
