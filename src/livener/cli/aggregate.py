"""``livener aggregate``: one gold from many annotators."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.agree import Files, annotated
from livener.cli.console import say, table
from livener.cli.reading import Encoding, Format, Json, Option, tell
from livener.errors import InputError


def aggregate(
    files: Files,
    out: Annotated[str, typer.Option("--out", "-o", help="The file to write; '-' is standard output.")],
    method: Annotated[
        str, typer.Option("--method", help="dawid-skene (weighs people by their error rates) or majority.")
    ] = "dawid-skene",
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Make one gold from many annotators, and say how far each of them can be relied on."""
    from livener.datasets import METHODS
    from livener.formats import Report, write

    if method not in METHODS:
        raise InputError(f"no method {method!r}", where="--method", fix=" | ".join(METHODS))
    found = METHODS[method](annotated(files, format=format, encoding=encoding, option=option))
    name = "gold" if out == "-" else Path(out).stem
    numbered = [
        document if document.id else replace(document, id=f"{name}:{number}")
        for number, document in enumerate(found.documents, 1)
    ]
    report = Report()
    count = write(numbered, out, report=report)
    tell(report)
    scores = [[who, one.f1, one.precision, one.recall, one.predicted] for who, one in found.reliability.items()]
    text = (
        json.dumps(found.as_dict(), ensure_ascii=False)
        if as_json
        else table(["annotator", "f1", "precision", "recall", "spans"], scores)
    )
    typer.echo(text, err=out == "-")
    if out != "-":
        say(f"wrote {out}: {count:,} documents")
