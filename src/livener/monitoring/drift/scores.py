"""Drift of what is known of a span: its length, its score, how undecided that is."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import histogram, jensen_shannon, shares, smirnov, stability_index
from livener.monitoring.drift.window import Floats, Ints, Window

LOW = 0.5  # a score below it is low: more likely wrong than right


class SpanLengths:
    """The number of words of a span: Kolmogorov–Smirnov."""

    name: ClassVar[str] = "span_lengths.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        yield from compared(
            self.name,
            "all labels",
            "words of a span",
            (reference.span_length, reference.span_of),
            (current.span_length, current.span_of),
        )


class Confidence:
    """The scores of the spans: Kolmogorov–Smirnov."""

    name: ClassVar[str] = "confidence.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        yield from compared(self.name, "all labels", "score", *(_scored(window) for window in (reference, current)))


class Entropy:
    """How undecided the scores are, in bits: Kolmogorov–Smirnov."""

    name: ClassVar[str] = "entropy.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        sides = []
        for window in (reference, current):
            scores, own = _scored(window)
            sides.append((entropy(scores), own))
        yield from compared(self.name, "all labels", "entropy of the score", *sides)


class LowConfidence:
    """The share of spans, label by label, whose score is below one half: G."""

    name: ClassVar[str] = "low_confidence.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        for i, label in enumerate(reference.labels):
            counted = []
            for window in (reference, current):
                of = (window.span_label == i) & ~np.isnan(window.scores)
                counted.append(np.bincount(window.span_of[of & (window.scores < LOW)], minlength=len(window)))
                counted.append(np.bincount(window.span_of[of], minlength=len(window)))
            yield from share(self.name, label, "share of low scores", *counted, minimum=0.03)


def compared(
    test: str,
    subject: str,
    quantity: str,
    reference: tuple[Floats, Ints],
    current: tuple[Floats, Ints],
    *,
    minimum: float = 0.05,
) -> Iterator[Measure]:
    """A Kolmogorov–Smirnov measure of values, each with the document that it belongs to; nothing without values."""
    (a, of_a), (b, of_b) = reference, current
    if not len(a) or not len(b):
        return
    distance, p = smirnov(a, of_a, b, of_b)
    counted = histogram(a, b)
    extra = {"jensen_shannon": jensen_shannon(*counted), "psi": stability_index(*counted)}
    yield Measure(
        test, subject, quantity, float(a.mean()), float(b.mean()), distance, p, distance, "KS", minimum, extra
    )


def share(
    test: str, subject: str, quantity: str, hits_a: Ints, of_a: Ints, hits_b: Ints, of_b: Ints, *, minimum: float
) -> Iterator[Measure]:
    """A measure of a share, from hits and totals per document; nothing where there is nothing to share."""
    if not of_a.sum() or not of_b.sum():
        return
    value, p = shares(hits_a, of_a, hits_b, of_b)
    before, now = float(hits_a.sum() / of_a.sum()), float(hits_b.sum() / of_b.sum())
    yield Measure(test, subject, quantity, before, now, value, p, now - before, "difference", minimum)


def entropy(scores: Floats) -> Floats:
    """The entropy of each score, in bits.

    >>> entropy(np.array([0.5, 1.0])).tolist()
    [1.0, 0.0]
    """
    both = np.stack([scores, 1.0 - scores])
    logs = np.log2(both, out=np.zeros_like(both), where=both > 0)
    found: Floats = np.abs((both * logs).sum(0))
    return found


def _scored(window: Window) -> tuple[Floats, Ints]:
    known = ~np.isnan(window.scores)
    return window.scores[known], window.span_of[known]
