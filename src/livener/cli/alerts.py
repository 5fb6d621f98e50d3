"""``livener alerts``: what moved in production, and what became of it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from livener.cli.console import say, table
from livener.cli.project import Name, Where, audit, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

alerts = typer.Typer(name="alerts", no_args_is_help=True, help="What moved in production.")
Number = Annotated[int, typer.Argument(metavar="ALERT", min=1, max=2**63 - 1, help="The alert's number.")]
_SHOWN, _LONGEST = 5, 200


@alerts.command("list")
def show_all(
    where: Where,
    project: Name = None,
    state: Annotated[str | None, typer.Option("--state", help="open, acknowledged or closed.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List alerts, newest first, with whether text or model changed."""
    from pydantic_core import to_json

    from livener.monitoring.alerts import listed
    from livener.store.models import AlertState

    states = [one.value for one in AlertState]
    if state is not None and state not in states:
        raise InputError(f"no state {state!r}", where="--state", fix=" | ".join(states))
    with opened(where) as (store, _), store.reading() as session:
        wanted = AlertState(state) if state else None
        found = listed(session, project_id(session, project), state=wanted, limit=limit)
    if as_json:
        typer.echo(to_json(found))
        return
    rows = [[one.id, one.kind, one.state, one.opened_at.isoformat(timespec="minutes"), one.summary] for one in found]
    typer.echo(table(["alert", "kind", "state", "since", "what"], rows))


@alerts.command("show")
def show_one(where: Where, number: Number, project: Name = None, as_json: Json = False) -> None:
    """Show what moved, whether text or model changed, the documents that moved most, and what was done."""
    from pydantic_core import to_json

    from livener.monitoring.alerts import get

    with opened(where) as (store, _), store.reading() as session:
        one = get(session, project_id(session, project), number)
    if as_json:
        typer.echo(to_json(one))
        return
    moved = [
        [str(document["key"]), document["why"], " ".join(document["text"].split())[:_LONGEST]]
        for document in (one.documents or ())[:_SHOWN]
    ]
    done = [
        [event.at.isoformat(timespec="minutes"), event.what, event.user or "livener", event.note]
        for event in one.events or ()
    ]
    parts = [f"{one.kind} ({one.state}): {one.summary}"]
    parts += [table(["moved most", "", "text"], moved)] if moved else []
    typer.echo("\n\n".join([*parts, table(["when", "what", "who", "note"], done)]))


@alerts.command("close")
def end(
    where: Where,
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="Why it is over; people read it.")],
    project: Name = None,
) -> None:
    """Close an alert; what moves again is a new one."""
    from livener.monitoring.alerts import close

    now = datetime.now(UTC)
    with opened(where) as (store, _), store.writing() as session:
        found = project_id(session, project)
        close(session, found, number, by=None, said=reason, now=now)
        audit(session, "alert.close", f"alert {number}", now=now, project=found, reason=reason)
    say(f"alert {number} is closed")
