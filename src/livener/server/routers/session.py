"""Signing in and out."""

from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import to_json
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from livener.client.people import InvitationAnswer, SessionAnswer, SignInMethods
from livener.review.errors import NotFound
from livener.server import accounts, oidc, sign_in
from livener.server.calls import Call
from livener.server.identity import COOKIE, csrf_of, digest, new_secret
from livener.server.passwords import LONGEST, SHORTEST
from livener.server.policies import Allow, Scope
from livener.server.problems import Problem
from livener.server.routes import Routes
from livener.store.models import Membership, Project, Role, SignIn, User

routes = Routes("session", prefix="/v1")
_MOST_PROJECTS = 1000
_Given = Annotated[str, Query(max_length=4000)]
_Secret = Annotated[str, Path(min_length=20, max_length=200)]


class SignInGiven(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(max_length=LONGEST)]


class PasswordGiven(BaseModel):
    """A new password."""

    model_config = ConfigDict(extra="forbid")
    password: Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]


@routes.get("/sign-in-methods", allow=Allow.ANYONE, answer=SignInMethods, session=None)
def sign_in_methods(call: Call) -> object:
    """How people sign in here."""
    provider = call.server.provider
    return {"password": True, "oidc": provider and provider.settings.label}


@routes.post("/session", allow=Allow.ANYONE, answer=SessionAnswer, session=None)
def begin_session(call: Call, body: SignInGiven) -> object:
    """Sign in with a password; the session is in the cookie of the answer."""
    address = call.request.client.host if call.request.client else ""
    user_id = sign_in.check_password(
        call.server, sign_in.same_name(body.name), body.password.get_secret_value(), address, now=call.now
    )
    with call.server.writing() as session:
        return _signed_in(call, session, user_id)


@routes.get("/session", allow=Allow.SIGNED_IN, answer=SessionAnswer)
def read_session(call: Call) -> object:
    """Who is signed in, what they work on, and the value of the header X-CSRF-Token."""
    cookie = call.request.cookies.get(COOKIE) if call.user.scopes is None else None
    return session_answer(call.session, call.user.id, cookie)


@routes.delete("/session", allow=Allow.SIGNED_IN, scope=Scope.READ)
def end_session(call: Call) -> object:
    """Sign out."""
    cookie = call.request.cookies.get(COOKIE, "")
    call.session.execute(update(SignIn).where(SignIn.hash == digest(cookie)).values(ended_at=call.now))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    return response


@routes.get("/invitations/{secret}", allow=Allow.ANYONE, answer=InvitationAnswer, session=None)
def read_invitation(call: Call, secret: _Secret) -> object:
    """Whom a link is for."""
    with call.server.reading() as session:
        return {"name": sign_in.invited(session, secret, now=call.now).name}


@routes.post("/invitations/{secret}", allow=Allow.ANYONE, answer=SessionAnswer, session=None)
def accept_invitation(call: Call, secret: _Secret, body: PasswordGiven) -> object:
    """Set the password of whom the link is for, once, and sign them in."""
    with call.server.reading() as session:  # a hash takes long, and is made for nobody who only tries
        sign_in.invited(session, secret, now=call.now)
    password_hash = call.server.passwords.hash(body.password.get_secret_value())
    with call.server.writing() as session:
        user = sign_in.accept(session, secret, password_hash, now=call.now)
        return _signed_in(call, session, user.id)


@routes.get("/oidc/login", allow=Allow.ANYONE, media="text/html", status=303, session=None)
def oidc_login(call: Call) -> object:
    """Go to the provider of single sign-on."""
    secret = new_secret()
    response = RedirectResponse(_provider(call).begin(secret), 303)
    secure = call.request.url.scheme == "https"
    response.set_cookie(
        oidc.COOKIE, secret, oidc.COOKIE_SECONDS, path=oidc.CALLBACK, secure=secure, httponly=True, samesite="lax"
    )
    return response


@routes.get("/oidc/callback", allow=Allow.ANYONE, media="text/html", status=303, session=None)
def oidc_callback(call: Call, state: _Given = "", code: _Given = "", error: _Given = "") -> object:
    """Come back from the provider of single sign-on, signed in."""
    provider = _provider(call)
    if error or not code:
        raise Problem(403, "single-sign-on", "the provider did not sign you in")
    claims = provider.finish(call.request.cookies.get(oidc.COOKIE, ""), state=state, code=code)
    with call.server.writing() as session:
        user = accounts.user_of(session, provider.settings, claims, now=call.now)
        session.flush()
        secret = sign_in.begin_session(session, user.id, call.server.settings, now=call.now)
    response = RedirectResponse("/", 303)
    response.delete_cookie(oidc.COOKIE, path=oidc.CALLBACK)
    sign_in.set_cookie(response, call.request, secret, call.server.settings)
    return response


def _provider(call: Call) -> oidc.Provider:
    if call.server.provider is None:
        raise NotFound("this server has no single sign-on")
    return call.server.provider


def session_answer(session: Session, user_id: int, cookie: str | None) -> SessionAnswer:
    """What the page has to know of a session."""
    user = session.get_one(User, user_id)
    found = select(Project.name, Membership.role, Membership.skills).order_by(Project.name).limit(_MOST_PROJECTS)
    mine = (Membership.project_id == Project.id) & (Membership.user_id == user_id)
    found = found.join_from(Project, Membership, mine, isouter=user.administrator)
    projects = [
        {"name": name, "role": Role.ADMIN if user.administrator else role, "skills": skills or ()}
        for name, role, skills in session.execute(found)
    ]
    return SessionAnswer.model_validate(
        {
            "user": {"id": user.id, "name": user.name, "administrator": user.administrator},
            "csrf": csrf_of(cookie) if cookie else None,
            "projects": projects,
        }
    )


def _signed_in(call: Call, session: Session, user_id: int) -> Response:
    secret = sign_in.begin_session(session, user_id, call.server.settings, now=call.now)
    session.flush()
    response = Response(to_json(session_answer(session, user_id, secret)), media_type="application/json")
    sign_in.set_cookie(response, call.request, secret, call.server.settings)
    return response
