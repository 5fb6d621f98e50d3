"""Calibration sessions: the same documents to everybody, each on their own, and the results side by side."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review import opinions
from livener.review.adjudication import Position, State, positions_of
from livener.review.agreement import ProjectAgreement, agreement
from livener.review.annotations import CALIBRATION
from livener.review.errors import Conflict, NotFound
from livener.review.opinions import Opinion
from livener.review.states import TRANSITIONS, Action, Move
from livener.store.models import Annotation, Document, Lease, Membership, Task, TaskState, Tier, User

_MOST = 10_000
_ENDED = (TaskState.RESOLVED, TaskState.REJECTED)


@dataclass(frozen=True, slots=True)
class Progress:
    """A session: how many of its documents each person has annotated, and whether it is closed."""

    name: str
    created_at: datetime
    documents: int
    done: dict[str, int]
    closed: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "created_at": self.created_at.isoformat()}


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What people made of one document: only those who have annotated it."""

    document: str
    text: str
    people: tuple[str, ...]
    positions: tuple[Position, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        counts = Counter(position.state for position in self.positions)
        return {
            "document": self.document,
            "text": self.text,
            "people": list(self.people),
            "positions": [position.as_dict() for position in self.positions],
            "states": {state.value: counts[state] for state in State},
        }


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a session so far."""

    progress: Progress
    agreement: ProjectAgreement
    documents: tuple[SideBySide, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            **self.progress.as_dict(),
            "agreement": self.agreement.as_dict(),
            "results": [one.as_dict() for one in self.documents],
        }


def draw(session: Session, project_id: int, count: int, *, seed: int) -> list[str]:
    """The keys of so many documents of the project at random, or of all where it has fewer."""
    keys = session.scalars(select(Document.key).where(Document.project_id == project_id).order_by(Document.id)).all()
    return random.Random(seed).sample(keys, min(count, len(keys)))


def create(
    session: Session,
    project_id: int,
    *,
    name: str,
    documents: Sequence[str],
    people: Sequence[str] | None = None,
    now: datetime,
) -> Progress:
    """Open a session: a task for every document (by key) and person (by name), who alone gets it.

    Without ``people`` everybody of the project takes part who is not disabled. No prediction is shown, so that people
    agree with each other and not with the model. The tasks come before all others.

    Raises:
        InputError: no documents or fewer than two people; somebody or something given twice; a key or name that the
            project has not; or more than 10,000 tasks.
        Conflict: there is a session of that name.
    """
    batch = _batch(name)
    if session.scalar(_tasks(project_id, batch).limit(1)) is not None:
        raise Conflict(f"there is a calibration session {name!r} already")
    members = (
        select(User.name, User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.project_id == project_id, User.disabled_at.is_(None))
        .order_by(User.name)
    )
    known: dict[str, int] = {row.name: row.id for row in session.execute(members)}
    chosen = list(known) if people is None else list(people)
    _check(chosen, known, "people", least=2)
    if not 0 < len(documents) * len(chosen) <= _MOST:
        problem = f"{len(documents)} documents for {len(chosen)} people"
        raise InputError(problem, where="documents", fix=f"1 to {_MOST:,} tasks")
    rows = select(Document.key, Document.id).where(
        Document.project_id == project_id, Document.key.in_(list(documents))
    )
    ids: dict[str, int] = {row.key: row.id for row in session.execute(rows)}
    _check(documents, ids, "documents", least=1)
    session.execute(
        insert(Task),
        [
            {
                "project_id": project_id,
                "document_id": ids[key],
                "tier": Tier.ANNOTATOR,
                "priority": 1.0,
                "reason": f"calibration session {name}",
                "created_at": now,
                "batch": batch,
                "assignee_id": known[person],
            }
            for key in documents
            for person in chosen
        ],
    )
    return progress(session, project_id, name)


def sessions(session: Session, project_id: int) -> list[Progress]:
    """The calibration sessions of a project, the newest first."""
    batches = session.scalars(
        select(Task.batch)
        .where(Task.project_id == project_id, Task.batch.startswith(CALIBRATION, autoescape=True))
        .group_by(Task.batch)
        .order_by(func.max(Task.id).desc())
    ).all()
    return [progress(session, project_id, str(batch).removeprefix(CALIBRATION)) for batch in batches]


def progress(session: Session, project_id: int, name: str) -> Progress:
    """How far a session is.

    Raises:
        NotFound: no session of that name.
    """
    answered = select(Annotation.id).where(Annotation.task_id == Task.id, Annotation.id > Task.counted_after).exists()
    rows = session.execute(
        select(Task.document_id, Task.state, Task.created_at, User.name, answered.label("answered"))
        .join(User, User.id == Task.assignee_id)
        .where(Task.project_id == project_id, Task.batch == _batch(name))
    ).all()
    if not rows:
        raise NotFound(f"no calibration session {name!r}")
    done = Counter({row.name: 0 for row in sorted(rows, key=lambda row: row.name)})
    done.update(row.name for row in rows if row.answered)
    return Progress(
        name,
        rows[0].created_at,
        len({row.document_id for row in rows}),
        dict(done),
        all(row.state in _ENDED for row in rows),
    )


def results(session: Session, project_id: int, name: str) -> Results:
    """What people made of each document, and how far they agree; whoever is not done yet is missing.

    Raises:
        NotFound: no session of that name.
    """
    found = progress(session, project_id, name)
    said = opinions.recent(session, project_id, documents=found.documents, batch=_batch(name))
    ids = [row.id for people in said for row in people if row.tier is Tier.ANNOTATOR]
    by_document: defaultdict[str, list[Opinion]] = defaultdict(list)
    for opinion in opinions.load(session, sorted(ids)):
        by_document[opinion.document.id].append(opinion)
    side_by_side = tuple(
        SideBySide(key, own[0].document.text, tuple(sorted(one.author for one in own)), tuple(positions_of(own)))
        for key, own in sorted(by_document.items())
    )
    return Results(found, agreement(session, project_id, batch=_batch(name), documents=found.documents), side_by_side)


def close(session: Session, project_id: int, name: str, *, user_id: int | None, now: datetime) -> Progress:
    """End a session: what is annotated is resolved, what is not is rejected. Its answers still count as agreement.

    Raises:
        NotFound: no session of that name.
    """
    tasks = session.execute(
        _tasks(project_id, _batch(name)).add_columns(Task.state, Task.events).with_for_update().order_by(Task.id)
    ).all()
    if not tasks:
        raise NotFound(f"no calibration session {name!r}")
    ids = [task.id for task in tasks if task.state not in _ENDED]
    last: dict[int, int] = {}
    for row in session.execute(
        select(Annotation.task_id, func.max(Annotation.id).label("id"))
        .where(Annotation.task_id.in_(ids))
        .group_by(Annotation.task_id)
    ):
        last[row.task_id] = row.id
    for task in tasks:
        if task.state in _ENDED:
            continue
        move = Move(session, task.id, task.state, task.events, now=now)
        reason = f"calibration session {name} closed"
        if task.state in TRANSITIONS[Action.RESOLVE]:
            move(Action.RESOLVE, TaskState.RESOLVED, by=user_id, reason=reason, annotation_id=last.get(task.id))
        else:
            move(Action.REJECT, TaskState.REJECTED, by=user_id, reason=reason)
    session.execute(delete(Lease).where(Lease.task_id.in_(ids)))
    return progress(session, project_id, name)


def _batch(name: str) -> str:
    if not name.strip() or len(name) > 200 or "\x00" in name:
        raise InputError("not a name of a calibration session", where="name", fix="1 to 200 characters")
    return CALIBRATION + name


def _tasks(project_id: int, batch: str) -> Select[Any]:
    return select(Task.id).where(Task.project_id == project_id, Task.batch == batch)


def _check(given: Sequence[str], known: Mapping[str, int], where: str, *, least: int) -> None:
    if len(given) < least:
        raise InputError(f"{len(given)} {where}", where=where, fix=f"{least} or more")
    if twice := [one for one, count in Counter(given).items() if count > 1]:
        raise InputError(f"{twice[0][:100]!r} is given twice", where=where)
    if unknown := [one for one in given if one not in known]:
        raise InputError(f"the project has no {unknown[0][:100]!r}", where=where)
