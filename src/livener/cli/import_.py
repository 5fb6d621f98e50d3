"""``livener import``: documents into a project."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import number_of, progress, say
from livener.cli.project import Name, Where, audit, opened, project_id
from livener.cli.reading import Encoding, Format, Option, documents, format_options, tell
from livener.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from livener.text import Document

_LONGEST = 500  # characters of the names of files in the audit log


def import_(
    where: Where,
    files: Annotated[list[str], typer.Argument(help="Documents, or folders of them; '-' is standard input.")],
    project: Name = None,
    gold: Annotated[bool, typer.Option("--gold", help="Their spans are final, and not only shown.")] = False,
    user: Annotated[str, typer.Option("--user", help="Who says so.")] = "admin",
    no_tasks: Annotated[bool, typer.Option("--no-tasks", help="Open no tasks for them.")] = False,
    overlap: Annotated[int | None, typer.Option("--overlap", min=1, help="How many people annotate each.")] = None,
    priority: Annotated[
        float | None, typer.Option("--priority", help="One for all; the least sure first else.")
    ] = None,
    skill: Annotated[str, typer.Option("--skill", help="What people must have to get the tasks.")] = "",
    pipeline: Annotated[str, typer.Option("--pipeline", help="What predicted the spans.")] = "import",
    atomic: Annotated[bool, typer.Option("--atomic", help="Keep nothing of an import that fails.")] = False,
    skip_conflicts: Annotated[
        bool, typer.Option("--skip-conflicts", help="Leave out documents whose id has another text.")
    ] = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Bring documents into a project, with what is known of them."""
    from livener.review.intake import import_documents

    now = datetime.now(UTC)
    with opened(where) as (store, _):
        with store.reading() as session:
            id, user_id = project_id(session, project), _user_id(session, user) if gold else None
        with progress("import") as report:
            done = import_documents(
                store,
                id,
                _documents(files, format, encoding, option),
                now=now,
                user_id=user_id,
                gold=gold,
                tasks=not no_tasks,
                overlap=overlap,
                priority=priority,
                skill=skill,
                pipeline=pipeline,
                atomic=atomic,
                skip_conflicts=skip_conflicts,
                progress=report,
            )
        with store.writing() as session:
            names = ", ".join(map(_name, files))[:_LONGEST]
            audit(session, "import", names, now=now, project=id, gold=gold, added=done.added, tasks=done.tasks)
    for problem in done.problems:
        say(f"left out: {problem}")
    same = f", {done.same:,} were there before" if done.same else ""
    left_out = f", {done.conflicts:,} left out" if done.conflicts else ""
    say(f"imported {number_of(done.added, 'document')}, {number_of(done.tasks, 'new task')}{same}{left_out}")


def _name(file: str) -> str:
    return "standard input" if file == "-" else Path(file).name


def _documents(files: list[str], format: str | None, encoding: str, option: list[str] | None) -> "Iterator[Document]":
    from livener.formats import Report
    from livener.review.upload import uploaded

    for file in files:
        if Path(file).suffix.lower() not in {".gz", ".zip"}:
            yield from documents([file], format=format, encoding=encoding, options=option)
            continue
        report, options = Report(), format_options(option, "--option")
        with Path(file).open("rb") as packed:
            yield from uploaded(packed, name=file, format=format, encoding=encoding, report=report, **options)
        tell(report)


def _user_id(session: "Session", name: str) -> int:
    from sqlalchemy import select

    from livener.store.models import User

    if (found := session.scalar(select(User.id).where(User.name == name))) is None:
        raise InputError(f"no user {name!r}", fix="--user NAME")
    return found
