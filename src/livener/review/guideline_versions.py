"""The numbered versions of a project's guidelines: who published what, and who has not read it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review.errors import Conflict, NotFound
from livener.review.guidelines import SectionDiff, changed_labels, check, diff, parse
from livener.store.models import GuidelineRead, GuidelineVersion, LabelSet, Membership, Project, User

LONGEST = 500_000
"""Characters of guidelines: some 150 pages."""

_LONGEST_LABEL = 100
_MOST_LABELS = 1000
_READ = text(
    "INSERT INTO guideline_reads (project_id, user_id, guideline_version_id, at)"
    " VALUES (:project_id, :user_id, :guideline_version_id, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=GuidelineRead.at.type))
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL keeps no NUL, and UTF-8 no lone surrogate


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the guidelines. ``labels`` maps each label to its definition; ``missing`` have no section.

    ``looks`` are the colours and keys of its labels that the project has chosen by now.
    """

    number: int
    markdown: str
    labels: Mapping[str, str]
    missing: tuple[str, ...]
    author: str
    created_at: datetime
    looks: Mapping[str, Mapping[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Unread:
    """A member who is to read the ``latest`` version: these sections changed since they ``read`` one, if ever."""

    user: str
    read: int | None
    latest: int
    labels: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def publish(
    session: Session,
    project_id: int,
    markdown: str,
    *,
    author: int,
    now: datetime,
    labels: Mapping[str, str] | None = None,
    expected: int | None = None,
) -> Version:
    """A new version, with a new label set where ``labels`` (label to definition) differ from the present ones.

    ``expected`` is the number of the version that was edited. What is in force already is not published again.

    Raises:
        InputError: a section of no label or twice, an example that cannot be read, labels that cannot be such.
        NotFound: no such project.
        Conflict: another version than ``expected`` is in force by now.
    """
    # One at a time in a project, so that numbers have no gap and no version is written over unseen.
    locked = select(Project.id).where(Project.id == project_id).with_for_update()
    if session.scalar(locked) is None:
        raise NotFound(f"no project {project_id}")
    now_in_force = session.execute(_versions(project_id).limit(1)).one_or_none()
    number = now_in_force.number if now_in_force else 0
    if expected is not None and expected != number:
        raise Conflict(f"version {number} of the guidelines was published meanwhile; the edit began from {expected}")
    label_set = session.scalars(
        select(LabelSet).where(LabelSet.project_id == project_id).order_by(LabelSet.number.desc()).limit(1)
    ).first()
    wanted = dict(label_set.labels if labels is None and label_set else labels or {})
    _check_labels(wanted)
    _check_text(markdown, "guidelines", LONGEST)
    check(parse(markdown), set(wanted))
    ordered = list(wanted.items())  # a label's key follows its place
    if now_in_force and now_in_force.markdown == markdown and list(now_in_force.labels.items()) == ordered:
        return _version(now_in_force)
    if label_set is None or list(label_set.labels.items()) != ordered:
        label_set = LabelSet(
            project_id=project_id, number=label_set.number + 1 if label_set else 1, labels=wanted, created_at=now
        )
        session.add(label_set)
        session.flush()
    new = {"project_id": project_id, "number": number + 1, "label_set_id": label_set.id, "markdown": markdown}
    session.execute(insert(GuidelineVersion), new | {"author_id": author, "created_at": now})
    return get(session, project_id, number + 1)


def latest(session: Session, project_id: int) -> Version:
    """The version in force.

    Raises:
        NotFound: the project has no guidelines yet.
    """
    if found := session.execute(_versions(project_id).limit(1)).one_or_none():
        return _version(found)
    raise NotFound("the project has no guidelines yet")


def get(session: Session, project_id: int, number: int) -> Version:
    """One version.

    Raises:
        NotFound: there is none of this number.
    """
    if found := session.execute(_versions(project_id).where(GuidelineVersion.number == number)).one_or_none():
        return _version(found)
    raise NotFound(f"no version {number} of the guidelines")


def versions(session: Session, project_id: int, *, before: int | None = None, limit: int = 100) -> list[Version]:
    """The versions, newest first, of numbers under ``before``."""
    asked = _versions(project_id).limit(limit)
    if before is not None:
        asked = asked.where(GuidelineVersion.number < before)
    return [_version(row) for row in session.execute(asked)]


def compare(session: Session, project_id: int, *, old: int, new: int) -> tuple[SectionDiff, ...]:
    """What changed from one version to another, section by section.

    Raises:
        NotFound: there is no such version.
    """
    return diff(get(session, project_id, old).markdown, get(session, project_id, new).markdown)


def version_id(session: Session, project_id: int, number: int) -> int:
    """The id of the version.

    Raises:
        NotFound: there is none of this number.
    """
    version = GuidelineVersion
    found = session.scalar(select(version.id).where(version.project_id == project_id, version.number == number))
    if found is None:
        raise NotFound(f"no version {number} of the guidelines")
    return found


def mark_read(session: Session, project_id: int, number: int, *, user: int, now: datetime) -> None:
    """Keep that the person has read the version; once is enough.

    Raises:
        NotFound: there is no such version.
    """
    row = {"project_id": project_id, "user_id": user, "guideline_version_id": version_id(session, project_id, number)}
    session.execute(_READ, row | {"at": now})


def unread(session: Session, project_id: int) -> list[Unread]:
    """The members for whom a section has changed since the newest version that they read, by name.

    The part before the first section counts too: its rules hold for every label.
    """
    newest = session.execute(_versions(project_id).limit(1)).one_or_none()
    if newest is None:
        return []
    read = func.max(GuidelineVersion.number)
    members = (
        select(User.name, read.label("read"))
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(GuidelineRead, (GuidelineRead.user_id == User.id) & (GuidelineRead.project_id == project_id))
        .outerjoin(GuidelineVersion, GuidelineVersion.id == GuidelineRead.guideline_version_id)
        .where(Membership.project_id == project_id, User.disabled_at.is_(None))
        .group_by(User.name)
        .order_by(User.name)
    )
    people = [(name, number) for name, number in session.execute(members) if number != newest.number]
    asked = _versions(project_id).where(GuidelineVersion.number.in_({number for _, number in people} - {None}))
    texts: dict[int | None, str] = {row.number: row.markdown for row in session.execute(asked)}
    # Who read none is to read all, which is what differs from no text.
    since = {read: changed_labels(old, newest.markdown) for read, old in (texts | {None: ""}).items()}
    return [Unread(name, read, newest.number, tuple(sorted(since[read]))) for name, read in people if since[read]]


def _versions(project_id: int) -> Any:
    return (
        select(
            GuidelineVersion.number,
            GuidelineVersion.markdown,
            LabelSet.labels,
            User.name.label("author"),
            GuidelineVersion.created_at,
            Project.settings,
        )
        .join(Project, Project.id == GuidelineVersion.project_id)
        .join(LabelSet, LabelSet.id == GuidelineVersion.label_set_id)
        .join(User, User.id == GuidelineVersion.author_id)
        .where(GuidelineVersion.project_id == project_id)
        .order_by(GuidelineVersion.number.desc())
    )


def _version(row: Any) -> Version:
    written = {section.label for section in parse(row.markdown).sections}
    missing = tuple(label for label in row.labels if label not in written)
    looks = {label: look for label, look in row.settings.get("looks", {}).items() if label in row.labels}
    return Version(row.number, row.markdown, row.labels, missing, row.author, row.created_at, looks)


def _check_labels(labels: Mapping[str, str]) -> None:
    if len(labels) > _MOST_LABELS:
        raise InputError(f"there are {len(labels):,} labels", where="labels", fix=f"at most {_MOST_LABELS:,}")
    for label, definition in labels.items():
        _check_text(label, "labels", _LONGEST_LABEL)
        _check_text(definition, f"labels: {label}", LONGEST)
        # It is a heading of the guidelines, and must be found there again.
        if not label or [section.label for section in parse(f"## {label}").sections] != [label]:
            raise InputError(f"{label!r} cannot be a label", where="labels", fix="a word or more, in one line")


def _check_text(given: str, where: str, longest: int) -> None:
    if len(given) > longest:
        raise InputError(f"{len(given):,} characters", where=where, fix=f"at most {longest:,}")
    if match := _UNSTORABLE.search(given):
        raise InputError(f"the character U+{ord(match[0]):04X} at {match.start()}", where=where, fix="text")
