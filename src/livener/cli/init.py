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
    template: Annotated[
        str | None,
        typer.Option(
            "--template", metavar="DOMAIN", help="Begin as in clinical, finance, legal, news, retail, support."
        ),
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="The store; SQLite in the folder otherwise.")
    ] = None,
) -> None:
    """Make a project, or bring the store of one up to this version."""
    from livener.pipeline import default_config
    from livener.pipeline.templates import template as template_of
    from livener.review import guideline_versions, guidelines, projects
    from livener.store import Store
    from livener.store.folder import FILE, create, places

    # isort: split
    from sqlalchemy import select

    from livener.store.models import Project, User

    now = datetime.now(UTC)
    if template and labels:
        raise InputError("a template brings its labels", fix="--template or --labels")
    domain = template_of(template) if template else None
    if not (folder / FILE).exists():
        create(folder, url=store)
        if domain:
            domain.write(folder)
        else:
            (folder / "pipeline.toml").write_text(default_config(), encoding="utf-8")
    elif domain:
        raise InputError("there is a project already", where=str(folder), fix="--template with a new folder")
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
                settings = domain.settings if domain else {}
                project = projects.create(session, name, by=admin.id, now=now, labels=wanted, settings=settings)
                if domain:
                    markdown = domain.files["guidelines.md"]
                    wanted = {one.label: one.definition for one in guidelines.parse(markdown).sections}
                    guideline_versions.publish(session, project.id, markdown, author=admin.id, now=now, labels=wanted)
    say(f"{'made the project' if made else 'there is the project'} {name!r} in {folder}")
    if domain:
        say(
            f"{domain.about}: labels and guidelines, pipeline.toml with its lists, and five worked examples are in it"
        )
    say(f"next: livener import {folder} FILE…, then livener serve {folder}")
