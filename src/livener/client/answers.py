"""What a server answers, as pydantic models: its description is made of them, and the client reads them."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

RoleName = Literal["annotator", "reviewer", "expert", "lead", "admin"]
TierName = Literal["annotator", "reviewer", "expert"]
KindName = Literal["document", "question"]
StateName = Literal["open", "leased", "submitted", "in_review", "disputed", "escalated", "resolved", "rejected"]
_Item = TypeVar("_Item")


class Answer(BaseModel):
    """A JSON object; a client of an older version does not mind what a newer server adds."""

    model_config = ConfigDict(frozen=True)


class Page(Answer, Generic[_Item]):
    """A part of a list; ``next`` is the cursor of the part after it, or null."""

    items: tuple[_Item, ...]
    next: str | None


class SpanAnswer(Answer):
    """A span, in code points."""

    start: int
    end: int
    label: str
    score: float | None = None
    source: str | None = None
    kb_id: str | None = None
    text: str | None = None


class Project(Answer):
    """A project and the role in it of the person who asks."""

    name: str
    settings: dict[str, Any]
    created_at: datetime
    role: RoleName
    etag: str


class LabelLook(Answer):
    """The colour (of the palette, or ``#rrggbb``) and the key of a label, where they were chosen."""

    colour: str | None = None
    key: str | None = None


class LabelSet(Answer):
    """The labels of a project, numbered, each with its definition, and with its look where one was chosen."""

    number: int
    labels: dict[str, str]
    created_at: datetime
    looks: dict[str, LabelLook] = {}


class Text(Answer):
    """A document as people work on it."""

    id: str
    text: str
    meta: dict[str, Any]
    tokens: tuple[tuple[int, int], ...] | None
    sentences: tuple[tuple[int, int], ...] | None


class Prediction(Answer):
    """The spans of one pipeline version for one document; ``model`` is the number of the model version."""

    spans: tuple[SpanAnswer, ...]
    model: int | None
    pipeline: str


class TaskState(Answer):
    """Where a task is."""

    id: int
    state: StateName
    tier: TierName
    batch: str | None


class StoredDocument(Text):
    """A document with its newest prediction and where its tasks are."""

    created_at: datetime
    prediction: Prediction | None
    tasks: tuple[TaskState, ...]


class Annotation(Answer):
    """What one person said of a task. It no longer ``counts`` when the task was opened again after it.

    Where it is not ``complete``, ``known`` are the ranges in which all is said all the same.
    """

    revision: int
    author: str
    tier: TierName
    complete: bool
    spans: tuple[SpanAnswer, ...]
    negatives: tuple[SpanAnswer, ...]
    ignored: tuple[SpanAnswer, ...]
    known: tuple[tuple[int, int], ...]
    flag: str | None
    guideline: int
    active_seconds: float | None
    created_at: datetime
    counts: bool


class Holder(Answer):
    """Who works on a task, and until when it is kept for them."""

    user: str
    expires_at: datetime


class Task(Answer):
    """A document that waits for a person, with the reason, and what was said of it: an annotator sees only theirs.

    ``parts`` are the ranges that are asked about, null for the whole text.
    """

    id: int
    kind: KindName
    state: StateName
    tier: TierName
    priority: float
    reason: str
    overlap: int
    given: int
    skill: str
    batch: str | None
    etag: str
    document: Text
    prediction: Prediction | None
    question: tuple[SpanAnswer, ...] | None
    parts: tuple[tuple[int, int], ...] | None
    annotations: tuple[Annotation, ...]
    lease: Holder | None
    comments: int


class Empty(Answer):
    """Why there is no task for somebody: in words, and how many wait for what."""

    reason: str
    counts: dict[str, int]


class Tasks(Answer):
    """Tasks that were leased; or why there is none."""

    tasks: tuple[Task, ...]
    empty: Empty | None


class Submitted(Answer):
    """What became of an annotation: its revision, and the state of its task with the reason for it."""

    revision: int
    state: StateName
    reason: str
    etag: str


class State(Answer):
    """Where the task is now."""

    state: StateName
    etag: str


class Event(Answer):
    """A transition of a task."""

    number: int
    before: StateName
    after: StateName
    by: str | None
    reason: str
    at: datetime
    revision: int | None


class Comment(Answer):
    """What somebody wrote about a task."""

    id: int
    author: str
    body: str
    created_at: datetime


class Opened(Answer):
    """The tasks that were opened, in the order of the documents; none where there is nothing to ask."""

    tasks: tuple[int, ...]


class TaskCount(Answer):
    """How many tasks are in a state and at a tier."""

    state: StateName
    tier: TierName
    count: int


class Statistics(Answer):
    """What is in a project; ``corrections`` by error type."""

    documents: int
    annotations: int
    tasks: tuple[TaskCount, ...]
    corrections: dict[str, int]


class Guidelines(Answer):
    """A version of the guidelines; ``missing`` are labels without a section, ``looks`` are those of the present."""

    number: int
    markdown: str
    labels: dict[str, str]
    missing: tuple[str, ...]
    author: str
    created_at: datetime
    looks: dict[str, LabelLook] = {}


class SectionDiff(Answer):
    """What changed in the section of a label ("" for what is before the first one), as lines of a unified diff."""

    label: str
    status: Literal["added", "removed", "changed", "same"]
    lines: tuple[str, ...]


class Unread(Answer):
    """Somebody who has to read the latest guidelines, because of these sections."""

    user: str
    read: int | None
    latest: int
    labels: tuple[str, ...]


class Example(Answer):
    """A decision of an expert, shown in the guidelines."""

    id: int
    label: str
    counter: bool
    text: str
    start: int
    end: int
    note: str
    author: str
    guideline: int
    document: str
    created_at: datetime


class Doubt(Answer):
    """A resolved task whose annotation has labels of changed sections; ``guideline`` is what it was made under."""

    task: int
    document: str
    guideline: int
    labels: tuple[str, ...]


class Doubts(Answer):
    """What a change of the guidelines puts in doubt: how many tasks in all and by label, and a part of them."""

    tasks: int
    labels: dict[str, int]
    items: tuple[Doubt, ...]
    next: str | None


class Reopened(Answer):
    """How many tasks were opened again; the request is sent again until there are none."""

    reopened: int


class Position(Answer):
    """What people made of one place in the text."""

    state: Literal["agreed", "boundary", "label", "only_some"]
    start: int
    end: int
    variants: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]
    undecided: tuple[str, ...]


