"""``livener triggers``: what begins a job by itself."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import say, table
from livener.cli.jobs import argument
from livener.cli.project import Name, Where, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from livener.store.models import TriggerMode

triggers = typer.Typer(name="triggers", no_args_is_help=True, help="What begins a job by itself.")
Named = Annotated[str, typer.Argument(metavar="NAME", help="The trigger's name.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the condition; repeatable.")
]
Mode = Annotated[str, typer.Option("--mode", help="on, dry (only the log says so), or off.")]


@triggers.command("list")
def show_all(where: Where, project: Name = None, as_json: Json = False) -> None:
    """List triggers, by name."""
    from pydantic_core import to_json

    from livener.loop.triggers import listed

    with opened(where) as (store, _), store.reading() as session:
        found = listed(session, project_id(session, project))
    if as_json:
        typer.echo(to_json(found))
        return
    rows = [
        [
            one.name,
            one.condition,
            one.job,
            one.mode.value,
            one.last.isoformat(timespec="minutes") if one.last else "–",
        ]
        for one in found
    ]
    typer.echo(table(["name", "condition", "job", "mode", "last"], rows))


@triggers.command()
def add(
    where: Where,
    name: Named,
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="corrections, error_cluster, schedule …")],
    project: Name = None,
    settings: Settings = None,
    job: Annotated[str, typer.Option("--job", help="The kind of job that begins.")] = "learn",
    arguments: Annotated[
        list[str] | None, typer.Option("--argument", metavar="KEY=VALUE", help="An argument of the job; repeatable.")
    ] = None,
    mode: Mode = "on",
) -> None:
    """Add a trigger."""
    from livener.loop.triggers import create

    given, passed = (dict(argument(one) for one in those or []) for those in (settings, arguments))
    with opened(where) as (store, _), store.writing() as session:
        now, found = datetime.now(UTC), project_id(session, project)
        create(
            session,
            found,
            name,
            condition=condition,
            settings=given,
            job=job,
            arguments=passed,
            mode=_mode(mode),
            now=now,
        )
    say(f"trigger {name} is {mode}")


@triggers.command()
def switch(where: Where, name: Named, project: Name = None, mode: Mode = "off") -> None:
    """Switch a trigger on, off or to a dry run."""
    from livener.loop.triggers import change

    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        change(session, found, _id(session, found, name), mode=_mode(mode))
    say(f"trigger {name} is {mode}")


@triggers.command()
def check(where: Where, name: Named, project: Name = None, as_json: Json = False) -> None:
    """Say whether a trigger would go off now, and why; nothing is begun.

    Exit 1 when it would.
    """
    from pydantic_core import to_json

    from livener.loop.triggers import check as find

    with opened(where) as (store, _), store.reading() as session:
        found = project_id(session, project)
        finding = find(session, found, _id(session, found, name), now=datetime.now(UTC))
    if as_json:
        typer.echo(to_json(finding))
    else:
        typer.echo(f"{'would' if finding.holds else 'would not'} go off: {finding.detail}")
    if finding.holds:
        raise typer.Exit(1)


@triggers.command()
def log(
    where: Where,
    project: Name = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Print when triggers went off and why, newest first."""
    from pydantic_core import to_json

    from livener.loop.triggers import log as events

    with opened(where) as (store, _), store.reading() as session:
        found = events(session, project_id(session, project), limit=limit)
    if as_json:
        typer.echo(to_json(found))
        return
    rows = [
        [one.at.isoformat(timespec="minutes"), one.trigger, "dry" if one.dry else f"job {one.job}", one.detail]
        for one in found
    ]
    typer.echo(table(["at", "trigger", "began", "why"], rows))


def _mode(given: str) -> "TriggerMode":
    from livener.store.models import TriggerMode

    if given not in set(TriggerMode):
        raise InputError(f"no mode {given!r}", fix=" | ".join(TriggerMode))
    return TriggerMode(given)


def _id(session: "Session", project: int, name: str) -> int:
    from livener.loop.triggers import listed

    known = {one.name: one.id for one in listed(session, project)}
    if name not in known:
        raise InputError(f"no trigger {name!r}", fix=" | ".join(known) or "livener triggers add")
    return known[name]
