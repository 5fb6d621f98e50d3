"""``livener tasks``: what waits for people."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import number_of, say, table
from livener.cli.project import Name, Where, audit, opened, project_id
from livener.cli.reading import Json
from livener.cli.reading import documents as read
from livener.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livener.review.adjudication import Position

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
    reason: Why,
    documents: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="The ids of documents in the project.")
    ] = None,
    project: Name = None,
    overlap: Annotated[int | None, typer.Option("--overlap", min=1, help="How many people annotate each.")] = None,
    priority: Annotated[float, typer.Option("--priority", help="Those with more come first.")] = 0.0,
    skill: Annotated[str, typer.Option("--skill", help="What people must have to get them.")] = "",
    batch: Annotated[str | None, typer.Option("--batch", help="A name for them together.")] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="Ask yes or no about their predicted spans only.")
    ] = False,
    below: Annotated[
        float | None, typer.Option("--below", min=0, max=1, help="Of those, about the ones with a lower score.")
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option("--asked", help="Instead of ids: a file of `select --unit words`, about whose words only."),
    ] = None,
) -> None:
    """Ask people about documents that are there, or about words in them."""
    from livener.review import listing, projects
    from livener.review.rules import Rules
    from livener.review.tasks import open_tasks, parts_of
    from livener.store.models import TaskKind

    if bool(documents) == bool(asked):
        raise InputError("which documents?", fix="their ids, or --asked FILE")
    words = list(read(asked or (), format="jsonl", encoding="utf-8"))
    now = datetime.now(UTC)
    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        parts = parts_of(session, found, words)
        opened_tasks = open_tasks(
            session,
            found,
            listing.ids_of(session, found, documents) if documents else list(parts),
            now=now,
            reason=reason,
            overlap=overlap or Rules.of(projects.get(session, found).settings).overlap,
            priority=priority,
            skill=skill,
            batch=batch,
            kind=TaskKind.QUESTION if questions else TaskKind.DOCUMENT,
            below=below,
            parts=parts,
        )
        audit(session, "tasks.open", reason, now=now, project=found, tasks=len(opened_tasks))
    say(f"opened {number_of(len(opened_tasks), 'task')}")


@tasks.command()
def reopen(where: Where, task: Task, reason: Why, project: Name = None) -> None:
    """Begin an ended task anew; what was said before is kept."""
    from livener.review import decisions

    now = datetime.now(UTC)
    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        decisions.reopen(session, found, task, None, reason=reason, now=now)
        audit(session, "task.reopen", f"task {task}", now=now, project=found, reason=reason)
    say(f"task {task} is open")


@tasks.command()
def calibrate(
    where: Where,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The session's name.")],
    documents: Annotated[int | None, typer.Option("--documents", min=1, help="Begin it, with so many.")] = None,
    people: Annotated[list[str] | None, typer.Option("--person", help="Who takes part; everybody else.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the choice of documents.")] = 0,
    close: Annotated[bool, typer.Option("--close", help="End it; what people said in it stays.")] = False,
    project: Name = None,
    as_json: Json = False,
) -> None:
    """The same documents for everybody: begin a calibration session, or see where its people differ."""
    from livener.review import calibration

    now = datetime.now(UTC)
    with opened(where) as (store, _):
        if documents is not None:
            with store.writing() as session:
                found = project_id(session, project)
                keys = calibration.draw(session, found, documents, seed=seed)
                calibration.create(session, found, name=name, documents=keys, people=people, now=now)
                audit(session, "calibration.open", f"calibration session {name}", now=now, project=found)
            say(f"began {name}: {number_of(len(keys), 'document')} for everybody, before all others")
            return
        if close:
            with store.writing() as session:
                found = project_id(session, project)
                calibration.close(session, found, name, user_id=None, now=now)
                audit(session, "calibration.close", f"calibration session {name}", now=now, project=found)
            say(f"closed {name}")
            return
        with store.reading() as session:
            results = calibration.results(session, project_id(session, project), name)
    if as_json:
        typer.echo(json.dumps(results.as_dict(), ensure_ascii=False))
        return
    done = results.progress.done
    say(f"{name}: " + ", ".join(f"{who} {count}/{results.progress.documents}" for who, count in done.items()))
    rows = [
        [one.document, one.text[place.start : place.end], place.state.value, *_said(place, done)]
        for one in results.documents
        for place in one.positions
    ]
    typer.echo(table(["document", "text", "state", *done], rows))
    if (agreed := results.agreement.overall) is not None:
        figures = agreed.everyone.overall
        kappa = "–" if figures.fleiss is None else f"{figures.fleiss:.3f}"
        typer.echo(f"\nstrict F1 {figures.strict:.3f}, Fleiss κ {kappa}; more of it: --json")


def _said(position: "Position", people: "Iterable[str]") -> list[str]:
    """What each of the people said there."""
    return [
        " ".join(sorted({variant.span.label for variant in position.variants if who in variant.authors})) or "–"
        for who in people
    ]


def _ends(task: dict[str, object]) -> list[object]:
    reason = str(task["reason"])
    return [task["document"], reason if len(reason) <= 60 else f"{reason[:59]}…"]
