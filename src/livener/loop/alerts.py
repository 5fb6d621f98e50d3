"""From an alert to the people who look: its documents become tasks of one batch."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from livener.errors import InputError
from livener.monitoring import alerts
from livener.review import intake, tasks
from livener.review.intake import Transactions
from livener.store.models import Document as StoredDocument
from livener.store.models import GuidelineVersion, LabelSet, Task
from livener.text import Document, Span

PRIORITY = 1.0
"""What an alert asks for comes before what is merely unsure."""


def open_review(store: Transactions, project: int, alert: int, *, by: int, now: datetime) -> Mapping[str, Any]:
    """Open a task for each document of an alert, all in one batch: its name, and how many tasks are new.

    Documents that the project has not yet come in with what was predicted. Asked for again, it opens what is missing.

    Raises:
        InputError: there is no such alert, or it has no texts.
    """
    batch = f"alert-{alert}"
    with store.reading() as session:
        found = alerts.get(session, project, alert)
        newest = (
            select(LabelSet.labels)
            .join(GuidelineVersion, GuidelineVersion.label_set_id == LabelSet.id)
            .where(GuidelineVersion.project_id == project)
            .order_by(GuidelineVersion.number.desc())
        )
        labels = session.scalar(newest.limit(1))
    given = [one for one in found.documents or () if one["text"]]
    if not given:
        raise InputError(f"alert {alert} has no texts to review", fix="a log that keeps texts")
    documents = [_document(one, None if labels is None else set(labels)) for one in given]
    intake.import_documents(
        store, project, documents, now=now, user_id=by, tasks=False, pipeline="production", skip_conflicts=True
    )
    why = {document.id: str(one["why"]) for document, one in zip(documents, given, strict=True)}
    with store.writing() as session:
        known = session.execute(
            select(StoredDocument.id, StoredDocument.key).where(
                StoredDocument.project_id == project, StoredDocument.key.in_([one.id for one in documents])
            )
        ).all()
        there = set(session.scalars(select(Task.document_id).where(Task.project_id == project, Task.batch == batch)))
        opened = 0
        for row in known:
            if row.id not in there:
                reason = f"alert {alert}: {why[row.key] or found.summary}"[:500]
                opened += len(
                    tasks.open_tasks(
                        session, project, [row.id], now=now, reason=reason, priority=PRIORITY, batch=batch
                    )
                )
        if opened:
            detail = {"batch": batch, "tasks": opened}
            alerts.note(session, project, alert, "sent to review", now=now, by=by, detail=detail)
    return {"batch": batch, "tasks": opened, "documents": len(documents)}


def _document(one: Mapping[str, Any], labels: set[str] | None) -> Document:
    """With the predicted spans whose labels the project knows; without an id, the text names itself."""
    spans = tuple(
        Span(span["start"], span["end"], span["label"], span.get("score"))
        for span in one["spans"]
        if labels is None or span["label"] in labels
    )
    key = str(one["key"]) or f"text-{sha256(one['text'].encode()).hexdigest()[:16]}"
    return Document(one["text"], key[:500], dict(one["meta"]), spans)
