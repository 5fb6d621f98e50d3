"""Live learning: between two tasks of a person the project's draft learns what they said, and what comes next is
pre-annotated anew.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from livener.datasets.versions import DatasetVersions
from livener.loop import draft as drafts
from livener.loop.draft import Draft
from livener.loop.predictions import COLUMNS, document_of, record
from livener.loop.rules import LiveRules, LoopRules
from livener.loop.work import Shared
from livener.store.models import (
    Annotation,
    LiveModel,
    Membership,
    Prediction,
    Project,
    Task,
    TaskKind,
    TaskState,
    Tier,
)
from livener.store.models import (
    Document as StoredDocument,
)
from livener.text import Document, Span

_HELD = 4  # drafts in memory


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a live model: the version it went on from, its steps since, and the tasks it last refreshed.

    ``sentences`` it has learned since, ``seconds`` its last step took; ``problem`` says why it did not learn.
    """

    base: int | None = None
    steps: int = 0
    sentences: int = 0
    refreshed: int = 0
    seconds: float = 0.0
    problem: str | None = None
    updated_at: datetime | None = None


def known(session: Session, project_id: int) -> Known | None:
    """The project's live model, if it has one."""
    row = session.get(LiveModel, project_id)
    if row is None:
        return None
    return Known(row.base, row.steps, row.sentences, row.refreshed, row.seconds, row.problem, row.updated_at)


