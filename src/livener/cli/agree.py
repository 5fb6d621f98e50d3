"""``livener agree``: how far several people agree on the same texts."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import say, table
from livener.cli.project import Name, is_project, opened, project_id
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener import metrics
    from livener.metrics import Figures
    from livener.text import Document

Files = Annotated[
    list[str], typer.Argument(metavar="A B [C …]", help="Annotated documents, one file for each annotator.")
]
FilesOrProject = Annotated[
    list[str],
    typer.Argument(metavar="A B [C …]", help="Annotated documents, one file for each annotator; or one project."),
]


def agree(
    files: FilesOrProject,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
    project: Name = None,
    batch: Annotated[str | None, typer.Option("--batch", help="Only the tasks of this batch of a project.")] = None,
) -> None:
    """Measure how far annotators agree: spans and tokens, overall, per label, per pair."""
    from livener import metrics

    if len(files) == 1 and is_project(files[0]):
        found = _of_project(files[0], project, batch)
    else:
        found = metrics.agreement(annotated(files, format=format, encoding=encoding, option=option))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    everyone = found.everyone
    rows = [_row("all", everyone.overall), *(_row(*one) for one in everyone.per_label.items())]
    typer.echo(table(["", *_HEADER], rows))
    if len(found.pairs) > 1:
        rows = [_row(f"{a} · {b}", pair.overall, pair.documents) for (a, b), pair in found.pairs.items()]
        typer.echo("\n" + table(["", *_HEADER, "documents"], rows))
    typer.echo(
        f"\n{len(found.annotators)} annotators, {everyone.documents:,} documents that two or more of them annotated, "
        f"{everyone.tokens:,} tokens"
    )


def _of_project(where: str, project: str | None, batch: str | None) -> "metrics.Agreement":
    from livener.review import agreement

    with opened(where) as (store, _), store.reading() as session:
        found = agreement.agreement(session, project_id(session, project), batch=batch)
    if found.overall is None:
        raise InputError("no document was annotated by two people", where=where, fix="tasks with an overlap of 2")
    return found.overall


_HEADER = ["strict", "boundary", "label", "Cohen κ", "marked", "Fleiss κ", "marked", "α", "spans"]


def _row(name: str, figures: "Figures", *more: int) -> list[object]:
    values = (
        figures.strict,
        figures.boundary,
        figures.label_given_boundary,
        figures.cohen,
        figures.cohen_marked,
        figures.fleiss,
        figures.fleiss_marked,
        figures.alpha,
    )
    return [name, *("–" if value is None else f"{value:.3f}" for value in values), figures.spans, *more]


def annotated(
    files: Sequence[str], *, format: str | None, encoding: str, option: list[str] | None
) -> "list[dict[str, Document]]":
    """What each person made of each text, from one file for each person; the file's name is the person's.

    An id that a reader made up from the file's name says nothing about another file, and is left out.
    """
    from livener.datasets import match

    if len(files) < 2:
        raise InputError(
            "one annotator has nobody to agree with", where=files[0], fix="a file for each of two or more"
        )
    stems = ["stdin" if file == "-" else Path(file).stem for file in files]
    names = stems if len(set(stems)) == len(files) else list(files)
    if len(set(names)) < len(files):
        raise InputError("the same file is given twice", where=max(names, key=names.count))
    texts = match(
        {
            name: [
                replace(one, id="") if re.fullmatch(rf"{re.escape(stem)}:\d+", one.id) else one
                for one in documents([file], format=format, encoding=encoding, options=option)
            ]
            for name, stem, file in zip(names, stems, files, strict=True)
        }
    )
    if partly := sum(not document.complete for people in texts for document in people.values()):
        say(f"note: {partly:,} documents are partly annotated and left out")
    return texts
