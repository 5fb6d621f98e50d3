"""What the server answers about what moved in production."""

from datetime import date, datetime
from typing import Any, Literal

from livener.client.answers import Answer

AlertStateName = Literal["open", "acknowledged", "closed"]


class AlertEvent(Answer):
    """Something that happened to an alert: ``opened``, ``seen again``, ``acknowledged``, ``sent to review``,
    ``closed``; by nobody where the server did it."""

    what: str
    note: str
    detail: dict[str, Any]
    user: str | None
    at: datetime


class Alert(Answer):
    """Something that moved. ``found``, ``documents`` and ``events`` are there when one alert is asked for.

    ``found`` holds the ``findings`` with their sizes and how sure they are, since when and where, and the ``verdict``
    whether text or model changed; ``documents`` are those that moved most, each with ``why``.
    """

    id: int
    kind: str
    subject: str
    state: AlertStateName
    summary: str
    opened_at: datetime
    seen_at: datetime
    found: dict[str, Any] | None
    documents: tuple[dict[str, Any], ...] | None
    events: tuple[AlertEvent, ...] | None


class ReviewBatch(Answer):
    """The batch of tasks that an alert became: its name, the tasks that are new, the documents of the alert."""

    batch: str
    tasks: int
    documents: int


class QualityDay(Answer):
    """How good what people were shown was on a day.

    ``labels`` maps a label, or ``"*"``, to precision, recall, f1 with its interval (low, high) and support;
    ``reliability`` are ece, brier and the bins of the diagram.
    """

    day: str
    documents: int
    labels: dict[str, dict[str, float]]
    reliability: dict[str, Any] | None


class GoldenServed(Answer):
    """A version that served from ``at`` on: precision, recall, f1 and support on the golden set, by label and under
    ``"*"`` for all of them."""

    at: datetime
    number: int
    documents: int
    labels: dict[str, dict[str, float]]


class Quality(Answer):
    """The first tier: what gates said on the golden set, oldest first, and of the versions that served in turn; and
    what people made of predictions by day."""

    golden: tuple[dict[str, Any], ...]
    served: tuple[GoldenServed, ...]
    rolling: tuple[QualityDay, ...]


class LabelDay(Answer):
    """A label on a day of production: spans among so many documents, and how sure they were."""

    day: str
    label: str
    documents: int
    spans: int
    score: float | None
    entropy: float | None
    low: float | None


class LabelDays(Answer):
    """The second and third tier: labels by day, and how many spans of a label have a score in each tenth."""

    days: tuple[LabelDay, ...]
    scores: tuple[dict[str, Any], ...]


class Behind(Answer):
    """A document behind a bar, with its predicted spans."""

    id: str
    text: str
    meta: dict[str, Any]
    spans: tuple[dict[str, Any], ...]


class BehindBar(Answer):
    """The documents behind a bar, the least sure first."""

    documents: tuple[Behind, ...]


class Happening(Answer):
    """Something that happened: an alert, a promotion, a rollback, a gate, new guidelines."""

    at: datetime
    kind: str
    what: str
    note: str = ""
    id: int | None = None
    number: int | None = None


class Timeline(Answer):
    """What happened, oldest first."""

    events: tuple[Happening, ...]


class Watched(Answer):
    """What a look at production gave: the alerts that are new, those that ended, and what has drifted; ``null`` where
    there were too few documents to say. ``verdict`` says whether the ``text`` changed, the ``model``, ``both`` or
    ``neither``, where that is known; ``untold`` over which channels new alerts could not be told, and why."""

    raised: tuple[int, ...]
    closed: tuple[int, ...]
    drifted: tuple[str, ...] | None
    verdict: Literal["text", "model", "both", "neither"] | None
    untold: dict[str, str]


class EstimateAnswer(Answer):
    """A share with its 95 % interval; ``seen`` spans it was judged by."""

    value: float
    low: float
    high: float
    seen: int


class QualityAnswer(Answer):
    """Precision, recall and F1 of a label in a domain (``null``: of all) on a ``day`` (``null``: of the whole time),
    estimated from ``documents`` of the random sample of production that people settled."""

    day: date | None
    domain: str | None
    label: str | None
    documents: int
    precision: EstimateAnswer | None
    recall: EstimateAnswer | None
    f1: EstimateAnswer | None


class Rolling(Answer):
    """How good production is: over the whole time by domain and label, and by day for what was asked for."""

    whole: tuple[QualityAnswer, ...]
    days: tuple[QualityAnswer, ...]


class LabelCount(Answer):
    """The documents of a day, those of them in which a label was found, and its spans."""

    day: str
    documents: int
    found: int
    spans: int


class NewLabel(Answer):
    """A label in its first thirty days: since when guidelines have it, and a version that knows it serves; how often
    it was found since, and how well. ``state`` is ``waits`` for such a version, ``silent``, ``falls`` or ``well``."""

    label: str
    since: datetime
    until: datetime
    learned: datetime | None
    documents: int
    spans: int
    days: tuple[LabelCount, ...]
    quality: QualityAnswer
    state: Literal["waits", "silent", "falls", "well"]
    why: str