class Live:
    """The drafts of a worker. One step at a time: the line of live learning has one thread."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._drafts: OrderedDict[int, Draft] = OrderedDict()
        self._seen: dict[int, int] = {}

    def has_seen(self, project_id: int, annotation_id: int) -> bool:
        """Whether a step began after that was said: it need not be asked for again."""
        return 0 < annotation_id <= self._seen.get(project_id, 0)

    def learn(self, project_id: int) -> list[int]:
        """Learn what was said since the last step, and refresh what comes next: the ids of the tasks refreshed.

        Asked twice, or by two workers at once, it leads to the same: each learns from where its own draft is.
        """
        began, store = monotonic(), self._shared.store
        with store.reading() as session:
            newest = session.scalar(select(func.max(Annotation.id)).where(Annotation.project_id == project_id))
            self._seen[project_id] = newest or 0
            rules = LoopRules.of(session.get_one(Project, project_id).settings).live
            base = drafts.current_base(session, project_id) if rules.enabled else None
        if not rules.enabled:
            self._drafts.pop(project_id, None)
            return []
        draft = self._draft(project_id, base, rules)
        if draft is None:
            return []
        sentences = self._learn(project_id, draft, rules)
        changed = self._changed(project_id, draft, rules.refresh)
        with self._shared.writing() as session:
            now = self._shared.clock()
            refreshed = _put(session, project_id, changed, pipeline=_name(draft), now=now)
            _note(
                session,
                project_id,
                base=draft.base,
                steps=draft.steps,
                annotation_id=draft.annotation_id,
                sentences=sentences,
                refreshed=len(refreshed),
                seconds=monotonic() - began,
                now=now,
            )
        if refreshed:
            self._shared.tell(project_id, "queue", {"refreshed": refreshed})
        return refreshed

    def projects(self) -> list[int]:
        """The ids of the projects that have had a live model."""
        with self._shared.store.reading() as session:
            return list(session.scalars(select(LiveModel.project_id).order_by(LiveModel.project_id)))

    def failed(self, project_id: int, problem: str) -> None:
        """Note why a step failed, and begin anew the next time."""
        self._drafts.pop(project_id, None)
        nothing = {"base": None, "steps": 0, "annotation_id": 0, "refreshed": 0, "seconds": 0.0}
        with self._shared.writing() as session:
            row = {} if session.get(LiveModel, project_id) else nothing
            _note(session, project_id, now=self._shared.clock(), sentences=0, problem=problem, **row)

    def _draft(self, project_id: int, base: int | None, rules: LiveRules) -> Draft | None:
        held = self._drafts.get(project_id)
        if held is None or held.base != base:
            held = drafts.begin(self._shared.store, self._shared.artefacts, project_id, rules)
            if held is None:
                return None
            self._drafts[project_id] = held
            if len(self._drafts) > _HELD:
                self._drafts.popitem(last=False)
        self._drafts.move_to_end(project_id)
        return held

    def _learn(self, project_id: int, draft: Draft, rules: LiveRules) -> int:
        """All that was said, some at a time; the number of sentences."""
        shared, learned = self._shared, 0
        versions = DatasetVersions(shared.store, shared.artefacts, project=project_id)
        while not shared.stopping.is_set():
            with shared.store.reading() as session:
                said, last = drafts.said_since(session, project_id, draft.annotation_id)
            if last == draft.annotation_id:
                break
            learned += draft.learn(versions.without_golden(said), rules)
            draft.annotation_id = last
        return learned

    def _changed(self, project_id: int, draft: Draft, count: int) -> list[tuple[int, Document]]:
        """The tasks next in line that the draft reads otherwise than they are pre-annotated."""
        if not count:
            return []
        with self._shared.store.reading() as session:
            tasks = _next_in_line(session, project_id, count)
        found = list(draft.pipeline.pipe(document for _, document, _ in tasks))
        return [
            (task, document)
            for (task, _, before), document in zip(tasks, found, strict=True)
            if _keys(document.spans) != before
        ]


def _name(draft: Draft) -> str:
    return f"live:{draft.base}" if draft.base else "live"


def _next_in_line(session: Session, project_id: int, count: int) -> list[tuple[int, Document, set[Any] | None]]:
    """The tasks that annotators get next, whoever asks: document and what is pre-annotated, as `_keys`."""
    skills = {
        "",
        *(skill for row in session.scalars(_SKILLS.where(Membership.project_id == project_id)) for skill in row),
    }
    part = {"project_id": project_id, "state": TaskState.OPEN, "tier": Tier.ANNOTATOR, "kind": TaskKind.DOCUMENT}
    heads: list[Any] = []
    for skill in sorted(skills):
        free = Task.assignee_id.is_(None), Task.skill == skill, Task.begun.is_(False)
        asked = select(Task.id, Task.rank).filter_by(**part).where(*free).order_by(Task.rank, Task.id)
        heads += session.execute(asked.limit(count)).all()
    ids = [row.id for row in sorted(heads, key=lambda row: (row.rank, row.id))[:count]]
    asked_for = (
        select(Task.id, *COLUMNS, Prediction.spans)
        .join(StoredDocument, StoredDocument.id == Task.document_id)
        .outerjoin(Prediction, Prediction.id == Task.prediction_id)
        .where(Task.id.in_(ids))
    )
    return [(row.id, document_of(row), _stored_keys(row.spans)) for row in session.execute(asked_for)]


_SKILLS = select(Membership.skills)


def _open_still(session: Session, tasks: Sequence[int]) -> dict[int, int]:
    """Those that nobody took meanwhile, locked, with their documents."""
    untouched = Task.id.in_(tasks), Task.state == TaskState.OPEN, Task.given == 0
    asked = select(Task.id, Task.document_id).where(*untouched).with_for_update(skip_locked=True)
    return {row.id: row.document_id for row in session.execute(asked)}


def _put(
    session: Session, project_id: int, changed: Sequence[tuple[int, Document]], *, pipeline: str, now: datetime
) -> list[int]:
    """Pre-annotate those anew that nobody took meanwhile; their ids."""
    documents = _open_still(session, [task for task, _ in changed]) if changed else {}
    kept = [(task, document) for task, document in changed if task in documents]
    rows = [
        {
            "project_id": project_id,
            "document_id": documents[task],
            "pipeline": pipeline,
            "spans": [record(span) for span in document.spans],
            "created_at": now,
        }
        for task, document in kept
    ]
    if rows:
        ids = session.scalars(insert(Prediction).returning(Prediction.id, sort_by_parameter_order=True), rows)
        for (task, _), prediction in zip(kept, ids, strict=True):
            session.execute(update(Task).where(Task.id == task).values(prediction_id=prediction))
    return [task for task, _ in kept]


def _note(
    session: Session, project_id: int, *, now: datetime, sentences: int, problem: str | None = None, **columns: Any
) -> None:
    row = session.get(LiveModel, project_id)
    if row is None:
        row = LiveModel(project_id=project_id, sentences=0)
        session.add(row)
    for name, value in columns.items():
        setattr(row, name, value)
    row.sentences, row.problem, row.updated_at = row.sentences + sentences, problem, now


def _keys(spans: Sequence[Span]) -> set[Any]:
    return {(span.start, span.end, span.label) for span in spans}


def _stored_keys(spans: Sequence[dict[str, Any]] | None) -> set[Any] | None:
    return None if spans is None else {(span["start"], span["end"], span["label"]) for span in spans}
