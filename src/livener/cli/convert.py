"""``livener convert``: one format into another."""

from typing import Annotated

import typer

from livener.cli.console import counted, number_of, say
from livener.cli.reading import Encoding, Format, Option, documents, format_options, tell


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="The file to read; '-' is standard input.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="The file to write; '-' is standard output.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Output format; recognised from the name of OUT when not given.")
    ] = None,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
    out_option: Annotated[
        list[str] | None,
        typer.Option("--out-option", metavar="NAME=VALUE", help="An option of the output format; repeatable."),
    ] = None,
) -> None:
    """Convert documents from one format to another."""
    from livener.formats import Report, write

    report = Report()
    found = counted(documents([source], format=format, encoding=encoding, options=option), "convert")
    count = write(found, target, format=to, report=report, **format_options(out_option, "--out-option"))
    tell(report)
    if target != "-":
        say(f"wrote {target}: {number_of(count, 'document')}")
