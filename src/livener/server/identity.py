"""Who is asking, and what they may do: one look-up per request, in the same transaction as what they ask for."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from fastapi import Request
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from livener.review.errors import Forbidden, NotFound
from livener.review.people import Person
from livener.server.policies import Allow, Policy
from livener.server.problems import Problem
from livener.store.models import Membership, Project, Role, SignIn, Token, User

COOKIE = "livener_session"
CSRF_HEADER = "x-csrf-token"
TOKEN_PREFIX = "lvn_"
_SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Asking:
    """A user, how they are known, and the project that they ask about, with their part in it.

    ``scopes`` are those of their token, or None for a session of the page.
    """

    id: int
    name: str
    administrator: bool
    scopes: frozenset[str] | None
    project: "ProjectAsked | None" = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class ProjectAsked:
    """The project of a request."""

    id: int
    name: str
    settings: dict[str, Any]


def digest(secret: str) -> str:
    """What the store keeps of a secret that is long and random: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """A secret of 256 bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def csrf_of(cookie: str) -> str:
    """What proves that a request with the cookie was made by our own page: no other page can read it or the cookie.

    >>> csrf_of("a") == csrf_of("a"), csrf_of("a") == csrf_of("b")
    (True, False)
    """
    return digest(f"csrf {cookie}")


def asking(request: Request, session: Session, policy: Policy, *, now: datetime) -> Asking | None:
    """Who asks, when the policy allows it; None where anyone may and nobody is signed in.

    Raises:
        Problem: 401, nobody is signed in.
        NotFound: the project is not there, or is not theirs: nobody can tell which.
        Forbidden: their role, their token's scope or a missing CSRF token does not allow it.
    """
    if policy.allow is Allow.ANYONE:
        return None
    secret, is_token = _secret(request)
    name = request.path_params.get("project")
    look_up = _LOOK_UPS[is_token, name is not None]
    row = session.connection().execute(look_up, {"hash": digest(secret), "now": now, "project": name}).one_or_none()
    if row is None:
        raise _unauthorized("the token or session is unknown, expired or ended")
    if is_token:
        if policy.scope not in row.scopes:
            raise Forbidden(f"the token lacks the scope {policy.scope.value!r}")
    elif request.method not in _SAFE and not _csrf_is_right(request, secret):
        raise Forbidden("the header X-CSRF-Token is missing or wrong: take it from GET /v1/session")
    project = person = None
    if name is not None:
        project, person = _part(row, name)
    if isinstance(policy.allow, Role):
        assert person is not None  # `check_routes`
        if not person.may(policy.allow):
            raise Forbidden(f"this needs the role {policy.allow.value!r}, you are {person.role.value!r}")
    elif policy.allow is Allow.ADMINISTRATOR and not row.administrator:
        raise Forbidden("this needs an administrator of the server")
    scopes = frozenset(row.scopes) if is_token else None
    return Asking(row.id, row.name, row.administrator, scopes, project, person)


def refuse_anonymous(request: Request, policy: Policy) -> None:
    """Send away who brings nothing that could be right, before it costs a transaction.

    Raises:
        Problem: 401.
    """
    if policy.allow is not Allow.ANYONE:
        _secret(request)


def _secret(request: Request) -> tuple[str, bool]:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() == "basic":  # of programs that know nothing else: the password is the token
            scheme, secret = "bearer", _password(secret)
        if scheme.lower() != "bearer" or not secret.startswith(TOKEN_PREFIX):
            raise _unauthorized("the Authorization header is not 'Bearer lvn_…'")
        return secret, True
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise _unauthorized("nobody is signed in")
    return cookie, False


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": 'Bearer realm="livener"'})


def _csrf_is_right(request: Request, cookie: str) -> bool:
    return hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), csrf_of(cookie).encode())


def _part(row: Any, name: str) -> tuple[ProjectAsked, Person]:
    role = Role.ADMIN if row.administrator else row.role
    if row.project_id is None or role is None:
        raise NotFound(f"no project {name!r}")
    return ProjectAsked(row.project_id, name, row.settings), Person(row.id, role, tuple(row.skills or ()))


def _look_up(is_token: bool, with_project: bool) -> Select[Any]:
    credential = Token if is_token else SignIn
    not_ended = Token.revoked_at.is_(None) if is_token else SignIn.ended_at.is_(None)
    found: Any = (
        select(*(User.id, User.name, User.administrator))
        .join_from(credential, User, User.id == credential.user_id)
        .where(credential.hash == bindparam("hash"), not_ended)
        .where(credential.expires_at > bindparam("now"), User.disabled_at.is_(None))
    )
    if is_token:
        found = found.add_columns(Token.scopes)
    if with_project:
        found = (
            found.outerjoin(Project, Project.name == bindparam("project"))
            .outerjoin(Membership, and_(Membership.project_id == Project.id, Membership.user_id == User.id))
            .add_columns(Project.id.label("project_id"), Project.settings, Membership.role, Membership.skills)
        )
    return cast("Select[Any]", found)


_LOOK_UPS = {(token, project): _look_up(token, project) for token in (False, True) for project in (False, True)}
