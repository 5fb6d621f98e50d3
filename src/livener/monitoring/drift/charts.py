"""Control charts: which windows of a series leave the band in which a label usually moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from livener.errors import InputError
from livener.monitoring.drift.window import Window


@dataclass(frozen=True, slots=True)
class Point:
    """One window: spans per document, and the band of what is usual for so many documents."""

    name: str
    documents: int
    rate: float
    low: float
    high: float

    @property
    def outside(self) -> bool:
        """Whether the rate is outside the band."""
        return not self.low <= self.rate <= self.high


def control_chart(
    reference: Window, series: Sequence[tuple[str, Window]], label: str, *, sigmas: float = 2.0
) -> list[Point]:
    """The spans of a label per document in each window of a series, with limits at so many standard deviations.

    The centre and the spread of documents come from the reference; the limits are those of a u chart with the
    dispersion of the documents (Shewhart 1931; Laney 2002). At two deviations one point in twenty is outside by
    chance.

    Raises:
        InputError: a label that the reference does not know.

    >>> from livener.monitoring.drift.window import measure
    >>> from livener.text import Document, Span
    >>> usual = measure([Document("Ada", spans=(Span(0, 3, "PER"),)), Document("It rained.")] * 50)
    >>> [point.outside for point in control_chart(usual, [("a", usual), ("b", usual.take(range(0, 100, 2)))], "PER")]
    [False, True]
    """
    if label not in reference.labels:
        raise InputError(f"label {label!r} does not occur", fix=f"one of {', '.join(reference.labels)}")
    column = reference.labels.index(label)
    usual = reference.counts[:, column]
    centre, spread = float(usual.mean()), float(usual.std())
    points = []
    for name, window in series:
        if not len(window):
            continue
        half = sigmas * spread * math.sqrt(1 / len(window) + 1 / len(reference))
        rate = float(window.counts[:, column].mean())
        points.append(Point(name, len(window), rate, max(0.0, centre - half), centre + half))
    return points
