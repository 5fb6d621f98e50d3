"""The project that a command works on: a folder that ``livener init`` made, or the URL of a store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from livener.store import Artefacts, Store

Where = Annotated[str, typer.Argument(metavar="PROJECT", help="The project folder, or the URL of a store.")]
Name = Annotated[str | None, typer.Option("--project", help="Its name, where the store has several projects.")]


def is_project(where: str) -> bool:
    """Whether it is a project folder or the URL of a store, and no file of documents."""
    return "://" in where or Path(where, "livener.toml").is_file()


@contextmanager
def opened(where: str) -> "Iterator[tuple[Store, Artefacts | None]]":
    """The store, at the newest revision, and the artefacts where they are known.

    Raises:
        InputError: there is none, or it cannot be opened.
    """
    from livener.store import Artefacts, Store
    from livener.store.folder import places

    found = places(where)
    with Store(found.url) as store:
        if store.revision is None:
            raise InputError("the store is empty", where=where, fix="livener init, or livener restore")
        store.upgrade()
        yield store, Artefacts(found.artefacts) if found.artefacts else None


def audit(
    session: "Session", action: str, subject: str, *, now: datetime, project: int | None, **detail: Any
) -> None:
    """Note in the audit log what was done. Whoever has the store in hand has no name there."""
    from livener.store.models import AuditEntry

    entry = {"at": now, "user_id": None, "project_id": project, "action": action, "subject": subject}
    session.add(AuditEntry(**entry, detail=detail))


def project_id(session: "Session", name: str | None) -> int:
    """The id of the project of that name, or of the only one.

    Raises:
        InputError: there is none, or there are several.
    """
    from sqlalchemy import select

    from livener.store.models import Project

    known = {project: id for id, project in session.execute(select(Project.id, Project.name).order_by(Project.id))}
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        problem = "the store has several projects" if name is None else f"no project {name!r}"
        raise InputError(problem, fix=f"--project {' | '.join(known)}")
    return known[name]
