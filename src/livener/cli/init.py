"""``livener init``: a project folder with its store."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import say
from livener.errors import InputError


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder, or a project already.")],
    name: Annotated[
        str | None, typer.Option("--name", help="The project's name; that of the folder otherwise.")
    ] = None,
    labels: Annotated[
        str | None, typer.Option("--labels", metavar="A,B,…", help="The labels to annotate; more can come later.")
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="The store; SQLite in the folder otherwise.")
    ] = None,
) -> None:
    """Make a project, or bring the store of one up to this version."""
    from livener.review import projects
    from livener.store import Store
    from livener.store.folder import FILE, create, places

    # isort: split
    from sqlalchemy import select

    from livener.store.models import Project, User

    now = datetime.now(UTC)
    if not (folder / FILE).exists():
        create(folder, url=store)
    elif store:
        raise InputError("the project has a store already", where=str(folder / FILE), fix="init without --store")
    name = name or folder.resolve().name
    with Store(places(folder).url) as opened:
        opened.upgrade()
        with opened.writing() as session:
            if made := session.scalar(select(Project.id).where(Project.name == name)) is None:
                admin = session.scalar(select(User).where(User.name == "admin"))
                if admin is None:  # without a password: the link of the first start sets it
                    admin = User(name="admin", created_at=now, administrator=True)
                    session.add(admin)
                    session.flush()
                wanted = {label.strip(): "" for label in (labels or "").split(",") if label.strip()}
                projects.create(session, name, by=admin.id, now=now, labels=wanted)
    say(f"{'made the project' if made else 'there is the project'} {name!r} in {folder}")
    say(f"next: livener import {folder} FILE…, then livener serve {folder}")
