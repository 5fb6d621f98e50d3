"""Drift of labels: how many spans there are, in which proportions, and how many the words would lead to expect."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

import numpy as np

from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import jensen_shannon, normal_tail, proportions, rates, stability_index
from livener.monitoring.drift.window import Floats, Window, aligned

_FOLDS = 5
_PRIOR = 2.0  # occurrences that what is known of a word's shape counts for
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

    How often a word carries a label is learned from the reference (each document judged by the others), so that what
    the words explain is no longer noise. A label that is found less often in words of the same kind has usually been
    lost by the model, not by the text; and a loss too small to be seen in the plain count is seen here.
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
            deviation = math.sqrt(float(np.concatenate([left_a, left_b]).var()) * (1 / len(a) + 1 / len(b)))
            z = float(left_b.mean() - left_a.mean()) / deviation if deviation > 0 else 0.0
            p = normal_tail(z) if expected * len(b) >= _FEWEST else 1.0
            effect = relative(expected, now)
            quantity = "spans per document, given the words"
            yield Measure(self.name, label, quantity, expected, now, z, p, effect, "relative", 0.1)


def expectations(reference: Window, current: Window) -> tuple[Floats, Floats]:
    """Spans per document and label that the words of each document lead to expect: (n, labels) and (m, labels)."""
    a, b, vocabulary = aligned(reference, current)
    shapes: dict[str, int] = {}
    shape = np.array([shapes.setdefault(_shape(word), len(shapes)) for word in vocabulary], np.int64)
    fold = np.random.default_rng(0).permutation(len(reference)) % _FOLDS
    labels = len(reference.labels)
    found_a, found_b = np.zeros((len(reference), labels)), np.zeros((len(current), labels))
    for k in range(min(_FOLDS, len(reference))):
        inside = fold[reference.word_of] == k
        words, mass = a[~inside], reference.mass[~inside]
        seen = np.bincount(words, minlength=len(vocabulary))
        seen_shape = np.bincount(shape[words], minlength=len(shapes))
        for i in range(labels):
            of_shape = np.bincount(shape[words], mass[:, i], len(shapes)) / (seen_shape + 1.0)
            carried = np.bincount(words, mass[:, i], len(vocabulary))
            chance = (carried + _PRIOR * of_shape[shape]) / (seen + _PRIOR)
            found_a[:, i] += np.bincount(reference.word_of[inside], chance[a[inside]], len(reference))
            found_b[:, i] += np.bincount(current.word_of, chance[b], len(current)) / _FOLDS
    return found_a, found_b


def residuals(a: Floats, expected_a: Floats, b: Floats, expected_b: Floats) -> tuple[Floats, Floats]:
    """What is left of counts when the line of counts on expectations in the reference is taken away."""
    spread = float(expected_a.var())
    slope = float(((expected_a - expected_a.mean()) * (a - a.mean())).mean()) / spread if spread > 0 else 0.0
    start = float(a.mean()) - slope * float(expected_a.mean())
    return a - start - slope * expected_a, b - start - slope * expected_b


def relative(before: float, now: float) -> float:
    """The change in parts of what was before; infinite where there was nothing.

    >>> relative(2.0, 1.5), relative(0.0, 0.0)
    (-0.25, 0.0)
    """
    if before > 0:
        return now / before - 1.0
    return math.inf if now > 0 else 0.0


@lru_cache(100_000)
def _shape(word: str) -> str:
    kinds = "".join(
        "X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else "w" if c.isalpha() else c
        for c in word
    )
    return re.sub(r"(.)\1+", r"\1\1", kinds)[:8]
