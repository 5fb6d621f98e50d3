"""Lists of documents, tasks and comments, filtered, in parts: each part begins after an id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy import types as sql_types
from sqlalchemy.orm import Session

from livener.review.errors import NotFound
from livener.store.models import (
    Annotation,
    AnnotationSpan,
    Comment,
    Correction,
    Document,
    ErrorType,
    ModelVersion,
    Prediction,
    Task,
    TaskEvent,
    TaskKind,
    TaskState,
    Tier,
    User,
)


@dataclass(frozen=True, slots=True)
class DocumentFilters:
    """Which documents: ``text`` is in theirs; one span has this ``label`` and this ``surface``, and, when asked for,
    is a predicted one of this ``source`` and with a score below ``confidence_below``; one of its final annotations
    corrected an ``error`` of this type; people ``disputed`` it, now or before."""

    text: str | None = None
    label: str | None = None
    surface: str | None = None
    source: str | None = None
    confidence_below: float | None = None
    error: ErrorType | None = None
    disputed: bool = False


def documents(
    session: Session,
    project_id: int,
    *,
    filters: DocumentFilters = DocumentFilters(),
    after: int = 0,
    limit: int = 50,
) -> list[tuple[int, dict[str, Any]]]:
    """Documents as they came: ids inside, and each with its newest prediction and where its tasks are.

    Without filters a part costs the same wherever it is; a rare match costs a look at all that come before it.
    """
    asked = _documents(project_id).where(Document.id > after, *_conditions(session, filters))
    return _shown(session, session.execute(asked.order_by(Document.id).limit(limit)).all())


def document(session: Session, project_id: int, key: str) -> dict[str, Any]:
    """The document with this id.

    Raises:
        NotFound: the project has none.
    """
    rows = session.execute(_documents(project_id).where(Document.key == key)).all()
    if not rows:
        raise NotFound(f"no document {key!r} in this project")
    return _shown(session, rows)[0][1]


def ids_of(session: Session, project_id: int, keys: Sequence[str]) -> list[int]:
    """The ids of documents inside, in the order of ``keys``.

    Raises:
        NotFound: the project has no such document.
    """
    found: dict[str, int] = {}
    for at in range(0, len(keys), 1000):
        asked = select(Document.key, Document.id).where(Document.project_id == project_id)
        rows = session.execute(asked.where(Document.key.in_(keys[at : at + 1000])))
        found |= {key: one for key, one in rows}  # noqa: C416 - a Result has keys() of its own
    if missing := [key for key in keys if key not in found]:
        raise NotFound(f"no document {missing[0]!r} in this project")
    return [found[key] for key in keys]


def user_id(session: Session, name: str) -> int:
    """The id of the user with this name.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(User.id).where(User.name == name))
    if found is None:
        raise NotFound(f"no user {name!r}")
    return found