class Progress(Answer):
    """A calibration session: how many of its documents each person has annotated."""

    name: str
    created_at: datetime
    documents: int
    done: dict[str, int]
    closed: bool


class SideBySide(Answer):
    """What people made of one document."""

    document: str
    text: str
    people: tuple[str, ...]
    positions: tuple[Position, ...]
    states: dict[str, int]


class Results(Progress):
    """The results of a calibration session; ``agreement`` as `livener agree --json` prints it."""

    agreement: dict[str, Any]
    results: tuple[SideBySide, ...]


class Reliability(Answer):
    """The estimated F1 of somebody's spans."""

    user: str
    reliability: float


class Blocked(Answer):
    """A label that must not be trained on, as people agree too little on it."""

    label: str
    kappa: float
    limit: float
    reason: str


class CorrectionGroup(Answer):
    """The corrections of one surface form, label, source or model; ``kinds`` by error type."""

    key: str
    count: int
    severity: int
    latest: datetime
    kinds: dict[str, int]


class Dataset(Answer):
    """A dataset version; ``splits`` says how many documents each has."""

    name: str
    address: str
    splits: dict[str, int]
    lineage: dict[str, Any]
    created: datetime


class DatasetDiff(Answer):
    """Ids of documents: only in the new version, only in the old, with other spans, in another split."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]


class Imported(Answer):
    """What became of an import. ``same`` were there already; ``conflicts`` have the id of another text."""

    added: int
    same: int
    tasks: int
    conflicts: int
    problems: tuple[str, ...]


class Adjudication(Answer):
    """What a reviewer sees of a task: what everybody said, position by position, and a first merge of it."""

    task_id: int
    strategy: str
    annotations: tuple[dict[str, Any], ...]
    positions: tuple[Position, ...]
    merged: tuple[SpanAnswer, ...]
    reliabilities: dict[str, float]
