"""What the server answers about how what serves behaves over time."""

from datetime import datetime

from livener.client.answers import Answer


class LabelServed(Answer):
    """The spans of a label that were answered, and their mean score."""

    spans: int
    score: float | None


class ServedPart(Answer):
    """What was answered in a part of the time from ``since``; ``entropy`` is the mean of a span, in bits."""

    since: datetime
    documents: int
    entropy: float | None
    labels: dict[str, LabelServed]


class SettledPart(Answer):
    """Strict F1 of what people were shown in a part of the time, against what was settled; in all and by label."""

    since: datetime
    documents: int
    f1: float | None
    labels: dict[str, float | None]


class ReliabilityBin(Answer):
    """The spans with scores from ``low`` to ``high``: how many, their mean score, and the share that was right."""

    low: float
    high: float
    count: int
    mean_score: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


class Reliability(Answer):
    """How sure and how right; the expected calibration error and the Brier score are 0 where both agree."""

    ece: float
    brier: float
    bins: tuple[ReliabilityBin, ...]


class Settled(Answer):
    """How right what people were shown was."""

    documents: int
    f1: float | None
    parts: tuple[SettledPart, ...]
    reliability: Reliability | None


class Trends(Answer):
    """What was answered over time, and how right it was."""

    served: tuple[ServedPart, ...]
    settled: Settled
