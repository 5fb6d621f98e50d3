"""``livener stats``: what is in a data set."""

import json
from typing import Annotated

import typer

from livener.cli.console import counted, table
from livener.cli.reading import Encoding, Format, Json, Option, documents


def stats(
    files: Annotated[list[str], typer.Argument(help="Annotated documents; '-' is standard input.")],
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Summarise documents: sizes, labels, ambiguous forms."""
    from livener.datasets import statistics

    found = statistics(counted(documents(files, format=format, encoding=encoding, options=option), "read"))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    rows = [[name.replace("_", " "), value] for name, value in found.as_dict().items() if not isinstance(value, dict)]
    typer.echo(table(["", "count"], rows))
    if found.labels:
        typer.echo()
        header = ["label", "spans", "forms", "tokens a span", "frequent"]
        typer.echo(
            table(
                header,
                [
                    [label, one.spans, one.forms, one.mean_tokens, ", ".join(map(_quoted, one.frequent))]
                    for label, one in found.labels.items()
                ],
            )
        )
    if found.ambiguous:
        typer.echo()
        typer.echo(
            table(
                ["form with several labels", "counts"],
                [
                    [_quoted(form), ", ".join(f"{label} {count:,}" for label, count in counts.items())]
                    for form, counts in found.ambiguous.items()
                ],
            )
        )


def _quoted(form: str) -> str:
    return repr(form if len(form) <= 40 else f"{form[:39]}…")
