"""How people get in: passwords with throttling, links that set one, sessions."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review.errors import NotFound
from livener.server.calls import Server
from livener.server.identity import COOKIE, digest, new_secret
from livener.server.problems import Problem
from livener.server.settings import Settings
from livener.store import Store
from livener.store.models import IdempotencyKey, Identity, Invitation, SignIn, SignInFailure, User

_ADMIN = "admin"
_NOT_IN_NAMES = set("/\\?#%")  # they would not survive a URL
_KEEP_FAILURES = timedelta(days=1)
_KEEP_ANSWERS = timedelta(days=14)  # a journal of unsent answers may be sent again that late


def check_password(server: Server, name: str, password: str, address: str, *, now: datetime) -> int:
    """The id of the user whose name and password these are.

    Raises:
        Problem: 401, they are nobody's; 429, too many were wrong of late, for this name or from this address.
    """
    with server.writing() as session:  # counted before it is looked at, so that trying many at once gains nothing
        _throttle(session, server.settings, name, address, now)
        session.add(SignInFailure(name=name, address=address, at=now))
        user = session.scalar(select(User).where(User.name == name, User.disabled_at.is_(None)))
    if not server.passwords.check(user.password_hash if user else None, password) or user is None:
        raise Problem(401, "unauthorized", "the name or the password is wrong")
    with server.writing() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.name == name, SignInFailure.address == address))
    return user.id


def same_name(given: str) -> str:
    """A name as it is kept: in one form (NFC), whatever the keyboard sent.

    Raises:
        InputError: it has characters that no name has.
    """
    name = unicodedata.normalize("NFC", given)
    if not name.isprintable() or name != name.strip() or _NOT_IN_NAMES & set(name):
        raise InputError(f"not a name: {name[:50]!r}", fix="no / \\ ? # %, no control character, no space around it")
    return name


def _throttle(session: Session, settings: Settings, name: str, address: str, now: datetime) -> None:
    window = timedelta(seconds=settings.password.window_seconds)
    for column, value, most in (
        (SignInFailure.name, name, settings.password.failures_per_name),
        (SignInFailure.address, address, settings.password.failures_per_address),
    ):
        count, oldest = session.execute(
            select(func.count(), func.min(SignInFailure.at)).where(column == value, SignInFailure.at > now - window)
        ).one()
        if count >= most:
            wait = max(1, round((oldest + window - now).total_seconds()))
            detail = f"too many wrong passwords: try again in {wait} seconds"
            raise Problem(429, "throttled", detail, headers={"Retry-After": str(wait)})


def begin_session(session: Session, user_id: int, settings: Settings, *, now: datetime) -> str:
    """The secret for the cookie of a new session."""
    secret = new_secret()
    ends = now + timedelta(days=settings.session_days)
    session.add(SignIn(hash=digest(secret), user_id=user_id, created_at=now, expires_at=ends, ended_at=None))
    return secret


def end_sessions(session: Session, user_id: int, *, now: datetime) -> None:
    """End all sessions of a user."""
    session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=now))


def set_cookie(response: Response, request: Request, secret: str, settings: Settings) -> None:
    """Give the browser the session."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=round(settings.session_days * 86400),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def invite(session: Session, user_id: int, settings: Settings, *, now: datetime, base: str) -> str:
    """A link that sets the user's password, once; the ones before it end."""
    secret = new_secret()
    _end_invitations(session, user_id, now)
    ends = now + timedelta(days=settings.invitation_days)
    session.add(Invitation(hash=digest(secret), user_id=user_id, created_at=now, expires_at=ends, used_at=None))
    return f"{base.rstrip('/')}/invitation/{secret}"


def invited(session: Session, secret: str, *, now: datetime) -> User:
    """Whom the link is for.

    Raises:
        NotFound: it is unknown, used or expired.
    """
    user = session.scalar(
        select(User)
        .join(Invitation, Invitation.user_id == User.id)
        .where(Invitation.hash == digest(secret), Invitation.used_at.is_(None), Invitation.expires_at > now)
        .where(User.disabled_at.is_(None))
    )
    if user is None:
        raise NotFound("the link is used, expired or unknown: ask for a new one")
    return user


def accept(session: Session, secret: str, password_hash: str, *, now: datetime) -> User:
    """Set the password of whom the link is for; all their sessions and links end.

    Raises:
        NotFound: as `invited`.
    """
    user = invited(session, secret, now=now)
    if digest(secret) not in _end_invitations(session, user.id, now):  # somebody else used it at the same time
        raise NotFound("the link is used")
    user.password_hash = password_hash
    end_sessions(session, user.id, now=now)
    return user


def setup_link(store: Store, settings: Settings, *, now: datetime, base: str) -> str | None:
    """The link for the first administrator, ``admin``; None when an administrator can sign in already.

    There is no password that anybody could know beforehand. Each call ends the link of the one before.
    """
    with store.writing() as session:
        if session.scalar(select(exists().where(User.administrator, User.disabled_at.is_(None), signs_in()))):
            return None
        admin = session.scalar(select(User).where(User.name == _ADMIN))
        if admin is None:
            admin = User(name=_ADMIN, password_hash=None, created_at=now)
            session.add(admin)
        admin.administrator, admin.disabled_at = True, None
        session.flush()
        return invite(session, admin.id, settings, now=now, base=base)


def signs_in() -> ColumnElement[bool]:
    """Of a user: whether they have a way in."""
    return or_(User.password_hash.is_not(None), exists().where(Identity.user_id == User.id))


def sweep(session: Session, *, now: datetime) -> None:
    """Remove what only had to be kept for a while."""
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - _KEEP_FAILURES))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - _KEEP_ANSWERS))
    session.execute(delete(SignIn).where(SignIn.expires_at < now))


def _end_invitations(session: Session, user_id: int, now: datetime) -> Sequence[str]:
    ended = update(Invitation).where(Invitation.user_id == user_id, Invitation.used_at.is_(None)).values(used_at=now)
    return session.scalars(ended.returning(Invitation.hash)).all()
