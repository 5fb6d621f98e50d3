"""``livener users``: who may come in, and as what."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import say, table
from livener.cli.project import Name, Where, audit, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

users = typer.Typer(name="users", no_args_is_help=True, help="Who may come in, and as what.")
User = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
Url = Annotated[str, typer.Option("--url", help="How people reach the server; [server] public_url goes before it.")]
_SCOPES = ("read", "annotate", "review", "manage", "recognize")


@users.command("list")
def show(where: Where, as_json: Json = False) -> None:
    """List the users and their roles."""
    from livener.review import projects
    from livener.server import accounts

    with opened(where) as (store, _), store.reading() as session:
        roles = projects.roles(session)
        found = [
            {"name": user.name, "administrator": user.administrator, "disabled": user.disabled_at is not None}
            | {"signs_in": signs_in, "roles": roles.get(user.name, {})}
            for user, signs_in in accounts.users(session, after="", limit=1_000_000)
        ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    marks = ("administrator", "disabled", "signs_in")
    rows = [
        [
            one["name"],
            ", ".join(mark.replace("_", " ") for mark in marks if one[mark]),
            ", ".join(f"{project}: {role}" for project, role in roles.get(str(one["name"]), {}).items()),
        ]
        for one in found
    ]
    typer.echo(table(["name", "", "roles"], rows))


@users.command()
def add(
    where: Where,
    user: User,
    administrator: Annotated[
        bool, typer.Option("--administrator", help="They may do everything everywhere.")
    ] = False,
    url: Url = "http://localhost:8765",
) -> None:
    """Add a user, and print the link that lets them in."""
    from livener.server import accounts

    with _changing(where, "user.create", user) as (session, now):
        accounts.create(session, user, now=now, administrator=administrator)
        typer.echo(_link(session, where, user, now, url))


@users.command()
def link(where: Where, user: User, url: Url = "http://localhost:8765") -> None:
    """Print a link that sets a user's password, once."""
    with _changing(where, "user.invite", user) as (session, now):
        typer.echo(_link(session, where, user, now, url))


@users.command()
def role(
    where: Where,
    user: User,
    role: Annotated[str, typer.Argument(help="annotator, reviewer, expert, lead, admin; or none, to end it.")],
    project: Name = None,
    skill: Annotated[list[str] | None, typer.Option("--skill", help="What they can; repeatable.")] = None,
) -> None:
    """Give a user a role in a project, or end it."""
    from livener.review.people import Person
    from livener.server import accounts
    from livener.store.models import Role

    if role not in {*Role, "none"}:
        raise InputError(f"no role {role!r}", fix=" | ".join([*Role, "none"]))
    me = Person(0, Role.ADMIN)  # whoever can open the store can do everything
    with _changing(where, "member.set", user) as (session, _):
        found = project_id(session, project)
        if role == "none":
            accounts.remove_member(session, found, user, by=me)
        else:
            accounts.set_member(session, found, user, by=me, role=Role(role), skills=skill or ())
    say(f"{user}: {role}")


@users.command()
def token(
    where: Where,
    user: User,
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "command line",
    scope: Annotated[list[str] | None, typer.Option("--scope", help="One of its rights.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long it lives.")] = 90,
) -> None:
    """Print a new API token of a user: it is shown this once."""
    from livener.server import accounts

    if unknown := set(scope or ()) - set(_SCOPES):
        raise InputError(f"no scope {min(unknown)!r}", fix=" | ".join(_SCOPES))
    with _changing(where, "token.create", user) as (session, now):
        found = accounts.find(session, user)
        typer.echo(accounts.create_token(session, found.id, name, scope or _SCOPES, days=days, now=now)[1])


@users.command()
def disable(where: Where, user: User) -> None:
    """End all rights of a user, sessions and tokens included."""
    _switch(where, user, disabled=True)


@users.command()
def enable(where: Where, user: User) -> None:
    """Let a disabled user in again."""
    _switch(where, user, disabled=False)


def _switch(where: str, name: str, *, disabled: bool) -> None:
    from livener.server import accounts

    with _changing(where, "user.disable" if disabled else "user.enable", name) as (session, now):
        found = accounts.find(session, name)
        accounts.change(session, found, by=0, now=now, disabled=disabled, administrator=None)
    say(f"{name} is {'disabled' if disabled else 'enabled'}")


@contextmanager
def _changing(where: str, action: str, user: str) -> "Iterator[tuple[Session, datetime]]":
    """A transaction, with its line in the audit log."""
    now = datetime.now(UTC)
    with opened(where) as (store, _), store.writing() as session:
        yield session, now
        audit(session, action, f"user {user}", now=now, project=None)


def _link(session: "Session", where: str, user: str, now: datetime, url: str) -> str:
    from livener.server import Settings, accounts, sign_in

    settings = Settings() if "://" in where else Settings.read(where)
    found = accounts.find(session, user)
    return sign_in.invite(session, found.id, settings, now=now, base=settings.public_url or url)
