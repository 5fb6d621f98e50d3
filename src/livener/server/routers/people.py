"""Users of the server, their tokens, the members of a project, and the log of what was done."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from livener.client.answers import Page
from livener.client.people import AuditAnswer, Invited, Member, NewToken, TokenAnswer, UserAnswer
from livener.errors import InputError
from livener.review.errors import Forbidden
from livener.server import accounts, paging, sign_in
from livener.server.calls import Call
from livener.server.paging import MAX_ID, Cursor, Id, Limit
from livener.server.policies import Allow, Scope
from livener.server.routes import Routes
from livener.store.models import AuditEntry, Membership, Role, Token, User

routes = Routes("people", prefix="/v1")
members = Routes("members", prefix="/v1/projects/{project}")
Name = Annotated[str, Field(min_length=1, max_length=200)]
NameInPath = Annotated[str, Path(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UserGiven(_Body):
    """A new user."""

    name: Name


class UserChange(_Body):
    """What is to be changed."""

    disabled: bool | None = None
    administrator: bool | None = None


class TokenGiven(_Body):
    """A new token."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1)]


class MemberGiven(_Body):
    """A part in a project."""

    role: Role
    skills: Annotated[tuple[Name, ...], Field(max_length=100)] = ()


@routes.get("/users", allow=Allow.ADMINISTRATOR, answer=Page[UserAnswer])
def list_users(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """All users by name."""
    (after,) = paging.after(cursor, of=(str,)) or ("",)
    rows = accounts.users(call.session, after=after, limit=limit + 1)
    return paging.page(rows, limit=limit, key=lambda row: [row[0].name], answer=lambda row: _user(*row))


@routes.post("/users", allow=Allow.ADMINISTRATOR, answer=Invited, status=201, remembered=False)
def create_user(call: Call, body: UserGiven) -> object:
    """A new user, and the link that lets them in."""
    user = accounts.create(call.session, body.name, now=call.now)
    call.audit("user.create", f"user {user.name}")
    return {"user": _user(user, False), "link": _invite(call, user)}


@routes.patch("/users/{name}", allow=Allow.ADMINISTRATOR)
def change_user(call: Call, name: NameInPath, body: UserChange) -> None:
    """End all rights of a user, or give them back; make them an administrator."""
    user = accounts.find(call.session, name)
    accounts.change(
        call.session, user, by=call.user.id, now=call.now, disabled=body.disabled, administrator=body.administrator
    )
    call.audit("user.change", f"user {user.name}", **body.model_dump(exclude_none=True))


@routes.post("/users/{name}/invitation", allow=Allow.ADMINISTRATOR, answer=Invited, remembered=False)
def invite_user(call: Call, name: NameInPath) -> object:
    """A link that lets a user set their password again; the ones before it end."""
    user = accounts.find(call.session, name)
    call.audit("user.invite", f"user {user.name}")
    return {"user": _user(user, user.password_hash is not None), "link": _invite(call, user)}


@routes.get("/tokens", allow=Allow.SIGNED_IN, answer=Page[TokenAnswer])
def list_tokens(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """One's own tokens, the newest first."""
    (before,) = paging.after(cursor, of=(int,)) or (MAX_ID,)
    rows = accounts.tokens(call.session, call.user.id, before=before, limit=limit + 1)
    return paging.page(rows, limit=limit, key=lambda row: [row.id], answer=_token)


@routes.post("/tokens", allow=Allow.SIGNED_IN, answer=NewToken, status=201, remembered=False)
def create_token(call: Call, body: TokenGiven) -> object:
    """A new token for oneself; its secret is shown this once."""
    if call.user.scopes is not None:
        raise Forbidden("a token makes no tokens: sign in to the page")
    if body.days > call.server.settings.token_days:
        raise InputError(
            "the token would live too long", where="days", fix=f"at most {call.server.settings.token_days}"
        )
    token, secret = accounts.create_token(
        call.session, call.user.id, body.name, body.scopes, days=body.days, now=call.now
    )
    call.audit("token.create", f"token {token.id}", name=body.name, scopes=token.scopes, days=body.days)
    return _token(token) | {"token": secret}


@routes.delete("/tokens/{token}", allow=Allow.SIGNED_IN)
def revoke_token(call: Call, token: Id) -> None:
    """End one of one's own tokens."""
    accounts.revoke(call.session, call.user.id, token, now=call.now)
    call.audit("token.revoke", f"token {token}")


@routes.get("/audit", allow=Allow.ADMINISTRATOR, answer=Page[AuditAnswer])
def audit_of_server(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """What was done anywhere on the server, the newest first."""
    return _audit(call, None, limit, cursor)


@members.get("/audit", allow=Role.LEAD, answer=Page[AuditAnswer])
def audit_of_project(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """What was done in the project, the newest first."""
    return _audit(call, call.project.id, limit, cursor)


@members.get("/members", allow=Role.REVIEWER, answer=Page[Member])
def list_members(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """Who works on the project, by name."""
    (after,) = paging.after(cursor, of=(str,)) or ("",)
    rows = accounts.members(call.session, call.project.id, after=after, limit=limit + 1)
    return paging.page(rows, limit=limit, key=lambda row: [row[1].name], answer=lambda row: _member(*row))


@members.put("/members/{name}", allow=Role.LEAD)
def set_member(call: Call, name: NameInPath, body: MemberGiven) -> None:
    """Make a user a member, or change their role and skills; nobody gives a role above their own."""
    user = accounts.set_member(
        call.session, call.project.id, name, by=call.person, role=body.role, skills=body.skills
    )
    call.audit("member.set", f"user {user.name}", role=body.role.value, skills=list(body.skills))


@members.delete("/members/{name}", allow=Role.LEAD)
def remove_member(call: Call, name: NameInPath) -> None:
    """End a user's part in the project; what they did stays."""
    accounts.remove_member(call.session, call.project.id, name, by=call.person)
    call.audit("member.remove", f"user {name}")


def _invite(call: Call, user: User) -> str:
    base = call.server.settings.public_url or str(call.request.base_url)
    return sign_in.invite(call.session, user.id, call.server.settings, now=call.now, base=base)


def _user(user: User, signs_in: bool) -> dict[str, Any]:
    return {
        "name": user.name,
        "administrator": user.administrator,
        "disabled": user.disabled_at is not None,
        "signs_in": signs_in,
        "created_at": user.created_at,
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked": token.revoked_at is not None,
    }


def _member(member: Membership, user: User) -> dict[str, Any]:
    disabled = user.disabled_at is not None
    return {"name": user.name, "role": member.role, "skills": member.skills, "disabled": disabled}


def _audit(call: Call, project_id: int | None, limit: int, cursor: str | None) -> dict[str, Any]:
    (before,) = paging.after(cursor, of=(int,)) or (MAX_ID,)
    rows = accounts.audit(call.session, project_id=project_id, before=before, limit=limit + 1)
    return paging.page(rows, limit=limit, key=lambda row: [row[0].id], answer=lambda row: _entry(*row))


def _entry(entry: AuditEntry, user: str | None, project: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "user": user,
        "project": project,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
