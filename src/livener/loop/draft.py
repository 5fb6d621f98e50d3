"""A live model: a CRF that goes on learning from single answers, in memory, for one project.

It is a draft. It pre-annotates what people see next; it is no model version, and never serves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from livener.datasets.versions import DatasetVersions
from livener.learning import models
from livener.learning.serving import fetch
from livener.loop.rules import LiveRules
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.review import opinions, resolved
from livener.review.annotations import CALIBRATION
from livener.store import Artefacts, Store
from livener.store.models import Annotation, Task
from livener.text import Document, Sentence, Span

# isort: split
from sqlalchemy import func, select
from sqlalchemy.orm import Session

_POOL = 20_000  # sentences that are kept to be learned again
_AT_ONCE = 500
_WHEN_NEW = 400  # sentences that are learned again beside those of a new label
_ENGINE = "crf."


@dataclass(slots=True)
class Draft:
    """The pipeline, and what it has learned from: ``pool`` are the sentences of whole documents, for replay.

    ``base`` is the number of the version that it went on from, ``annotation_id`` the last annotation that it knows,
    ``fitted`` how many sentences there were when it was last trained from the beginning. What is in the pool when a
    label comes is unasked about it.
    """

    pipeline: Pipeline
    base: int | None
    annotation_id: int
    pool: list[Sentence] = field(default_factory=list)
    fitted: int = 0
    steps: int = 0

    @property
    def engine(self) -> Crf:
        """What learns."""
        return cast(Crf, self.pipeline.recognizer)

    def learn(self, documents: Sequence[Document], rules: LiveRules) -> int:
        """Learn from documents that people annotated, whole or in part; the number of sentences."""
        sentences = [one for document in documents for one in self.pipeline.segmenter.sentences(document)]
        new = [one for one in sentences if one.tokens]
        if not new:
            return 0
        known = set(self.engine.labels)
        grows = {span.label for document in documents for span in _said(document)} - known
        if known and grows:
            self.pool = _unasked(self.pool, grows)
        if self.base is None and len(self.pool) + len(new) >= 2 * self.fitted:
            self._keep(new)
            self._fit()
        elif grows:
            self.engine.adapt(new, self._again(max(rules.replay, _WHEN_NEW)), [], open_replay=True, seed=self.steps)
            self._keep(new)
        else:
            self.engine.update([*new, *self._again(rules.replay)], seed=self.steps, epochs=rules.epochs)
            self._keep(new)
        self.steps += 1
        return len(new)

    def _again(self, count: int) -> list[Sentence]:
        chance = np.random.default_rng(self.steps)
        count = min(count, len(self.pool))
        return [self.pool[i] for i in chance.choice(len(self.pool), count, replace=False)] if count else []

    def _keep(self, sentences: Sequence[Sentence]) -> None:
        self.pool += sentences
        if len(self.pool) > _POOL:
            chance = np.random.default_rng(self.steps)
            self.pool = [self.pool[i] for i in sorted(chance.choice(len(self.pool), _POOL, replace=False))]

    def _fit(self) -> None:
        """From the beginning: there was little before."""
        self.engine.fit(self.pool, [])
        self.fitted = len(self.pool)


def begin(store: Store, artefacts: Artefacts, project_id: int, rules: LiveRules) -> Draft | None:
    """The draft of a project: what serves, or else its newest CRF, and all that people said since; or from nothing.

    None while fewer than ``rules.least`` documents with a span are annotated and there is no model.
    """
    with store.reading() as session:
        base = _base(session, project_id)
        place = models.address(session, project_id, base.number)[1] if base else None
    if base is None or place is None:
        return _from_nothing(store, artefacts, project_id, rules)
    versions = DatasetVersions(store, artefacts, project=project_id)
    draft = Draft(_flat(fetch(artefacts, place)), base.number, 0)
    learned = base.created_at
    if base.dataset:
        version = versions.version(base.dataset)
        learned = version.created  # what was said while it trained is not in it
        known = versions.documents(base.dataset, "train") if "train" in version.splits else []
        draft._keep([one for document in known for one in draft.pipeline.segmenter.sentences(document)])
    with store.reading() as session:
        before = Annotation.project_id == project_id, Annotation.created_at < learned
        draft.annotation_id = session.scalar(select(func.max(Annotation.id)).where(*before)) or 0
    return draft


def current_base(session: Session, project_id: int) -> int | None:
    """The number of the version that a draft goes on from now."""
    base = _base(session, project_id)
    return base.number if base else None


def said_since(session: Session, project_id: int, annotation_id: int) -> tuple[list[Document], int]:
    """What people said after an annotation, some at a time, a person's last word on a task only; and the last one.

    Tasks of calibration sessions are left out: their documents are there to compare people.
    """
    calibration = func.substr(func.coalesce(Task.batch, ""), 1, len(CALIBRATION))
    mine = Annotation.project_id == project_id, Annotation.id > annotation_id
    asked = select(Annotation.id, Annotation.task_id, Annotation.author_id, calibration.label("batch"))
    asked = asked.join(Task, Task.id == Annotation.task_id).where(*mine).order_by(Annotation.id).limit(_AT_ONCE)
    rows = session.execute(asked).all()
    if not rows:
        return [], annotation_id
    latest = {(row.task_id, row.author_id): row.id for row in rows if row.batch != CALIBRATION}
    return [one.learned for one in opinions.load(session, sorted(latest.values()))], rows[-1].id


def _base(session: Session, project_id: int) -> models.ModelVersion | None:
    """What serves where it is a CRF, else the newest CRF."""
    number = models.pointed_at(session, project_id)
    found = [models.find(session, project_id, number)] if number else []
    for one in [*found, *models.listed(session, project_id, limit=20)]:
        if str(one.lineage.get("recognizer", "")).startswith(_ENGINE):
            return one
    return None


def _from_nothing(store: Store, artefacts: Artefacts, project_id: int, rules: LiveRules) -> Draft | None:
    with store.reading() as session:
        last = session.scalar(select(func.max(Annotation.id)).where(Annotation.project_id == project_id)) or 0
        settled = list(resolved.documents(session, project_id))
    settled = DatasetVersions(store, artefacts, project=project_id).without_golden(settled)
    if sum(bool(document.spans) for document in settled) < rules.least:
        return None
    draft = Draft(_flat(Pipeline(Crf.create({}))), None, last)
    sentences = [one for document in settled for one in draft.pipeline.segmenter.sentences(document)]
    draft._keep([one for one in sentences if one.tokens])
    draft._fit()
    return draft


def _flat(pipeline: Pipeline) -> Pipeline:
    """Of spans in each other it learns the outermost: one such answer must not keep it from all that come after."""
    crf = cast(Crf, pipeline.recognizer)
    if crf.settings.overlaps == "error":
        crf.settings = replace(crf.settings, overlaps="outermost")
    return pipeline


def _unasked(sentences: Sequence[Sentence], labels: Collection[str]) -> list[Sentence]:
    """The sentences, in whose documents nobody looked for these labels."""
    documents = {id(one.document): one.document for one in sentences}
    marked = {
        key: replace(one, unasked=tuple(dict.fromkeys((*one.unasked, *sorted(labels)))))
        for key, one in documents.items()
    }
    return [replace(one, document=marked[id(one.document)]) for one in sentences]


def _said(document: Document) -> tuple[Span, ...]:
    return (*document.spans, *document.negatives)
