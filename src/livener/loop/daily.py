"""Jobs that begin by themselves, at the times that the rules of a project name."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.loop import conditions, kinds
from livener.loop.rules import LoopRules, SampleRules, WatchRules
from livener.store.models import Job, Project


def due(session: Session, *, now: datetime, folder: Path) -> Iterator[tuple[int, str]]:
    """The projects and kinds of jobs whose time has come; the inference log, if there is one, is in ``folder``."""
    for id in session.scalars(select(Project.id).order_by(Project.id)).all():
        yield from ((id, kind) for kind in ("watch", "sample") if _when(session, id, kind, now=now, folder=folder))


def begin(session: Session, project_id: int, kind: str, *, now: datetime, folder: Path) -> int | None:
    """Begin the job if its time has (still) come: its id."""
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update())  # two workers look at once
    found = _when(session, project_id, kind, now=now, folder=folder)
    if found is None:
        return None
    rules, reason = found
    arguments = rules.model_dump(exclude={"enabled", "cron"})
    return kinds.start(session, project_id, kind, arguments, now=now, reason=reason)


def _when(
    session: Session, id: int, kind: str, *, now: datetime, folder: Path
) -> tuple[WatchRules | SampleRules, str] | None:
    project = session.get_one(Project, id)
    try:
        rules: WatchRules | SampleRules = getattr(LoopRules.of(project.settings), kind)
    except InputError:  # whoever sets rules by HTTP is told; what was written past it must not stop the others
        return None
    log = rules.log or str(folder / "log")
    if not rules.enabled or not ("://" in log or Path(log).is_dir()):
        return None
    last = session.scalar(select(func.max(Job.created_at)).where(Job.project_id == id, Job.kind == kind))
    since = last or project.created_at
    found = conditions.find(session, id, "schedule", {"cron": rules.cron}, since=since, now=now)
    return (rules, found.detail) if found.holds else None
