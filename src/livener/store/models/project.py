"""A project: its documents and rules, and the versions that came of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, Id, Ref


class Project(Base):
    """One body of text with one label set, its people and its models."""

    __tablename__ = "projects"
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 200", "name"),)
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Document(Base):
    """A text that a project works on. ``key`` is its id outside; text and offsets are never changed.

    The columns are those of `livener.text.Document` without its spans.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        UniqueConstraint("project_id", "id"),  # what a task refers to, so that it cannot cross projects
        CheckConstraint("length(key) BETWEEN 1 AND 500", "key"),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    key: Mapped[str]
    text: Mapped[str]
    meta: Mapped[dict[str, Any]]
    tokens: Mapped[list[Any] | None]
    sentences: Mapped[list[Any] | None]
    created_at: Mapped[datetime]


class LabelSet(Base):
    """The labels of a project, numbered; ``labels`` maps each to its definition. Insert-only."""

    __tablename__ = "label_sets"
    __table_args__ = (UniqueConstraint("project_id", "number"), UniqueConstraint("project_id", "id"))
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[int]
    labels: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class GuidelineVersion(Base):
    """The rules of annotation, numbered, in Markdown, for one label set. Insert-only."""

    __tablename__ = "guideline_versions"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        UniqueConstraint("project_id", "id"),
        ForeignKeyConstraint(["project_id", "label_set_id"], ["label_sets.project_id", "label_sets.id"]),
    )
    id: Mapped[Id]
    project_id: Mapped[Ref]
    number: Mapped[int]
    label_set_id: Mapped[Ref]
    markdown: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class GuidelineRead(Base):
    """Who read which version of the guidelines. Insert-only."""

    __tablename__ = "guideline_reads"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "guideline_version_id"], ["guideline_versions.project_id", "guideline_versions.id"]
        ),
    )
    project_id: Mapped[Ref]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    guideline_version_id: Mapped[Ref] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class DatasetVersion(Base):
    """An immutable set of documents and gold spans. ``address`` is that of its content and lineage. Insert-only."""

    __tablename__ = "dataset_versions"
    __table_args__ = (
        UniqueConstraint("project_id", "address"),
        UniqueConstraint("project_id", "id"),
        UniqueConstraint("project_id", "id", "golden"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", "name"),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]
    address: Mapped[str]
    golden: Mapped[bool]
    lineage: Mapped[dict[str, Any]]
    splits: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class DatasetText(Base):
    """On which side of a project's golden set a text is, once and for ever. Insert-only."""

    __tablename__ = "dataset_texts"
    __table_args__ = (UniqueConstraint("project_id", "text_key", "golden"),)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    text_key: Mapped[str] = mapped_column(primary_key=True)
    golden: Mapped[bool]


class DatasetDocument(Base):
    """A document of a dataset version. Insert-only.

    Two foreign keys agree on ``golden``: a version is of one side, and so is a text. That keeps the golden set apart
    from everything else whatever program writes here, at the same time as whatever other.
    """

    __tablename__ = "dataset_documents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "version_id", "golden"],
            ["dataset_versions.project_id", "dataset_versions.id", "dataset_versions.golden"],
            name="fk_dataset_documents_version",
        ),
        ForeignKeyConstraint(
            ["project_id", "text_key", "golden"],
            ["dataset_texts.project_id", "dataset_texts.text_key", "dataset_texts.golden"],
            name="fk_dataset_documents_text",
        ),
        Index("ix_dataset_documents_text", "project_id", "text_key"),
    )
    version_id: Mapped[Ref] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[Ref]
    split: Mapped[str]
    text_key: Mapped[str]
    content: Mapped[str]
    golden: Mapped[bool]


class ModelVersion(Base):
    """An immutable model: its artefact, its metrics, and the versions that made it. Insert-only."""

    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        UniqueConstraint("project_id", "id"),
        ForeignKeyConstraint(
            ["project_id", "dataset_version_id"], ["dataset_versions.project_id", "dataset_versions.id"]
        ),
        ForeignKeyConstraint(
            ["project_id", "guideline_version_id"], ["guideline_versions.project_id", "guideline_versions.id"]
        ),
    )
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[int]
    address: Mapped[str]
    pipeline: Mapped[str]
    dataset_version_id: Mapped[Ref | None]
    guideline_version_id: Mapped[Ref | None]
    metrics: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    lineage: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class Alias(Base):
    """A movable name for a model version of the same project; the key makes it point at one."""

    __tablename__ = "aliases"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "model_version_id"], ["model_versions.project_id", "model_versions.id"]),
    )
    project_id: Mapped[Ref] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    model_version_id: Mapped[Ref]
    moved_at: Mapped[datetime]
