"""Users, their tokens, and their part in projects."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from livener.review.errors import Conflict, Forbidden, NotFound
from livener.review.people import Person
from livener.server.identity import TOKEN_PREFIX, digest, new_secret
from livener.server.problems import Problem
from livener.server.settings import OidcSettings
from livener.server.sign_in import end_sessions, same_name, signs_in
from livener.store.models import AuditEntry, Identity, Membership, Project, Role, Token, User


def find(session: Session, name: str) -> User:
    """The user of this name.

    Raises:
        NotFound: there is none.
    """
    user = session.scalar(select(User).where(User.name == same_name(name)))
    if user is None:
        raise NotFound(f"no user {name!r}")
    return user


def users(session: Session, *, after: str, limit: int) -> list[tuple[User, bool]]:
    """Users by name, each with whether they have a way in."""
    found = select(User, signs_in()).where(User.name > after).order_by(User.name).limit(limit)
    return [(user, ways) for user, ways in session.execute(found)]


def create(session: Session, name: str, *, now: datetime, administrator: bool = False) -> User:
    """A new user, who cannot sign in yet.

    Raises:
        Conflict: the name is taken.
        InputError: it cannot be a name.
    """
    name = same_name(name)
    if session.scalar(select(User.id).where(User.name == name)):
        raise Conflict(f"there is a user {name!r} already")
    user = User(name=name, password_hash=None, created_at=now, disabled_at=None, administrator=administrator)
    session.add(user)
    session.flush()
    return user


def user_of(session: Session, oidc: OidcSettings, claims: Mapping[str, Any], *, now: datetime) -> User:
    """Whose claims these are.

    An identity that was never seen becomes that of the user with the name in its claim, when that user has no way in
    yet; nobody's password or other identity can be taken over so.

    Raises:
        Problem: 403, the person is unknown here, or disabled.
    """
    issuer, subject = oidc.issuer, str(claims["sub"])
    user_id = session.scalar(select(Identity.user_id).where(Identity.issuer == issuer, Identity.subject == subject))
    user = session.get_one(User, user_id) if user_id else _newcomer(session, oidc, claims, now=now)
    if user.disabled_at is not None:
        raise _unknown("you are not known here: ask an administrator of this server")
    if not user_id:
        session.add(Identity(issuer=issuer, subject=subject, user_id=user.id))
    return user


def _newcomer(session: Session, oidc: OidcSettings, claims: Mapping[str, Any], *, now: datetime) -> User:
    given = claims.get(oidc.user_claim)
    if not isinstance(given, str) or not given:
        raise _unknown(f"the provider does not say your {oidc.user_claim!r}")
    if oidc.user_claim == "email" and claims.get("email_verified") is not True:
        raise _unknown("the provider did not verify your e-mail address")
    name = same_name(given)
    found = session.execute(select(User, signs_in()).where(User.name == name)).one_or_none()
    if found is None and oidc.create_users:
        return create(session, name, now=now)
    if found is None or found[1]:
        raise _unknown(f"{name!r} is not known here, or signs in otherwise: ask an administrator of this server")
    return found[0]


def change(
    session: Session, user: User, *, by: int, now: datetime, disabled: bool | None, administrator: bool | None
) -> None:
    """End all rights of a user, or give them back; make them an administrator, or not.

    Raises:
        Forbidden: one does neither to oneself, so that an administrator always remains.
    """
    if user.id == by:
        raise Forbidden("nobody disables or promotes themselves: ask another administrator")
    if disabled is not None:
        user.disabled_at = now if disabled else None
    if disabled:  # so that nothing old works again when they come back
        end_sessions(session, user.id, now=now)
        session.execute(
            update(Token).where(Token.user_id == user.id, Token.revoked_at.is_(None)).values(revoked_at=now)
        )
    if administrator is not None:
        user.administrator = administrator


def create_token(
    session: Session, user_id: int, name: str, scopes: Sequence[str], *, days: int, now: datetime
) -> tuple[Token, str]:
    """A new token and its secret, of which only the hash is kept."""
    secret = TOKEN_PREFIX + new_secret()
    token = Token(
        user_id=user_id,
        name=name,
        hash=digest(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
        revoked_at=None,
    )
    session.add(token)
    session.flush()
    return token, secret


def tokens(session: Session, user_id: int, *, before: int, limit: int) -> Sequence[Token]:
    """The tokens of a user, the newest first."""
    found = select(Token).where(Token.user_id == user_id, Token.id < before).order_by(Token.id.desc()).limit(limit)
    return session.scalars(found).all()


def revoke(session: Session, user_id: int, token_id: int, *, now: datetime) -> None:
    """End a token of a user, for ever.

    Raises:
        NotFound: they have no such token.
    """
    token = session.scalar(select(Token).where(Token.id == token_id, Token.user_id == user_id))
    if token is None:
        raise NotFound(f"no token {token_id}")
    token.revoked_at = token.revoked_at or now


def members(session: Session, project_id: int, *, after: str, limit: int) -> list[tuple[Membership, User]]:
    """The people of a project by name."""
    found = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project_id, User.name > after)
    )
    return [(member, user) for member, user in session.execute(found.order_by(User.name).limit(limit))]


def set_member(
    session: Session, project_id: int, name: str, *, by: Person, role: Role, skills: Sequence[str]
) -> User:
    """Make a user a member of a project, or give them another role.

    Raises:
        NotFound: there is no such user.
        Forbidden: nobody gives or takes a role above their own.
    """
    user = find(session, name)
    member = _member(session, project_id, user.id)
    if not by.may(role) or (member and not by.may(member.role)):
        raise Forbidden(f"a {by.role.value} gives and takes no role above their own")
    if member is None:
        member = Membership(project_id=project_id, user_id=user.id, role=role, skills=[])
        session.add(member)
    member.role, member.skills = role, sorted(set(skills))
    return user


def remove_member(session: Session, project_id: int, name: str, *, by: Person) -> None:
    """End a user's part in a project; what they did stays.

    Raises:
        NotFound: they are no member.
        Forbidden: their role is above that of who asks.
    """
    member = _member(session, project_id, find(session, name).id)
    if member is None:
        raise NotFound(f"{name!r} is no member")
    if not by.may(member.role):
        raise Forbidden(f"a {by.role.value} gives and takes no role above their own")
    session.delete(member)


def audit(
    session: Session, *, project_id: int | None, before: int, limit: int
) -> list[tuple[AuditEntry, str | None, str | None]]:
    """What was done, the newest first, with the names of who did it and where: in one project, or everywhere."""
    found = (
        select(AuditEntry, User.name, Project.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .outerjoin(Project, Project.id == AuditEntry.project_id)
        .where(AuditEntry.id < before)
    )
    if project_id is not None:
        found = found.where(AuditEntry.project_id == project_id)
    rows = session.execute(found.order_by(AuditEntry.id.desc()).limit(limit))
    return [(entry, user, project) for entry, user, project in rows]


def _member(session: Session, project_id: int, user_id: int) -> Membership | None:
    return session.get(Membership, (project_id, user_id))


def _unknown(detail: str) -> Problem:
    return Problem(403, "single-sign-on", detail)
