"""The sample of production that people see whatever its scores: what its quality is measured by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from livener.loop.rules import SampleArguments
from livener.loop.work import Kind, Work
from livener.monitoring import production, sampling
from livener.monitoring.log import Log, Window
from livener.monitoring.sampling import Drawn
from livener.review import intake, tasks
from livener.store import models
from livener.store.models import Document as StoredDocument
from livener.store.models import GuidelineVersion, LabelSet, Task
from livener.text import Document

REASON = "rolling evaluation: a random sample of production"


def _sample(work: Work) -> Mapping[str, Any]:
    asked = SampleArguments.model_validate(work.arguments)
    began = work.begun.created_at
    log = Log(asked.log or work.shared.folder.parent / "log")
    window = Window(began - timedelta(days=asked.days), began)
    read = production.documents(log, work.project_id, window)
    scale = production.count(log, work.project_id, window) / max(len(read), 1)
    with work.store.reading() as session:
        newest = select(LabelSet.labels).join(GuidelineVersion, GuidelineVersion.label_set_id == LabelSet.id)
        newest = newest.where(GuidelineVersion.project_id == work.project_id)
        known = set(session.scalar(newest.order_by(GuidelineVersion.number.desc()).limit(1)) or ())
    there = {_key(one): one for one in read if one.text.strip()}  # one of each text
    found = [
        replace(one, id=key, spans=tuple(span for span in one.spans if span.label in known))
        for key, one in there.items()
    ]
    drawn = sampling.draw(found, asked.size, seed=work.begun.id)
    intake.import_documents(
        *(work.store, work.project_id, [one.document for one in drawn]),
        now=work.now,
        user_id=work.begun.user_id,
        tasks=False,
        pipeline="production",
        skip_conflicts=True,
    )
    batch = f"sample-{began.date().isoformat()}"
    with work.shared.writing() as session:
        stored = select(StoredDocument.key, StoredDocument.id).where(
            StoredDocument.project_id == work.project_id,
            StoredDocument.key.in_([one.document.id for one in drawn]),
        )
        ids = {row.key: row.id for row in session.execute(stored)}
        _note(session, work.project_id, work.begun.id, drawn, ids, scale, began)
        fresh = select(StoredDocument.id).where(
            StoredDocument.id.in_(ids.values()),
            ~exists().where(Task.document_id == StoredDocument.id),  # also when an attempt before opened them
        )
        wanted = list(session.scalars(fresh.order_by(StoredDocument.id)))
        opened = tasks.open_tasks(session, work.project_id, wanted, now=work.now, reason=REASON, batch=batch)
    work.shared.tell(work.project_id, "queue", {"tasks": len(opened)})
    return {"documents": len(found), "drawn": len(drawn), "tasks": len(opened), "batch": batch}


def _note(
    session: Session,
    project: int,
    job: int,
    drawn: Sequence[Drawn],
    ids: Mapping[str, int],
    scale: float,
    began: datetime,
) -> None:
    """What was drawn, once: an attempt before may have noted it."""
    row = models.Drawn
    known = set(session.scalars(select(row.document_id).where(row.job_id == job)))
    for one in drawn:
        document = one.document
        if (id := ids[document.id]) in known:
            continue
        spans = [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in document.spans]
        session.add(
            row(
                project_id=project,
                job_id=job,
                document_id=id,
                day=str(document.meta.get("time", began.isoformat()))[:10],
                domain=str(document.meta.get("domain", "")),
                weight=one.weight * scale,
                model=document.meta.get("model"),
                spans=spans,
            )
        )


def _key(one: Document) -> str:
    return f"production-{sha256(one.text.encode()).hexdigest()[:16]}"


SAMPLE = Kind(_sample, SampleArguments)
