"""Whether a classifier can tell new documents from those of the reference, and which ones it is surest about."""

import math
from collections.abc import Iterator
from typing import ClassVar
from zlib import crc32

import numpy as np

from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import normal_tail
from livener.monitoring.drift.window import Floats, Window, aligned

_WIDTH = 128
_MOST = 4000  # documents of a side that the classifier learns from
_RIDGE = 0.05


class Embedding:
    """A classifier two-sample test on hashed words: the area under its curve on held-out documents.

    Source: Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests"; the classifier is ridge regression.
    """

    name: ClassVar[str] = "embedding.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        if len(reference) < 20 or len(current) < 20:
            return
        scores, new = novelty(reference, current)
        areas, deviates = [], []
        for fold in (0, 1):
            part = np.arange(len(scores)) % 2 == fold
            area, sizes = _area(scores[part & new], scores[part & ~new])
            areas.append(area)
            deviates.append((area - 0.5) / math.sqrt((sum(sizes) + 1) / (12.0 * sizes[0] * sizes[1])))
        # The halves judge each other, so that their deviates are nearly the same one; worse than chance is chance.
        z = max(sum(deviates) / 2.0, 0.0)
        area = sum(areas) / 2
        yield Measure(
            self.name,
            "text",
            "how well new can be told from old",
            0.5,
            area,
            z,
            normal_tail(z) / 2,
            area - 0.5,
            "AUC − 0.5",
            0.05,
        )


def novelty(reference: Window, current: Window) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """How new each document looks to a classifier that did not learn from it, and whether it is one of the current.

    The order is a random one, the same for the same numbers of documents. Even and odd places are the two halves, of
    which each is judged by the other.
    """
    scores, order, size = _judged(reference, current)
    return scores, order >= size


def newest(reference: Window, current: Window) -> Floats:
    """How new each document of the current window looks (m,); 0 for those that were not sampled."""
    scores, order, size = _judged(reference, current)
    found = np.zeros(len(current))
    found[order[order >= size] - size] = scores[order >= size]
    return found


def _judged(reference: Window, current: Window) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    rng = np.random.default_rng(0)
    sides = [rng.permutation(len(window))[:_MOST] for window in (reference, current)]
    features = hashed(reference, current, _WIDTH)
    size = len(reference)
    order = rng.permutation(np.concatenate([sides[0], sides[1] + size]))
    x, new = features[order], (order >= size).astype(np.float64)
    scores = np.zeros(len(order))
    for fold in (0, 1):
        held = np.arange(len(order)) % 2 == fold
        learn, y = x[~held], new[~held]
        mean = learn.mean(0)
        centred = learn - mean
        gram = centred.T @ centred
        gram[np.diag_indices(_WIDTH)] += _RIDGE * max(float(np.trace(gram)) / _WIDTH, 1e-9) * 10
        scores[held] = (x[held] - mean) @ np.linalg.solve(gram, centred.T @ (y - y.mean()))
    return scores, order, size


def hashed(reference: Window, current: Window, width: int) -> Floats:
    """Signed hashed words, weighted by rarity and brought to one length (n + m, width)."""
    a, b, vocabulary = aligned(reference, current)
    words = np.concatenate([a, b])
    own = np.concatenate([reference.word_of, current.word_of + len(reference)])
    codes = np.array([crc32(word.casefold().encode()) for word in vocabulary] or [0], np.int64)
    seen = np.bincount(words, minlength=len(codes))
    weight = np.log1p(len(words) / np.maximum(seen, 1)) * np.where(codes >> 20 & 1, 1.0, -1.0)
    rows = len(reference) + len(current)
    table = np.bincount(own * width + codes[words] % width, weight[words], rows * width).reshape(rows, width)
    lengths: Floats = np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    found: Floats = table / lengths
    return found


def _area(new: Floats, old: Floats) -> tuple[float, tuple[int, int]]:
    both = np.concatenate([new, old])
    values = np.sort(both)
    ranks = (np.searchsorted(values, new) + np.searchsorted(values, new, side="right") + 1) / 2
    size = len(new), len(old)
    return float(ranks.sum() - size[0] * (size[0] + 1) / 2) / (size[0] * size[1]), size
