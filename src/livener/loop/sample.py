"""The sample of production that people see whatever its scores: what its quality is measured by."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import exists, select

from livener.loop.rules import SampleArguments
from livener.loop.work import Kind, Work
from livener.monitoring.log import Log, Window
from livener.monitoring.production import documents
from livener.review import intake, tasks
from livener.store.models import Document as StoredDocument
from livener.store.models import GuidelineVersion, LabelSet, Task
from livener.text import Document

REASON = "rolling evaluation: a random sample of production"


def stratified(found: Sequence[Document], size: int, *, seed: int) -> list[Document]:
    """So many documents, in turn one of each stratum: its domain, and its rarest label or none.

    >>> from livener.text import Span
    >>> found = [Document(f"No {i}.", f"{i}") for i in range(99)]
    >>> ada = Document("Ada.", "p", spans=(Span(0, 3, "PER"),))
    >>> "p" in {one.id for one in stratified([*found, ada], 2, seed=0)}
    True
    """
    labels = Counter(label for one in found for label in {span.label for span in one.spans})
    strata: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for one in found:
        rarest = min((span.label for span in one.spans), key=lambda label: (labels[label], label), default="")
        strata[str(one.meta.get("domain", "")), rarest].append(one)
    chance = random.Random(seed)
    waiting = [strata[key] for key in sorted(strata)]
    for some in waiting:
        chance.shuffle(some)
    chosen: list[Document] = []
    while len(chosen) < min(size, len(found)):
        chosen += [some.pop() for some in waiting if some][: size - len(chosen)]
    return chosen


def _sample(work: Work) -> Mapping[str, Any]:
    asked = SampleArguments.model_validate(work.arguments)
    began = work.begun.created_at
    log = Log(asked.log or work.shared.folder.parent / "log")
    read = documents(log, work.project_id, Window(began - timedelta(days=asked.days), began))
    with work.store.reading() as session:
        newest = select(LabelSet.labels).join(GuidelineVersion, GuidelineVersion.label_set_id == LabelSet.id)
        newest = newest.where(GuidelineVersion.project_id == work.project_id)
        known = set(session.scalar(newest.order_by(GuidelineVersion.number.desc()).limit(1)) or ())
    there = {_key(one): one for one in read if one.text.strip()}  # one of each text
    found = [
        replace(one, id=key, spans=tuple(span for span in one.spans if span.label in known))
        for key, one in there.items()
    ]
    chosen = stratified(found, asked.size, seed=work.begun.id)
    intake.import_documents(
        *(work.store, work.project_id, chosen),
        now=work.now,
        user_id=work.begun.user_id,
        tasks=False,
        pipeline="production",
        skip_conflicts=True,
    )
    with work.shared.writing() as session:
        stored = select(StoredDocument.id).where(
            StoredDocument.project_id == work.project_id,
            StoredDocument.key.in_([one.id for one in chosen]),
            ~exists().where(Task.document_id == StoredDocument.id),  # also when an attempt before opened them
        )
        ids = list(session.scalars(stored.order_by(StoredDocument.id)))
        batch = f"sample-{began.date().isoformat()}"
        opened = tasks.open_tasks(session, work.project_id, ids, now=work.now, reason=REASON, batch=batch)
    work.shared.tell(work.project_id, "queue", {"tasks": len(opened)})
    return {"documents": len(found), "tasks": len(opened), "batch": batch}


def _key(one: Document) -> str:
    return f"production-{sha256(one.text.encode()).hexdigest()[:16]}"


SAMPLE = Kind(_sample, SampleArguments)
