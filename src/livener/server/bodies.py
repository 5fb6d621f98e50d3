"""What a request may say, as pydantic models: what is not named here is refused."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from livener.client.answers import KindName, TierName

MAX_SPANS = 10_000


def storable(value: str) -> str:
    """The same text, which every database can hold."""
    if "\0" in value:  # which PostgreSQL cannot hold
        raise ValueError("holds the character NUL")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable)]
"""A name, a label, a skill."""
Prose = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable)]
"""A reason, a comment, a note."""
Reason = Annotated[Prose, Field(min_length=1)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(storable)]
"""The id of a document outside."""
Offset = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)]  # what is wrong with a negative one is said later
Number = Annotated[int, Field(ge=1, lt=2**31)]


class Body(BaseModel):
    """A request's JSON object."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SpanGiven(Body):
    """A span of the task's document, in code points; ``text`` is compared with the slice when it is given."""

    start: Offset
    end: Offset
    label: Line
    kb_id: Line | None = None
    text: str | None = None


Spans = Annotated[tuple[SpanGiven, ...], Field(max_length=MAX_SPANS)]
Parts = Annotated[tuple[tuple[Offset, Offset], ...], Field(min_length=1, max_length=MAX_SPANS)]
"""Ranges [start, end) of a document, in code points."""


class AnnotationGiven(Body):
    """What a person says about a task. ``guideline`` is the number of the version they work under."""

    spans: Spans = ()
    negatives: Spans = ()
    ignored: Spans = ()
    complete: bool = True
    flag: Prose | None = None
    active_seconds: Annotated[float, Field(ge=0, le=7 * 24 * 3600, allow_inf_nan=False)] | None = None
    guideline: Number


class DecisionGiven(AnnotationGiven):
    """The final annotation of a task; an expert's ``note`` stands with the examples that it becomes."""

    note: Prose = ""


class NextGiven(Body):
    """Which tasks to hand out: ``n`` leases a few ahead."""

    tier: TierName | None = None
    kind: KindName = "document"
    n: Annotated[int, Field(ge=1, le=20)] = 1


class ReasonGiven(Body):
    """Why."""

    reason: Reason


class MaybeReasonGiven(Body):
    """Why, if there is something to say."""

    reason: Prose = ""


class SendBackGiven(Body):
    """What is to be done again, and by whom: by the last of its annotators who is still there, unless it is said."""

    comment: Reason
    to: Line | None = None


class CommentGiven(Body):
    """A comment on a task."""

    body: Reason


class RestoreGiven(Body):
    """The revision whose content becomes the newest."""

    revision: Number


class TasksGiven(Body):
    """Documents that people are asked about, all alike.

    A ``question`` asks yes or no about the predicted spans, with ``below`` about those of a score under it; documents
    without any get no task. ``parts`` are the ranges that are asked about, by document, where not all of it is.
    """

    documents: Annotated[tuple[Key, ...], Field(min_length=1, max_length=10_000)]
    reason: Reason
    priority: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    overlap: Annotated[int, Field(ge=1, le=100)] | None = None
    skill: Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)] = ""
    batch: Line | None = None
    kind: KindName = "document"
    below: Annotated[float, Field(gt=0, le=1)] | None = None
    parts: Annotated[dict[Key, Parts], Field(max_length=10_000)] = {}


class ProjectGiven(Body):
    """A new project; ``labels`` maps each label to its definition, and begins its guidelines."""

    name: Annotated[Line, Field(pattern=r"^[^\s/?#%]+$")]
    settings: dict[str, Any] = {}
    labels: dict[Line, Prose] = {}


class SettingsGiven(Body):
    """All settings of a project."""

    settings: dict[str, Any]


class LabelsGiven(Body):
    """A new label set, with which the guidelines go on; and ``looks``: ``{"ORG": {"colour": "sky", "key": "o"}}``."""

    labels: Annotated[dict[Line, Prose], Field(min_length=1, max_length=1000)]
    looks: Annotated[dict[Line, dict[str, Any]], Field(max_length=1000)] | None = None


class GuidelinesGiven(Body):
    """A new version of the guidelines."""

    markdown: Annotated[str, StringConstraints(max_length=1_000_000), AfterValidator(storable)]
    labels: Annotated[dict[Line, Prose], Field(min_length=1, max_length=1000)] | None = None


class SessionGiven(Body):
    """A calibration session: the same documents to everybody, or to ``people``.

    ``n`` documents are drawn by ``seed`` where none are named.
    """

    name: Line
    documents: Annotated[tuple[Key, ...], Field(max_length=1000)] = ()
    n: Annotated[int, Field(ge=1, le=1000)] = 20
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    people: Annotated[tuple[Line, ...], Field(max_length=1000)] | None = None


class ChangeGiven(Body):
    """Spans of a settled document that go, and others that come."""

    document: Key
    remove: Spans = ()
    add: Spans = ()


class FixesGiven(Body):
    """Changes of settled documents: all of them are made, or none."""

    changes: Annotated[tuple[ChangeGiven, ...], Field(min_length=1, max_length=100)]
    reason: Reason


class DatasetGiven(Body):
    """A new dataset version from what was resolved."""

    name: Line
    filters: dict[str, Any] = {}
    parents: tuple[Line, ...] = ()
    splits: dict[Line, Annotated[float, Field(gt=0, le=1)]] = {"train": 0.8, "dev": 0.1, "test": 0.1}
