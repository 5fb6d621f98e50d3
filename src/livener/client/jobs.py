"""What the server answers about background work."""

from datetime import datetime
from typing import Any, Literal

from livener.client.answers import Answer

JobStateName = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(Answer):
    """A background job: how far it is, and what came of it. ``seconds`` is the time that it took."""

    id: int
    kind: str
    state: JobStateName
    reason: str
    arguments: dict[str, Any]
    steps: dict[str, Any]
    progress: dict[str, Any]
    result: dict[str, Any] | None
    problem: str | None
    attempts: int
    cancel: bool
    seconds: float
    user: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobNote(Answer):
    """A line of the log of a job."""

    id: int
    at: datetime
    message: str


class LiveModel(Answer):
    """The draft that learns between two tasks; ``base`` is the version it went on from.

    ``sentences`` it has learned since, ``refreshed`` tasks were pre-annotated anew by its last step, which took
    ``seconds``; ``problem`` says why it failed.
    """

    base: int | None
    steps: int
    sentences: int
    refreshed: int
    seconds: float
    problem: str | None
    updated_at: datetime | None


TriggerModeName = Literal["on", "dry", "off"]


class Trigger(Answer):
    """A condition with a name, and the job that begins when it holds; ``last`` is when it last went off."""

    id: int
    name: str
    condition: str
    settings: dict[str, Any]
    job: str
    arguments: dict[str, Any]
    mode: TriggerModeName
    user: str | None
    created_at: datetime
    last: datetime | None


class TriggerEvent(Answer):
    """A trigger that went off: why, by which figures, and the job that it began, none in a dry run."""

    id: int
    trigger: str
    at: datetime
    dry: bool
    detail: str
    figures: dict[str, Any]
    job: int | None


class TriggerFinding(Answer):
    """Whether a trigger would go off now, and why."""

    holds: bool
    detail: str
    figures: dict[str, Any]


class Threshold(Answer):
    """What is accepted of a label, or of whole sentences where it is "": scores from ``threshold`` on, if any.

    ``share`` of the ``judged`` are accepted, wrong at most in ``bound`` of the cases; ``audited`` since, of which
    ``wrong``; ``why`` there is no threshold.
    """

    label: str
    threshold: float | None
    share: float
    bound: float
    judged: int
    why: str
    audited: int
    wrong: int


class Thresholds(Answer):
    """Those of what serves; ``model`` is null where it has none."""

    model: int | None
    reason: str
    at: datetime | None
    limit: float | None
    confidence: float | None
    groups: tuple[Threshold, ...]