def tasks(
    session: Session,
    project_id: int,
    *,
    state: TaskState | None = None,
    tier: Tier | None = None,
    kind: TaskKind | None = None,
    batch: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Tasks that fit all that is given, oldest first: where each is, without its text and what was said of it."""
    given = {Task.state: state, Task.tier: tier, Task.kind: kind, Task.batch: batch}
    columns = Task.id, Task.state, Task.tier, Task.given, Task.overlap, Task.reason, Document.key.label("document")
    asked = select(*columns).join(Document, Document.id == Task.document_id)
    asked = asked.where(Task.project_id == project_id, Task.id > after)
    asked = asked.where(*(column == value for column, value in given.items() if value is not None))
    return [dict(row._mapping) for row in session.execute(asked.order_by(Task.id).limit(limit))]


def where(session: Session, project_id: int, task_id: int) -> tuple[TaskState, int]:
    """The state of a task, and how many events led there.

    Raises:
        NotFound: no such task in the project.
    """
    asked = select(Task.state, Task.events).where(Task.project_id == project_id, Task.id == task_id)
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound(f"no task {task_id} in this project")
    return found.state, found.events


def comments(
    session: Session, project_id: int, task_id: int, *, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """What people wrote about a task, oldest first.

    Raises:
        NotFound: no such task in the project.
    """
    where(session, project_id, task_id)
    rows = session.execute(
        select(Comment.id, User.name.label("author"), Comment.body, Comment.created_at)
        .join(User, User.id == Comment.author_id)
        .where(Comment.task_id == task_id, Comment.id > after)
        .order_by(Comment.id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


def _documents(project_id: int) -> Any:
    return select(*Document.__table__.c).where(Document.project_id == project_id)


def _newest() -> Any:
    return (
        select(func.max(Prediction.id))
        .where(Prediction.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )


def _conditions(session: Session, filters: DocumentFilters) -> Iterable[ColumnElement[bool]]:
    if filters.text is not None:
        yield Document.text.contains(filters.text, autoescape=True)
    if filters.error is not None:
        yield exists().where(
            Task.document_id == Document.id,
            Annotation.task_id == Task.id,
            Correction.annotation_id == Annotation.id,
            Correction.kind == filters.error,
        )
    if filters.disputed:
        yield exists().where(
            Task.document_id == Document.id, TaskEvent.task_id == Task.id, TaskEvent.after == TaskState.DISPUTED
        )
    if (filters.label, filters.surface, filters.source, filters.confidence_below) == (None, None, None, None):
        return
    predicted = _predicted(session, filters)
    if filters.source is not None or filters.confidence_below is not None:
        yield predicted
        return
    said = exists().where(
        Task.document_id == Document.id,
        Annotation.task_id == Task.id,
        AnnotationSpan.annotation_id == Annotation.id,
        AnnotationSpan.negative.is_(False),
        true() if filters.label is None else AnnotationSpan.label == filters.label,
        true() if filters.surface is None else AnnotationSpan.surface == filters.surface,
    )
    yield or_(predicted, said)


def _predicted(session: Session, filters: DocumentFilters) -> ColumnElement[bool]:
    """Whether a span of the newest prediction fits."""
    if session.get_bind().dialect.name == "sqlite":
        span = func.json_each(Prediction.spans).table_valued("value", joins_implicitly=True).c.value

        def read(name: str) -> Any:
            return func.json_extract(span, f"$.{name}")
    else:
        span = func.json_array_elements(Prediction.spans).table_valued("value", joins_implicitly=True).c.value

        def read(name: str) -> Any:
            return sql_cast(span, sql_types.JSON).op("->>")(name)

    start, end = (sql_cast(read(name), sql_types.Integer) for name in ("start", "end"))
    fits = [Prediction.id == _newest()]
    if filters.label is not None:
        fits.append(read("label") == filters.label)
    if filters.surface is not None:
        fits.append(func.substr(Document.text, start + 1, end - start) == filters.surface)
    if filters.source is not None:
        fits.append(read("source") == filters.source)
    if filters.confidence_below is not None:
        fits.append(sql_cast(read("score"), sql_types.Double) < filters.confidence_below)
    return exists().where(*fits)


def _shown(session: Session, rows: Sequence[Any]) -> list[tuple[int, dict[str, Any]]]:
    ids = [row.id for row in rows]
    newest = select(func.max(Prediction.id)).where(Prediction.document_id.in_(ids)).group_by(Prediction.document_id)
    predictions = {
        row.document_id: {"spans": row.spans, "model": row.number, "pipeline": row.pipeline}
        for row in session.execute(
            select(Prediction.document_id, Prediction.spans, Prediction.pipeline, ModelVersion.number)
            .outerjoin(ModelVersion, ModelVersion.id == Prediction.model_version_id)
            .where(Prediction.id.in_(newest))
        )
    }
    tasks: dict[int, list[Mapping[str, Any]]] = {}
    for row in session.execute(
        select(Task.document_id, Task.id, Task.state, Task.tier, Task.batch)
        .where(Task.document_id.in_(ids))
        .order_by(Task.id)
    ):
        shown = {"id": row.id, "state": row.state, "tier": row.tier, "batch": row.batch}
        tasks.setdefault(row.document_id, []).append(shown)
    return [
        (
            row.id,
            {
                "id": row.key,
                "text": row.text,
                "meta": row.meta,
                "tokens": row.tokens,
                "sentences": row.sentences,
                "created_at": row.created_at,
                "prediction": predictions.get(row.id),
                "tasks": tasks.get(row.id, []),
            },
        )
        for row in rows
    ]
