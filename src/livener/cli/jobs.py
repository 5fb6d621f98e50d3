"""``livener jobs``: what is done in the background."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from livener.cli.console import say, table
from livener.cli.project import Name, Where, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

jobs = typer.Typer(name="jobs", no_args_is_help=True, help="What is done in the background.")
Number = Annotated[int, typer.Argument(metavar="JOB", min=1, max=2**63 - 1, help="The job's number.")]


@jobs.command("list")
def show_all(
    where: Where,
    project: Name = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List jobs, newest first."""
    from pydantic_core import to_json

    from livener.loop.jobs import listed

    with opened(where) as (store, _), store.reading() as session:
        found = listed(session, project_id(session, project), limit=limit)
    if as_json:
        typer.echo(to_json(found))
        return
    header = ["job", "kind", "state", "begun", "seconds", "why"]
    rows = [
        [one.id, one.kind, one.state.value, one.created_at.isoformat(timespec="minutes"), one.seconds, one.reason]
        for one in found
    ]
    typer.echo(table(header, rows))


@jobs.command("show")
def show_one(where: Where, number: Number, project: Name = None) -> None:
    """Print a job with its log, as JSON."""
    from dataclasses import asdict

    from pydantic_core import to_json

    from livener.loop.jobs import get, notes

    with opened(where) as (store, _), store.reading() as session:
        found = project_id(session, project)
        about = asdict(get(session, found, number))
        typer.echo(to_json(about | {"log": notes(session, found, number, limit=10_000)}))


@jobs.command()
def begin(
    where: Where,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What to do: learn …")],
    project: Name = None,
    arguments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="An argument; JSON or text; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; people read it.")] = "",
) -> None:
    """Begin a job; a worker or a running server does it."""
    from livener.loop import kinds

    given = dict(argument(one) for one in arguments or [])
    with opened(where) as (store, _), store.writing() as session:
        now, found = datetime.now(UTC), project_id(session, project)
        made = kinds.start(session, found, kind, given, now=now, reason=reason or "asked for by hand")
    _tell(where, made)
    say(f"job {made} waits for a worker")


@jobs.command()
def cancel(where: Where, number: Number, project: Name = None) -> None:
    """End a job; one that runs ends at its next chance."""
    from livener.loop.jobs import cancel as end

    with opened(where) as (store, _), store.writing() as session:
        found = end(session, project_id(session, project), number, now=datetime.now(UTC))
    say(f"job {number} is {found.state.value}{' and was asked to end' if found.ended_at is None else ''}")


def argument(given: str) -> tuple[str, Any]:
    """A key and its value, which is JSON where it can be."""
    key, equals, value = given.partition("=")
    if not equals or not key:
        raise InputError(f"not a setting: {given!r}", fix="--set key=value")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _tell(where: str, job: int) -> None:
    """Tell the workers; of a store without a folder they find it within a minute."""
    from pathlib import Path

    from livener.loop.queue import Queue
    from livener.loop.settings import WorkerSettings

    if "://" not in where:
        queue = Queue(Path(where), WorkerSettings.read(where))
        queue.job(job)
        queue.close()
