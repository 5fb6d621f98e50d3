"""Tasks: opened, shown to people, and their history."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

import livener.text
from livener.errors import InputError
from livener.review import listing, statements
from livener.review.errors import NotFound
from livener.review.people import Person
from livener.store.models import (
    Annotation,
    Document,
    Prediction,
    Role,
    Task,
    TaskEvent,
    TaskKind,
    TaskState,
    Tier,
    User,
)
from livener.text import Range
from livener.text.ranges import merged


def open_tasks(
    session: Session,
    project_id: int,
    document_ids: Sequence[int],
    *,
    now: datetime,
    reason: str,
    priority: float = 0.0,
    overlap: int = 1,
    tier: Tier = Tier.ANNOTATOR,
    kind: TaskKind = TaskKind.DOCUMENT,
    skill: str = "",
    batch: str | None = None,
    assignee_id: int | None = None,
    question: Sequence[Mapping[str, Any]] | None = None,
    below: float | None = None,
    parts: Mapping[int, Sequence[Range]] | None = None,
) -> list[int]:
    """Open a task for each document, with its newest prediction as pre-annotation; their ids, in the order given.

    ``question`` are the spans (start, end, label) that tasks of the kind ``question`` ask for, yes or no: where none
    are given, those of the prediction, and with ``below`` those whose score is under it. A document of which there
    is nothing to ask gets no task. ``parts`` are the ranges that are asked about of a document, where not all of it
    is: nobody is asked what is in the rest.

    Raises:
        NotFound: one of them is no document of the project.
        InputError: ``question``, ``below`` or ``parts`` does not fit the kind; overlap is under 1; or a part is not
            inside its text.
    """
    asks, parts = kind == TaskKind.QUESTION, parts or {}
    if (question or below is not None) and not asks:
        raise InputError("only a question asks for spans", where="kind", fix="question")
    if parts and asks:
        raise InputError("a question asks for spans, not for parts", where="kind", fix="document")
    if overlap < 1:
        raise InputError(f"{overlap} people cannot annotate", where="overlap", fix="1 or more")
    newest = (
        select(Prediction.document_id, func.max(Prediction.id).label("id"))
        .where(Prediction.document_id.in_(list(document_ids)))
        .group_by(Prediction.document_id)
        .subquery()
    )
    predicted = (
        select(Document.id, newest.c.id.label("prediction"))
        .outerjoin(newest, newest.c.document_id == Document.id)
        .where(Document.project_id == project_id, Document.id.in_(list(document_ids)))
    )
    if asks and not question:
        predicted = predicted.outerjoin(Prediction, Prediction.id == newest.c.id).add_columns(Prediction.spans)
    if parts:
        predicted = predicted.add_columns(func.length(Document.text).label("length"))
    known = {row.id: row for row in session.execute(predicted)}
    if missing := [one for one in document_ids if one not in known]:
        raise NotFound(f"no document {missing[0]} in this project")
    questions: dict[int, list[Any]] = {}
    if asks:
        questions = {key: list(question or _uncertain(row, below)) for key, row in known.items()}
    rows = [
        {
            "project_id": project_id,
            "document_id": document,
            "prediction_id": known[document].prediction,
            "tier": tier,
            "priority": priority,
            "reason": reason,
            "created_at": now,
            "kind": kind,
            "overlap": overlap,
            "skill": skill,
            "batch": batch,
            "assignee_id": assignee_id,
            "question": questions.get(document),
            "parts": _inside(parts[document], known[document].length) if document in parts else None,
        }
        for document in document_ids
        if not asks or questions[document]
    ]
    if not rows:
        return []
    return list(session.scalars(insert(Task).returning(Task.id, sort_by_parameter_order=True), rows))


def _uncertain(document: Any, below: float | None) -> list[dict[str, Any]]:
    """The predicted spans of a document to ask for."""
    return [
        {name: span[name] for name in ("start", "end", "label")}
        for span in document.spans or ()
        if below is None or (span.get("score") is not None and span["score"] < below)
    ]


def _inside(parts: Sequence[Range], length: int) -> list[Range]:
    """The parts of a text, in order, those that touch as one."""
    if not parts:
        raise InputError("no part of a document is asked about", where="parts", fix="a range, or no parts at all")
    for start, end in parts:
        if not 0 <= start < end <= length:
            inside = f"0 <= start < end <= {length}"
            raise InputError(f"[{start}, {end}) is no part of the text", where="parts", fix=inside)
    return list(merged(parts))


def parts_of(session: Session, project_id: int, documents: Iterable[livener.text.Document]) -> dict[int, list[Range]]:
    """What to ask of each document, as `livener select --unit words` writes it: the ranges that are ``known``.

    Raises:
        InputError: a document has no such range, or another text in the project.
        NotFound: the project has no such document.
    """
    asked: dict[str, list[Range]] = {}
    texts: dict[str, str] = {}
    for document in documents:
        if not document.known:
            fix = "one with known ranges, as `livener select --unit words` writes it"
            raise InputError("nothing of it is asked", where=f"document {document.id!r}", fix=fix)
        asked.setdefault(document.id, []).extend(document.known)
        texts[document.id] = document.text
    ids = listing.ids_of(session, project_id, list(asked))
    there = {
        row.id: row.text for row in session.execute(select(Document.id, Document.text).where(Document.id.in_(ids)))
    }
    for key, id in zip(asked, ids, strict=True):
        if there[id] != texts[key]:
            raise InputError("another text has this id in the project", where=f"document {key!r}")
    return dict(zip(ids, asked.values(), strict=True))


def view(session: Session, project_id: int, task_id: int, person: Person) -> dict[str, Any]:
    """One task as `views` shows it.

    Raises:
        NotFound: no such task in the project.
    """
    return views(session, project_id, [task_id], person)[0]


def views(session: Session, project_id: int, task_ids: Sequence[int], person: Person) -> list[dict[str, Any]]:
    """Tasks with their text, their pre-annotation, and what was said.

    An annotator sees only their own answers, and so does a reviewer who annotates: who has seen the others' agrees
    with them too easily.

    Raises:
        NotFound: one of them is not a task of the project.
    """
    rows = session.execute(statements.VIEW, {"project": project_id, "tasks": list(task_ids)}).all()
    found = {row.id: row for row in rows}
    if missing := [one for one in task_ids if one not in found]:
        raise NotFound(f"no task {missing[0]} in this project")
    said = _said(session, found, person)
    return [_task(found[task_id], said.get(task_id, [])) for task_id in task_ids]


def history(session: Session, project_id: int, task_id: int) -> list[dict[str, Any]]:
    """What happened to a task, oldest first: every event, and the revision that it brought.

    Raises:
        NotFound: no such task in the project.
    """
    if session.scalar(select(Task.id).where(Task.project_id == project_id, Task.id == task_id)) is None:
        raise NotFound(f"no task {task_id} in this project")
    events = session.execute(
        select(
            TaskEvent.number,
            TaskEvent.before,
            TaskEvent.after,
            TaskEvent.reason,
            TaskEvent.at,
            User.name,
            Annotation.revision,
        )
        .outerjoin(User, User.id == TaskEvent.user_id)
        .outerjoin(Annotation, Annotation.id == TaskEvent.annotation_id)
        .where(TaskEvent.task_id == task_id)
        .order_by(TaskEvent.number)
    )
    return [
        {
            "number": event.number,
            "before": event.before,
            "after": event.after,
            "by": event.name,
            "reason": event.reason,
            "at": event.at,
            "revision": event.revision,
        }
        for event in events
    ]


def _said(session: Session, tasks: Mapping[int, Any], person: Person) -> dict[int, list[dict[str, Any]]]:
    """The annotations of each task that the person may see, oldest first."""
    touched = [key for key, task in tasks.items() if task.events > 1]
    rows = session.execute(statements.SAID, {"tasks": touched}) if touched else ()
    reviews = person.may(Role.REVIEWER)
    said: dict[int, list[dict[str, Any]]] = {}
    known: dict[int, dict[str, Any]] = {}
    for row in rows:
        task = tasks[row.task_id]
        annotates = task.state == TaskState.LEASED and task.holder_id == person.id
        if row.author_id != person.id and (annotates or not reviews):
            continue
        one = known.get(row.id)
        if one is None:
            one = known[row.id] = {
                "revision": row.revision,
                "author": row.name,
                "tier": row.tier,
                "complete": row.complete,
                "spans": [],
                "negatives": [],
                "ignored": row.ignored,
                "known": row.known,
                "flag": row.flag,
                "guideline": row.guideline,
                "active_seconds": row.active_seconds,
                "created_at": row.created_at,
                "counts": row.id > tasks[row.task_id].counted_after,
            }
            said.setdefault(row.task_id, []).append(one)
        if row.start is not None:
            span = {"start": row.start, "end": row.end, "label": row.label, "text": row.surface, "kb_id": row.kb_id}
            one["negatives" if row.negative else "spans"].append(span)
    return said


def _task(row: Any, said: Iterable[dict[str, Any]]) -> dict[str, Any]:
    document = {"id": row.key, "text": row.text, "meta": row.meta, "tokens": row.tokens, "sentences": row.sentences}
    prediction = {"spans": row.predicted, "model": row.model, "pipeline": row.pipeline}
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "tier": row.tier,
        "priority": row.priority,
        "reason": row.reason,
        "overlap": row.overlap,
        "given": row.given,
        "skill": row.skill,
        "batch": row.batch,
        "etag": str(row.events),
        "document": document,
        "prediction": None if row.prediction_id is None else prediction,
        "question": row.question,
        "parts": row.parts,
        "annotations": list(said),
        "lease": None if row.expires_at is None else {"user": row.holder, "expires_at": row.expires_at},
        "comments": row.comments,
    }
