"""``livener log``: what was predicted in production, and forgetting whom the log must not know."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import number_of, say, table
from livener.cli.project import Name, Where, audit, opened, project_id
from livener.cli.reading import Json
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.monitoring.log import Log, Window
    from livener.monitoring.log.pages import Place, Wanted
    from livener.server.settings import LogSettings

    Part = Callable[..., list[dict[str, Any]]]

log = typer.Typer(name="log", no_args_is_help=True, help="What was predicted in production.")
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From this time on; a week before the end of it.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time; now if not given.")]
Label = Annotated[str | None, typer.Option("--label", help="Only spans of this label.")]
Surface = Annotated[str | None, typer.Option("--surface", metavar="TEXT", help="Only spans of exactly this text.")]
Version = Annotated[int | None, typer.Option("--version", metavar="N", help="Only by the model of this number.")]
Domain = Annotated[str | None, typer.Option("--domain", help="Only texts of this domain.")]
Document = Annotated[str | None, typer.Option("--document", metavar="ID", help="Only the text with this id.")]
Caller = Annotated[str | None, typer.Option("--caller", metavar="USER", help="Only what this user asked for.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
_AT_ONCE = 1000


@log.command()
def spans(
    where: Where,
    project: Name = None,
    since: Since = None,
    until: Until = None,
    label: Label = None,
    surface: Surface = None,
    version: Version = None,
    domain: Domain = None,
    document: Document = None,
    caller: Caller = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Print the spans that were predicted, oldest first; with --json as JSON Lines."""
    from livener.monitoring.log import pages

    wanted = pages.Wanted(label, surface, version, domain, document, caller)
    found = _asked(pages.spans, pages.span_place, where, project, (since, until), wanted, limit)
    if as_json:
        _lines(found)
        return
    names = ["time", "label", "surface", "score", "model", "key", "domain", "caller"]
    typer.echo(table([*names[:4], "version", "document", *names[6:]], [_row(one, names) for one in found]))


@log.command()
def documents(
    where: Where,
    project: Name = None,
    since: Since = None,
    until: Until = None,
    label: Label = None,
    surface: Surface = None,
    version: Version = None,
    domain: Domain = None,
    document: Document = None,
    caller: Caller = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Print the texts that were read, oldest first; with --json as JSON Lines, with their spans."""
    from livener.monitoring.log import pages

    wanted = pages.Wanted(label, surface, version, domain, document, caller)
    found = _asked(pages.documents, pages.document_place, where, project, (since, until), wanted, limit)
    if as_json:
        _lines(found)
        return
    names = ["time", "key", "length", "model", "domain", "caller"]
    rows = [[*_row(one, names), len(one["spans"])] for one in found]
    typer.echo(table(["time", "document", "length", "version", "domain", "caller", "spans"], rows))


@log.command()
def erase(
    where: Where,
    project: Name = None,
    document: Annotated[str | None, typer.Option("--document", metavar="ID", help="The id of a text.")] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="Whom texts are about, as their metadata said.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many rows that is.")] = False,
) -> None:
    """Erase a document or a person from the log, for good."""
    from livener.monitoring.log.erasure import By
    from livener.monitoring.log.upkeep import forget

    if (document is None) == (person is None):
        raise InputError("not one of a document and a person", fix="--document ID or --person NAME")
    by: By = "key" if person is None else "person"
    value, now, settings = (document or person or ""), datetime.now(UTC), _settings(where)
    with opened(where) as (store, _):
        with store.reading() as session:
            number = project_id(session, project)

        def tell(detail: Mapping[str, Any]) -> None:
            with store.writing() as session:
                audit(session, "erase", "inference log", now=now, project=number, **detail)

        told = None if dry_run else tell
        found = forget(settings.url, number, by=by, value=value, now=now, spool=settings.spool, told=told)
    what = f"{number_of(found.documents, 'text')} with {number_of(found.spans, 'span')}"
    say(f"{what} would be erased" if dry_run else f"erased {what}")


def _asked(
    part: "Part",
    place: "Callable[[Mapping[str, Any]], Place]",
    where: str,
    project: str | None,
    times: tuple[str | None, str | None],
    wanted: "Wanted",
    limit: int,
) -> Iterator[dict[str, Any]]:
    """The rows, part after part."""
    from livener.monitoring.log import Log
    from livener.monitoring.log.pages import window_of

    settings = _settings(where)
    with opened(where) as (store, _), store.reading() as session:
        number = project_id(session, project)
    since, until = (_time(one) for one in times)
    window = window_of(since, until, now=datetime.now(UTC))
    return _parts(part, place, Log(settings.url, spool=settings.spool), number, window, wanted, limit)


def _parts(
    part: "Part",
    place: "Callable[[Mapping[str, Any]], Place]",
    read: "Log",
    project: int,
    window: "Window",
    wanted: "Wanted",
    limit: int,
) -> Iterator[dict[str, Any]]:
    after = None
    while limit > 0:
        found = part(read, project, window, wanted, limit=min(limit, _AT_ONCE), after=after)
        yield from found
        if len(found) < min(limit, _AT_ONCE):
            return
        limit -= len(found)
        after = place(found[-1])


def _settings(where: str) -> "LogSettings":
    from livener.server.settings import FILE, Settings

    if not Path(where, FILE).is_file():
        raise InputError("not a project folder, which says where the log is", where=where, fix="livener init")
    settings = Settings.read(where).log
    assert settings is not None, "read() takes the folder of the project"
    return settings


def _time(given: str | None) -> datetime | None:
    from livener.monitoring.drift.times import moment

    found = moment(given) if given else None
    if given and found is None:
        raise InputError(f"no time {given!r}", fix="2024-05-01 or 2024-05-01T08:00:00+02:00")
    return found


def _row(found: Mapping[str, Any], names: Sequence[str]) -> list[object]:
    values = {**found, "time": found["time"].isoformat(timespec="seconds")}
    return ["–" if values.get(name) in (None, "") else values[name] for name in names]


def _lines(found: Iterator[dict[str, Any]]) -> None:
    from pydantic_core import to_json

    for one in found:
        typer.echo(to_json(one))
