"""``livener models``: the model versions of a project, and which of them serves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import number_of, say, table
from livener.cli.project import Name, Where, opened, project_id
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.learning.models import Move
    from livener.learning.serving import Served
    from livener.store import Artefacts, Store

models = typer.Typer(name="models", no_args_is_help=True, help="The model versions, and which of them serves.")
Model = Annotated[str, typer.Argument(metavar="MODEL", help="The number of a model, or an alias such as production.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=2**31 - 1, help="The number of a model.")]
Why = Annotated[str, typer.Option("--reason", help="Why; people read it.")]
Alias = Annotated[str, typer.Option("--alias", help="The name that is moved.")]
Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Files of documents.")]


@models.command("list")
def show_all(where: Where, project: Name = None, as_json: Json = False) -> None:
    """List the versions, newest first."""
    from pydantic_core import to_json

    from livener.learning.models import listed

    with opened(where) as (store, _), store.reading() as session:
        found = listed(session, project_id(session, project), limit=2**31 - 1)
    if as_json:
        typer.echo(to_json(found))
        return
    header = ["number", "aliases", "made", "pipeline", "dev F1", "gate"]
    typer.echo(
        table(
            header,
            [
                [
                    *(one.number, " ".join(one.aliases), one.created_at.isoformat(timespec="minutes"), one.pipeline),
                    one.metrics.get("strict", {}).get("f1", ""),
                    ("passed" if one.gate["passed"] else "rejected") if one.gate else "",
                ]
                for one in found
            ],
        )
    )


@models.command("show")
def show_one(where: Where, model: Model, project: Name = None) -> None:
    """Print what made a version, its figures and what its last gate said, as JSON."""
    from pydantic_core import to_json

    from livener.learning import gate
    from livener.learning.models import find

    with opened(where) as (store, _), store.reading() as session:
        found = project_id(session, project)
        shown = find(session, found, _which(model))
        report = gate.get(session, found, shown.gate["id"]) if shown.gate else None
        typer.echo(to_json(asdict(shown) | {"gate": report}))


@models.command("add")
def keep(
    where: Where,
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="A model directory.")],
    project: Name = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="The dataset version that it learned from.")
    ] = None,
    guidelines: Annotated[int | None, typer.Option("--guidelines", help="The guidelines of its data.")] = None,
    parent: Annotated[int | None, typer.Option("--parent", help="The model that its training went on from.")] = None,
) -> None:
    """Keep a model directory as the next version, with what made it."""
    from livener.learning.models import add

    with _project(where, project) as (store, artefacts, found):
        made = add(
            store,
            artefacts,
            found,
            directory,
            now=datetime.now(UTC),
            dataset=dataset,
            guideline=guidelines,
            parent=parent,
        )
    say(f"{directory} is model {made.number}")


@models.command("gate")
def judge(where: Where, number: Number, project: Name = None, as_json: Json = False) -> None:
    """Judge a version beside what is in production, on documents that no training saw.

    Exit 1 when it is rejected.
    """
    from livener.learning.gate import gate

    with _project(where, project) as (store, artefacts, found):
        served = _served(store, artefacts)
        judged = gate(store, artefacts, found, number, load=lambda one: served(found, one)[1], now=datetime.now(UTC))
    assert judged.report is not None
    typer.echo(json.dumps(judged.report, ensure_ascii=False) if as_json else judged.report["text"])
    if not judged.passed:
        raise typer.Exit(1)


@models.command()
def promote(where: Where, number: Number, reason: Why, project: Name = None, alias: Alias = "production") -> None:
    """Let an alias point at a version; production only at one that passed the gate."""
    from livener.learning.models import promote as move

    with opened(where) as (store, _), store.writing() as session:
        now, found = datetime.now(UTC), project_id(session, project)
        _say(move(session, found, number, alias=alias, reason=reason, by=None, now=now))


@models.command()
def rollback(where: Where, reason: Why, project: Name = None, alias: Alias = "production") -> None:
    """Let an alias point again at what it pointed at before."""
    from livener.learning.models import rollback as move

    with opened(where) as (store, _), store.writing() as session:
        now, found = datetime.now(UTC), project_id(session, project)
        _say(move(session, found, alias=alias, reason=reason, by=None, now=now))


@models.command()
def shadow(
    where: Where,
    number: Number,
    files: Files,
    project: Name = None,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Print the documents that a version and production read differently, as JSON Lines."""
    from livener.learning.serving import shadow as read_beside

    with _project(where, project) as (store, artefacts, found):
        served = _served(store, artefacts)
        (against, current), (_, candidate) = served(found), served(found, number)
    texts = documents(files, format=format, encoding=encoding, options=option)
    same = different = 0
    for one in read_beside(texts, current=current, candidate=candidate):
        if one.same:
            same += 1
            continue
        different += 1
        sides = {"current": one.current, "candidate": one.candidate}
        spans = {side: [asdict(span) for span in read] for side, read in sides.items()}
        typer.echo(json.dumps({"id": one.document.id, "text": one.document.text} | spans, ensure_ascii=False))
    say(f"models {against} and {number} read {number_of(same, 'document')} the same, {different:,} differently")


@models.command()
def require(
    where: Where,
    files: Files,
    project: Name = None,
    note: Annotated[str, typer.Option("--note", help="The incident that they come from.")] = "",
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Add documents with the spans that every model must find in them before it serves."""
    from livener.learning import regressions

    given = list(documents(files, format=format, encoding=encoding, options=option))
    with opened(where) as (store, _), store.writing() as session:
        now, found = datetime.now(UTC), project_id(session, project)
        for document in given:
            regressions.add(session, found, document, note=note, now=now)
    say(f"every model must pass {number_of(len(given), 'more example')}")


def _which(model: str) -> int | str:
    return int(model) if model.isdecimal() else model


@contextmanager
def _project(where: str, name: str | None) -> "Iterator[tuple[Store, Artefacts, int]]":
    """The store, the artefacts, and the id of the project."""
    with opened(where) as (store, artefacts):
        if artefacts is None:
            raise InputError("where the models are is not known", where=where, fix="LIVENER_STORE_ARTEFACTS")
        with store.reading() as session:
            found = project_id(session, name)
        yield store, artefacts, found


def _served(store: "Store", artefacts: "Artefacts") -> "Served":
    from livener.learning.serving import Served

    return Served(store, artefacts)


def _say(move: "Move") -> None:
    say(f"{move.alias} is model {move.number}" + (f", and was model {move.before}" if move.before else ""))
