"""``livener export``: documents out of a project."""

from typing import Annotated

import typer

from livener.cli.console import number_of, progress, say
from livener.cli.project import Name, Where, opened, project_id
from livener.cli.reading import tell


def export(
    where: Where,
    project: Name = None,
    what: Annotated[str, typer.Option("--what", help="resolved | annotations | predictions")] = "resolved",
    to: Annotated[
        str | None, typer.Option("--to", help="Output format; recognised from the name of the file when not given.")
    ] = None,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="The file; standard output otherwise.")
    ] = "-",
) -> None:
    """Write a project's documents with what was settled, said or predicted."""
    from livener.formats import Report
    from livener.review import outlet

    report = Report()
    with opened(where) as (store, _), store.reading() as session, progress("export") as shown:
        id = project_id(session, project)
        count = outlet.export(session, id, out, what=what, format=to, report=report, progress=shown)
    tell(report)
    if out != "-":
        say(f"wrote {out}: {number_of(count, 'document')}")
