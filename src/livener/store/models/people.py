"""People: who they are, how they get in, and what they may do."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from livener.store.models.base import Base, Id, one_of


class Role(StrEnum):
    """What a person may do in a project."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    EXPERT = "expert"
    LEAD = "lead"
    ADMIN = "admin"


class User(Base):
    """A person. Never deleted, as annotations name them: ``disabled_at`` ends every right."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 200", "name"),)
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    administrator: Mapped[bool] = mapped_column(default=False, server_default=false())
    """May do everything on the whole server."""


class Membership(Base):
    """The role of a person in a project, and the skills (languages, subjects) that tasks may ask for."""

    __tablename__ = "memberships"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    skills: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class Token(Base):
    """A key to the API, named by its owner: only the hash of the secret is here, and none is for ever."""

    __tablename__ = "tokens"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(default="", server_default="")
    hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to what, and when; insert-only."""

    __tablename__ = "audit_log"
    id: Mapped[Id]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


class SignIn(Base):
    """A session of the page, kept on the server under the hash of its cookie."""

    __tablename__ = "sessions"
    hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A wrong password, for throttling."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        Index("ix_sign_in_failures_name", "name", "at"),
        Index("ix_sign_in_failures_at", "address", "at"),
    )
    id: Mapped[Id]
    name: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]


class Identity(Base):
    """Who a person is to a provider of single sign-on (OIDC)."""

    __tablename__ = "identities"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)


class Invitation(Base):
    """A link that sets a password, once: the hash of its secret."""

    __tablename__ = "invitations"
    hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer that a write was given, for whoever sends the same write again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created", "created_at"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    etag: Mapped[str | None]
    created_at: Mapped[datetime]
