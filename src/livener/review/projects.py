"""Projects: made, listed, and their settings; what is in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.review import guideline_versions
from livener.review.errors import Conflict, NotFound
from livener.review.looks import kept, looks_of
from livener.review.rules import Rules
from livener.store.models import (
    Annotation,
    Correction,
    Document,
    GuidelineVersion,
    LabelSet,
    Membership,
    Project,
    Role,
    Task,
    User,
)


def create(
    session: Session,
    name: str,
    *,
    by: int,
    now: datetime,
    settings: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Project:
    """A new project, whose admin is the one who makes it; ``labels`` with their definitions begin its guidelines.

    Raises:
        InputError: settings or labels that cannot be such.
        Conflict: there is a project of that name.
    """
    Rules.of(settings or {})
    looks_of(settings or {})
    if session.scalar(select(Project.id).where(Project.name == name)) is not None:
        raise Conflict(f"there is a project {name!r}")
    project = Project(name=name, settings=dict(settings or {}), created_at=now)
    session.add(project)
    session.flush()
    session.add(Membership(project_id=project.id, user_id=by, role=Role.ADMIN, skills=[]))
    if labels:
        markdown = "\n".join(f"## {label}\n\n{definition}\n" for label, definition in labels.items())
        guideline_versions.publish(session, project.id, markdown, author=by, now=now, labels=labels)
    return project


def listed(session: Session, user_id: int, *, everything: bool, after: int, limit: int) -> list[tuple[Project, Role]]:
    """The projects of a person with their role, by id; with ``everything`` all projects, as an administrator."""
    mine = (Membership.project_id == Project.id) & (Membership.user_id == user_id)
    asked = select(Project, Membership.role).join(Membership, mine, isouter=everything)
    rows = session.execute(asked.where(Project.id > after).order_by(Project.id).limit(limit))
    return [(project, Role.ADMIN if everything else role) for project, role in rows]


def roles(session: Session) -> dict[str, dict[str, str]]:
    """The role of each user, by name, in each of their projects."""
    found: dict[str, dict[str, str]] = {}
    asked = select(User.name, Project.name, Membership.role).join_from(Membership, User).join(Project)
    for user, project, role in session.execute(asked.order_by(Project.name)):
        found.setdefault(user, {})[project] = role.value
    return found


def get(session: Session, project_id: int) -> Project:
    """The project.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Project, project_id)
    if found is None:
        raise NotFound(f"no project {project_id}")
    return found


def change_settings(session: Session, project_id: int, settings: Mapping[str, Any]) -> Project:
    """Put other settings in the place of a project's.

    Raises:
        InputError: settings that cannot be such.
        NotFound: no such project.
    """
    Rules.of(settings)
    looks_of(settings)
    project = get(session, project_id)
    project.settings = dict(settings)
    return project


def label_sets(session: Session, project_id: int, *, before: int | None = None, limit: int = 100) -> list[LabelSet]:
    """The label sets, newest first, of numbers under ``before``."""
    asked = select(LabelSet).where(LabelSet.project_id == project_id).order_by(LabelSet.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(LabelSet.number < before)
    return list(session.scalars(asked))


def change_labels(
    session: Session,
    project_id: int,
    labels: Mapping[str, str],
    *,
    by: int,
    now: datetime,
    looks: Mapping[str, Any] | None = None,
) -> guideline_versions.Version:
    """New labels, and with them a new version of the guidelines: nobody works under a label set alone.

    ``looks`` (label to colour and key) are those of the present: they make no new version.

    Raises:
        InputError: a label, a colour or a key that cannot be one; one key for two labels; or a section of the
            guidelines that would have no label.
    """
    if looks is not None:
        project = get(session, project_id)
        project.settings = {**project.settings, "looks": kept(looks_of({"looks": looks}), labels)}
    asked = select(GuidelineVersion.markdown).where(GuidelineVersion.project_id == project_id)
    markdown = session.scalar(asked.order_by(GuidelineVersion.number.desc()).limit(1)) or ""
    return guideline_versions.publish(session, project_id, markdown, author=by, now=now, labels=labels)


def statistics(session: Session, project_id: int) -> dict[str, Any]:
    """How many documents, annotations and corrections a project has, and its tasks by state and tier."""
    count = func.count()
    tasks = select(Task.state, Task.tier, count).where(Task.project_id == project_id).group_by(Task.state, Task.tier)
    corrections = (
        select(Correction.kind, count)
        .join(Annotation, Annotation.id == Correction.annotation_id)
        .where(Annotation.project_id == project_id)
        .group_by(Correction.kind)
    )
    return {
        "documents": session.scalar(select(count).where(Document.project_id == project_id)),
        "annotations": session.scalar(select(count).where(Annotation.project_id == project_id)),
        "tasks": [{"state": state, "tier": tier, "count": number} for state, tier, number in session.execute(tasks)],
        "corrections": {kind.value: number for kind, number in session.execute(corrections)},
    }
