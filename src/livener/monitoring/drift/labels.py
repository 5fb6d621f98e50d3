"""Drift of labels: how many spans there are, in which proportions, and how many the words would lead to expect."""

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from livener.monitoring.drift.expected import expectations, residuals
from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import jensen_shannon, normal_tail, proportions, rates, stability_index
from livener.monitoring.drift.window import Floats, Window

_FEWEST = 10.0  # spans to be expected before a normal deviate is believed


class LabelRates:
    """Spans of each label per document: a G test with the dispersion of the documents."""

    name: ClassVar[str] = "label_rates.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        for i, label in enumerate(reference.labels):
            a, b = reference.counts[:, i], current.counts[:, i]
            value, p = rates(a, b)
            before, now = float(a.mean()), float(b.mean())
            yield Measure(
                self.name, label, "spans per document", before, now, value, p, relative(before, now), "relative", 0.1
            )


class LabelShares:
    """The proportions of the labels among the spans: χ² corrected for clustering; Jensen–Shannon and PSI as sizes."""

    name: ClassVar[str] = "label_shares.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        a, b = reference.counts, current.counts
        if len(reference.labels) < 2 or not a.sum() or not b.sum():
            return
        value, p = proportions(a, b)
        before, now = a.sum(0) / a.sum(), b.sum(0) / b.sum()
        most = int(np.abs(now - before).argmax())
        index = stability_index(a.sum(0), b.sum(0))
        yield Measure(
            self.name,
            reference.labels[most],
            "share of spans",
            float(before[most]),
            float(now[most]),
            value,
            p,
            index,
            "PSI",
            0.01,
            {
                "jensen_shannon": jensen_shannon(a.sum(0), b.sum(0)),
                "psi": index,
                "reference": dict(zip(reference.labels, before.tolist(), strict=True)),
                "current": dict(zip(reference.labels, now.tolist(), strict=True)),
            },
        )


class LabelsGivenWords:
    """Spans of each label against what the words would lead to expect.

    How often a word carries a label is learned from the reference, so that what the words explain is no longer noise:
    the counts are compared in parts of what was to be expected, with the deviation of a ratio (Cochran 1977). A label
    that is found less often in words of the same kind has usually been lost by the model, not by the text; and a loss
    too small to be seen in the plain count is seen here.
    """

    name: ClassVar[str] = "labels_given_words.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        if not len(reference) or not len(current):
            return
        expected_a, expected_b = expectations(reference, current)
        for i, label in enumerate(reference.labels):
            a, b = reference.counts[:, i].astype(np.float64), current.counts[:, i].astype(np.float64)
            left_a, left_b = residuals(a, expected_a[:, i], b, expected_b[:, i])
            now, expected = float(b.mean()), float((b - left_b).mean())
            effect = relative(expected, now)
            z, p = 0.0, 1.0
            if expected * len(b) >= _FEWEST and a.any():
                moved = left_b - effect * (b - left_b)  # what is left when all expectations have moved by the effect
                z = effect / math.sqrt(_variance(left_a, float(a.mean())) + _variance(moved, expected))
                p = normal_tail(z)
            quantity = "spans per document, given the words"
            yield Measure(self.name, label, quantity, expected, now, z, p, effect, "relative", 0.1)


def _variance(left: Floats, mean: float) -> float:
    """That of the mean of what is left of counts, in parts of ``mean``; never none, as no count is exact."""
    return max(float(np.square(left).mean()), 1e-9) / (len(left) * mean * mean)


def relative(before: float, now: float) -> float:
    """The change in parts of what was before; infinite where there was nothing.

    >>> relative(2.0, 1.5), relative(0.0, 0.0)
    (-0.25, 0.0)
    """
    if before > 0:
        return now / before - 1.0
    return math.inf if now > 0 else 0.0
