"""A live model: a CRF that goes on learning from single answers, in memory, for one project.

It is a draft. It pre-annotates what people see next; it is no model version, and never serves.
"""

from bisect import bisect_left
from collections.abc import Sequence
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
    ``fitted`` how many sentences there were when it was last trained from the beginning. ``since`` is from which
    sentence of the pool on people looked for a label that came later: before, that it is not marked says nothing.
    """

    pipeline: Pipeline
    base: int | None
    annotation_id: int
    pool: list[Sentence] = field(default_factory=list)
    fitted: int = 0
    steps: int = 0
    since: dict[str, int] = field(default_factory=dict)

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
        if known:
            self.since |= dict.fromkeys(grows, len(self.pool))
        if self.base is None and len(self.pool) + len(new) >= 2 * self.fitted:
            self._keep(new)
            self._fit()
        elif grows:
            again = [self.pool[i] for i in self._again(max(rules.replay, _WHEN_NEW))]
            self.engine.adapt(new, again, [], open_replay=True, seed=self.steps)
            self._keep(new)
        else:
            known_too = self._again(rules.replay)
            opens = [*[frozenset[str]()] * len(new), *map(self._open, known_too)]
            both = [*new, *(self.pool[i] for i in known_too)]
            self.engine.update(both, seed=self.steps, epochs=rules.epochs, opens=opens)
            self._keep(new)
        self.steps += 1
        return len(new)

    def _again(self, count: int) -> list[int]:
        """Which sentences of the pool are learned again."""
        chance = np.random.default_rng(self.steps)
        return [int(i) for i in chance.choice(len(self.pool), min(count, len(self.pool)), replace=False)]

    def _open(self, number: int) -> frozenset[str]:
        """The labels that nobody looked for in a sentence of the pool."""
        return frozenset(label for label, first in self.since.items() if number < first)

    def _keep(self, sentences: Sequence[Sentence]) -> None:
        self.pool += sentences
        if len(self.pool) > _POOL:
            chance = np.random.default_rng(self.steps)
            kept = sorted(chance.choice(len(self.pool), _POOL, replace=False).tolist())
            self.pool = [self.pool[i] for i in kept]
            self.since = {label: bisect_left(kept, first) for label, first in self.since.items()}

    def _fit(self) -> None:
        """From the beginning: there was little before."""
        self.engine.fit(self.pool, [], opens=[self._open(i) for i in range(len(self.pool))])
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


def _said(document: Document) -> tuple[Span, ...]:
    return (*document.spans, *document.negatives)
