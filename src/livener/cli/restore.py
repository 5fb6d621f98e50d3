"""``livener restore``: a store from a backup."""

from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import number_of, say
from livener.cli.project import Where
from livener.errors import InputError


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What livener backup wrote.")],
    where: Where,
    url: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="The store of a new folder; SQLite in it otherwise.")
    ] = None,
) -> None:
    """Fill an empty store from a backup: that of a new project folder, or at a URL."""
    from livener.store import Artefacts, Store
    from livener.store.backup import restore
    from livener.store.folder import FILE, create, places

    if "://" not in where and not (Path(where) / FILE).exists():
        create(where, url=url)
    elif url:
        raise InputError("there is a store already", where=where, fix="restore without --store")
    found = places(where)
    with Store(found.url) as store:
        made = restore(file, store, artefacts=Artefacts(found.artefacts) if found.artefacts else None)
    say(f"restored {number_of(sum(made.rows.values()), 'row')} of {made.made:%Y-%m-%d %H:%M} UTC to {where}")
