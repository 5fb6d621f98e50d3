"""What a server answers about people, as pydantic models."""

from datetime import datetime
from typing import Any

from livener.client.answers import Answer, RoleName


class SignedInUser(Answer):
    """Who is signed in."""

    id: int
    name: str
    administrator: bool


class OwnProject(Answer):
    """A project that the person works on."""

    name: str
    role: RoleName
    skills: tuple[str, ...]


class SessionAnswer(Answer):
    """Who is signed in, what they work on, and what the header X-CSRF-Token has to say (null with a token)."""

    user: SignedInUser
    csrf: str | None
    projects: tuple[OwnProject, ...]


class SignInMethods(Answer):
    """How people sign in: by password, and by the single sign-on of this name, if there is one."""

    password: bool
    oidc: str | None


class InvitationAnswer(Answer):
    """Whom a link is for."""

    name: str


class UserAnswer(Answer):
    """A person; ``signs_in`` when they have a password or single sign-on."""

    name: str
    administrator: bool
    disabled: bool
    signs_in: bool
    created_at: datetime


class Invited(Answer):
    """A person, and the link that sets their password, once."""

    user: UserAnswer
    link: str


class TokenAnswer(Answer):
    """A key to the API, without its secret."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked: bool


class NewToken(TokenAnswer):
    """A new key; its secret is never shown again."""

    token: str


class Member(Answer):
    """A person of a project."""

    name: str
    role: RoleName
    skills: tuple[str, ...]
    disabled: bool


class AuditAnswer(Answer):
    """Who did what to what, and when."""

    id: int
    at: datetime
    user: str | None
    project: str | None
    action: str
    subject: str
    detail: dict[str, Any]
