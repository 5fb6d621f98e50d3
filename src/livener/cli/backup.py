"""``livener backup``: everything of a store in one file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import number_of, say
from livener.cli.project import Where, opened


def backup(
    where: Where,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write; a new one.")],
) -> None:
    """Back up a store and its artefacts while others go on working."""
    from livener.store.backup import backup

    with opened(where) as (store, artefacts):
        made = backup(store, out, artefacts=artefacts, now=datetime.now(UTC))
    if artefacts is None:
        say("note: only the store: where its artefacts are, its URL does not say")
    rows = number_of(sum(made.rows.values()), "row")
    say(f"wrote {out}: {rows}, {number_of(made.artefacts, 'artefact')}")
