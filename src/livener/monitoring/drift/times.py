"""Windows in time: the days of documents, the same weekdays, the day since which a label has moved."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.monitoring.drift.window import Window
from livener.text import Document


def moment(value: object) -> datetime | None:
    """A time of the metadata: ISO 8601, or seconds since 1970; ``None`` where there is none. Without a zone: UTC.

    >>> moment("2024-05-06T08:00:00Z").weekday(), moment("")
    (0, None)
    """
    if value in ("", None) or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def same_weekdays(reference: Window, current: Window) -> Window:
    """The documents of the reference from the weekdays that the current window has, by ``time`` in their metadata.

    Raises:
        InputError: the current window has no times, or the reference nothing on those weekdays.
    """
    days = {at.weekday() for document in current.documents if (at := _time(document))}
    if not days:
        raise InputError("the documents have no time", fix='"meta": {"time": "2024-05-06T08:00:00Z"}')
    kept = reference.where(lambda document: (at := _time(document)) is not None and at.weekday() in days)
    if not len(kept):
        raise InputError("the reference has no documents of the same weekdays")
    return kept


def by_day(window: Window) -> dict[str, Window]:
    """The documents of each day (UTC), in order; those without a time are left out."""
    days: dict[str, list[int]] = {}
    for i, document in enumerate(window.documents):
        if at := _time(document):
            days.setdefault(at.astimezone(UTC).date().isoformat(), []).append(i)
    return {day: window.take(days[day]) for day in sorted(days)}


def since(usual: float, counts: npt.NDArray[np.int64], times: Sequence[str]) -> str | None:
    """The day from which on ``counts`` per document differ most from the ``usual`` rate, before it least.

    The split with the highest likelihood of two Poisson rates, of which the first is the usual one (Page 1954).

    >>> days = ["2024-05-01"] * 50 + ["2024-05-02"] * 50
    >>> since(1.0, np.array([1] * 50 + [3] * 50), days)
    '2024-05-02'
    """
    found: dict[str, list[float]] = {}
    for count, time in zip(counts.tolist(), times, strict=True):
        if at := moment(time):
            total = found.setdefault(at.astimezone(UTC).date().isoformat(), [0.0, 0.0])
            total[0] += count
            total[1] += 1.0
    days = sorted(found)
    if not days:
        return None
    best, gain = days[0], -math.inf
    spans = size = 0.0
    for day in reversed(days):
        spans += found[day][0]
        size += found[day][1]
        expected = max(usual * size, 1e-9)
        likelihood = (spans * math.log(spans / expected) if spans else 0.0) - (spans - expected)
        if likelihood > gain:
            best, gain = day, likelihood
    return best


def _time(document: Document) -> datetime | None:
    return moment(document.meta.get("time"))
