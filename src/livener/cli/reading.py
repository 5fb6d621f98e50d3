"""Reading what the user names: models, documents, settings; shared options."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import say
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.formats import Report
    from livener.text import Document

Format = Annotated[str | None, typer.Option("--format", help="Input format; recognised when not given.")]
Encoding = Annotated[str, typer.Option("--encoding", help="Input encoding.")]
Option = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An option of the input format; repeatable."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

# Counted, but nothing that a person need look after.
_FIGURES = {"documents", "sentences", "tokens", "spans", "texts joined from tokens"}


def documents(
    paths: Iterable[str], *, format: str | None, encoding: str, options: Iterable[str] | None = None
) -> "Iterator[Document]":
    """The documents of the files in order, streamed; what had to be repaired is told on stderr after each file."""
    from livener.formats import Report, read

    arguments = format_options(options, "--option")
    for path in paths:
        report = Report()
        yield from read(path, format=format, encoding=encoding, report=report, **arguments)
        tell(report)


def tell(report: "Report") -> None:
    """The notes of a report on stderr: the first few of each kind, then how many there were."""
    for note in report.notes:
        say(f"note: {note.where}: {note.message}")
    kinds = {kind: count for kind, count in report.counts.items() if kind not in _FIGURES}
    if sum(kinds.values()) > len(report.notes):
        say(f"note: in all: {', '.join(f'{kind} {count:,}' for kind, count in kinds.items())}")


def format_options(pairs: Iterable[str] | None, option: str) -> dict[str, Any]:
    """`settings` for a format's reader or writer; what has an option of its own is refused."""
    found = settings(pairs or (), option)
    if own := sorted(found.keys() & {"path", "format", "encoding", "report"}):
        raise InputError(f"{option} {own[0]!r} is not an option of a format", fix="--format, --encoding or --to")
    return found


def settings(pairs: Iterable[str], option: str = "--set") -> dict[str, Any]:
    """``name=value`` pairs as a dictionary; a value that reads as JSON is JSON, anything else a string.

    >>> settings(["l2=0.1", "gazetteers=[\\"a.csv\\"]", "scheme=BIO"])
    {'l2': 0.1, 'gazetteers': ['a.csv'], 'scheme': 'BIO'}
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise InputError(f"{option} {pair!r} has no name or no value", fix=f"{option} name=value")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
