"""What no command may choose, or make more of: the texts that a project judges its models by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.project import opened, project_id
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.text import Document

Project = Annotated[
    str | None,
    typer.Option("--project", metavar="FOLDER", help="A project: nothing that its models are judged by comes out."),
]


def apart(documents: "Sequence[Document]", where: str | None) -> "list[Document]":
    """The documents without those whose text is in the golden set of a project of that folder.

    Raises:
        InputError: there is no project.
    """
    if where is None:
        return list(documents)
    from sqlalchemy import select

    from livener.datasets.versions import DatasetVersions
    from livener.store import models

    kept = list(documents)
    with opened(where) as (store, artefacts):
        if artefacts is None:
            raise InputError("is no project folder", where=where, fix="a folder that livener init made")
        with store.reading() as session:
            projects = session.scalars(select(models.Project.id)).all() or [project_id(session, None)]
        for number in projects:
            kept = DatasetVersions(store, artefacts, project=number).without_golden(kept)
    return kept
