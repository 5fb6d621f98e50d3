"""``livener tasks``: what waits for people."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from livener.cli.console import number_of, say, table
from livener.cli.project import Name, Where, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

tasks = typer.Typer(name="tasks", no_args_is_help=True, help="What waits for people.")
Task = Annotated[int, typer.Argument(metavar="TASK", min=1, max=2**63 - 1, help="The task's number.")]
Why = Annotated[str, typer.Option("--reason", help="Why; people read it.")]


@tasks.command("list")
def show(
    where: Where,
    project: Name = None,
    state: Annotated[str | None, typer.Option("--state", help="Only those in this state.")] = None,
    tier: Annotated[str | None, typer.Option("--tier", help="Only those of this tier.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="Only those of this batch.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List tasks, oldest first."""
    from livener.review import listing
    from livener.store.models import TaskState, Tier

    if state not in {None, *TaskState} or tier not in {None, *Tier}:
        known = TaskState if state not in {None, *TaskState} else Tier
        raise InputError("there is no such state or tier", fix=" | ".join(known))
    with opened(where) as (store, _), store.reading() as session:
        found = listing.tasks(
            session,
            project_id(session, project),
            state=TaskState(state) if state else None,
            tier=Tier(tier) if tier else None,
            batch=batch,
            limit=limit,
        )
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    header = ["id", "state", "tier", "given", "document", "reason"]
    rows = [[one["id"], one["state"], one["tier"], f"{one['given']}/{one['overlap']}", *_ends(one)] for one in found]
    typer.echo(table(header, rows))


@tasks.command("show")
def one(where: Where, task: Task, project: Name = None) -> None:
    """Print one task with all that was said and everything that happened to it, as JSON."""
    from pydantic_core import to_json

    from livener.review.people import Person
    from livener.review.tasks import history, view
    from livener.store.models import Role

    with opened(where) as (store, _), store.reading() as session:
        found = project_id(session, project)
        shown = view(session, found, task, Person(0, Role.ADMIN))
        typer.echo(to_json(shown | {"history": history(session, found, task)}))


@tasks.command("open")
def ask(
    where: Where,
    documents: Annotated[list[str], typer.Argument(metavar="ID…", help="The ids of documents in the project.")],
    reason: Why,
    project: Name = None,
    overlap: Annotated[int | None, typer.Option("--overlap", min=1, help="How many people annotate each.")] = None,
    priority: Annotated[float, typer.Option("--priority", help="Those with more come first.")] = 0.0,
    skill: Annotated[str, typer.Option("--skill", help="What people must have to get them.")] = "",
    batch: Annotated[str | None, typer.Option("--batch", help="A name for them together.")] = None,
) -> None:
    """Ask people about documents that are there."""
    from livener.review import listing, projects
    from livener.review.rules import Rules
    from livener.review.tasks import open_tasks

    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        opened_tasks = open_tasks(
            session,
            found,
            listing.ids_of(session, found, documents),
            now=datetime.now(UTC),
            reason=reason,
            overlap=overlap or Rules.of(projects.get(session, found).settings).overlap,
            priority=priority,
            skill=skill,
            batch=batch,
        )
    say(f"opened {number_of(len(opened_tasks), 'task')}")


@tasks.command()
def reopen(where: Where, task: Task, reason: Why, project: Name = None) -> None:
    """Begin an ended task anew; what was said before is kept."""
    from livener.review import decisions

    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        decisions.reopen(session, found, task, None, reason=reason, now=datetime.now(UTC))
    say(f"task {task} is open")


def _ends(task: dict[str, object]) -> list[object]:
    reason = str(task["reason"])
    return [task["document"], reason if len(reason) <= 60 else f"{reason[:59]}…"]
