"""The job that reads documents with what serves, and asks people about what is not sure enough."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.learning import models
from livener.learning.routing import RoutingRules
from livener.loop import routing
from livener.loop.asking import Asked, asked
from livener.loop.predictions import COLUMNS, document_of, record
from livener.loop.routing import Present, Routed
from livener.loop.work import Kind, Work
from livener.pipeline import Pipeline
from livener.review import tasks
from livener.review.rules import Rules
from livener.review.states import Action, Move
from livener.store.models import Audit, ModelVersion, Prediction, Project, Task, TaskKind, TaskState, Tier
from livener.store.models import Document as StoredDocument
from livener.text import Document

_AT_ONCE = 200
_WAITS = {Tier.REVIEWER: TaskState.SUBMITTED, Tier.EXPERT: TaskState.ESCALATED}


class RouteArguments(BaseModel):
    """``most`` is how many documents are read at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most: Annotated[int, Field(ge=1)] = 1_000_000


def run(work: Work) -> Mapping[str, Any]:
    """Read the documents that have no task, by what serves: accept them, or ask people; the counts.

    Each batch is one transaction, so that a job that goes on passes over what was read.

    Raises:
        InputError: nothing serves.
    """
    asked = RouteArguments.model_validate(work.arguments)
    with work.store.reading() as session:
        number = models.pointed_at(session, work.project_id)
    if number is None:
        raise InputError("nothing serves in this project", fix="livener models promote")
    counts = {"read": 0, "accepted": 0, "audited": 0} | {tier.value: 0 for tier in Tier}
    while counts["read"] < asked.most:
        work.check()
        number, nlp = work.served(work.project_id)
        read = _batch(work, number, nlp, counts, most=min(_AT_ONCE, asked.most - counts["read"]))
        if not read:
            break
        work.progress(counts["read"], 0, {})
    work.shared.tell(work.project_id, "queue", {"tasks": sum(counts[tier.value] for tier in Tier)})
    return {"model": number, **counts}


ROUTE = Kind(run, RouteArguments)


def _batch(work: Work, number: int, nlp: Pipeline, counts: dict[str, int], *, most: int) -> int:
    with work.store.reading() as session:
        settings = session.get_one(Project, work.project_id).settings
        present = routing.present(session, work.project_id, number)
        rows = session.execute(_unread(work.project_id, number).limit(most)).all()
    rules, review = RoutingRules.of(settings), Rules.of(settings)
    documents = list(nlp.pipe(document_of(row) for row in rows))
    routed = [route_one(nlp, document, present, rules) for document in documents]
    asks = [asked(nlp, document, one, rules) for document, one in zip(documents, routed, strict=True)]
    with work.shared.writing() as session:
        now = work.now
        model = session.scalars(_model(work.project_id, number)).one()
        predictions = [
            {
                "project_id": work.project_id,
                "document_id": row.id,
                "model_version_id": model,
                "pipeline": nlp.called,
                "spans": [record(span) for span in document.spans],
                "created_at": now,
            }
            for row, document in zip(rows, documents, strict=True)
        ]
        if predictions:
            session.execute(insert(Prediction), predictions)
        for row, one, about in zip(rows, routed, asks, strict=True):
            _open(session, work.project_id, row.id, one, about, present, overlap=review.overlap, now=now)
            counts[one.tier.value if one.tier else "accepted"] += 1
            counts["audited"] += len(one.audits)
    counts["read"] += len(rows)
    return len(rows)


def route_one(nlp: Pipeline, document: Document, present: Present | None, rules: RoutingRules) -> Routed:
    """Where one document goes."""
    return routing.route(nlp, document, present.routing if present else None, rules)


def _open(
    session: Session,
    project_id: int,
    document: int,
    one: Routed,
    about: Asked,
    present: Present | None,
    *,
    overlap: int,
    now: datetime,
) -> None:
    """The task of a document that is not accepted, or of what is in doubt in it, waiting for whom it goes to."""
    if one.tier is None:
        return
    (task,) = tasks.open_tasks(
        session,
        project_id,
        [document],
        now=now,
        reason=one.reason,
        priority=1.0 - one.least,
        overlap=overlap,
        tier=one.tier,
        kind=TaskKind.QUESTION if about.question else TaskKind.DOCUMENT,
        question=[record(span) for span in about.question] or None,
        parts={document: about.parts} if about.parts else None,
    )
    if state := _WAITS.get(one.tier):
        Move(session, task, TaskState.OPEN, 0, now=now)(Action.ROUTE, state, by=None, reason=one.reason)
    if present:
        session.add_all(
            Audit(
                project_id=project_id,
                task_id=task,
                routing_version_id=present.id,
                start=audit.start,
                end=audit.end,
                label=audit.label,
                score=audit.score,
            )
            for audit in one.audits
        )


def _unread(project_id: int, number: int) -> Any:
    """The documents that have no task, and that the model has not read."""
    model = _model(project_id, number).scalar_subquery()
    document, prediction = StoredDocument, Prediction
    return (
        select(document.id, *COLUMNS)
        .where(document.project_id == project_id, ~exists().where(Task.document_id == document.id))
        .where(~exists().where(prediction.document_id == document.id, prediction.model_version_id == model))
        .order_by(document.id)
    )


def _model(project_id: int, number: int) -> Any:
    return select(ModelVersion.id).where(ModelVersion.project_id == project_id, ModelVersion.number == number)
