"""How far apart the texts of two windows are, as points in a space of meaning: the maximum mean discrepancy.

Source: Gretton et al. 2012, "A kernel two-sample test"; the tail of few permutations: Knijnenburg et al. 2009.
"""

import math
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from livener.monitoring.drift.embedding import hashed
from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import chi2_tail, normal_tail
from livener.monitoring.drift.window import Floats, Window

_MOST = 500  # documents of a side that are compared
_PERMUTATIONS = 999
_EXCEEDED = 10  # so many permutations beyond what was found say how rare it is; fewer only that it is rare
_WIDTH, _RANK = 1024, 50
_LEAST = 0.1  # in the tests' own simulations calm windows of 300 stay below half of it


class TextDistance:
    """By the words: TF–IDF of hashed words and its first singular vectors (latent semantic analysis)."""

    name: ClassVar[str] = "text_distance.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        yield from _compared(self.name, reference, current, _latent)


class EncoderDistance:
    """By an encoder (extra ``neural``), which knows what words mean; some 200 documents a second."""

    name: ClassVar[str] = "encoder_distance.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        yield from _compared(self.name, reference, current, _encoded)


def discrepancy(a: Floats, b: Floats, rng: np.random.Generator) -> tuple[float, float, float]:
    """The squared discrepancy of two samples (n, d) and (m, d), its p-value, and that by counted permutations alone.

    A Gaussian kernel as wide as the median distance; the unbiased estimate, which is 0 on average where both samples
    have one distribution, and at most 2. Where fewer than ten of 999 permutations exceed it, the p-value is that of
    a gamma distribution with the first three moments of the permutations.

    >>> rng = np.random.default_rng(0)
    >>> points = rng.normal(size=(200, 3))
    >>> discrepancy(points[:100], points[100:], rng)[1] > 0.05, discrepancy(points, points + 1.0, rng)[1] < 1e-6
    (True, True)
    """
    both = np.concatenate([a, b])
    squares = np.square(both).sum(1)
    distances = np.maximum(squares[:, None] + squares - 2.0 * both @ both.T, 0.0)
    width = float(np.median(distances[np.triu_indices(len(both), 1)]))
    kernel = np.exp(-distances / width) if width > 0 else np.ones_like(distances)
    inside = np.zeros((len(both), _PERMUTATIONS + 1))
    inside[: len(a), 0] = 1.0
    for column in range(1, _PERMUTATIONS + 1):
        inside[rng.permutation(len(both))[: len(a)], column] = 1.0
    with_all = kernel @ inside
    own = (inside * with_all).sum(0)
    crossed = with_all.sum(0) - own
    other = float(kernel.sum()) - own - 2.0 * crossed
    n, m = len(a), len(b)
    values = (own - n) / (n * (n - 1)) + (other - m) / (m * (m - 1)) - 2.0 * crossed / (n * m)
    found, permuted = float(values[0]), values[1:]
    exceeded = int((permuted >= found - 1e-12).sum())
    counted = (1 + exceeded) / (1 + _PERMUTATIONS)
    return found, counted if exceeded >= _EXCEEDED else min(counted, _tail(found, permuted)), counted


def _tail(value: float, permuted: Floats) -> float:
    mean, deviation = float(permuted.mean()), float(permuted.std())
    if deviation <= 0:
        return 1.0
    skew = float(((permuted - mean) ** 3).mean()) / deviation**3
    if skew < 0.01:
        return normal_tail((value - mean) / deviation) / 2.0
    scale = deviation * skew / 2.0
    shape = 4.0 / skew**2
    return chi2_tail(2.0 * (value - mean + shape * scale) / scale, 2.0 * shape)


def _compared(
    name: str, reference: Window, current: Window, vectors: Callable[[Window, Window], Floats]
) -> Iterator[Measure]:
    if min(len(reference), len(current)) < 2:
        return
    rng = np.random.default_rng(0)
    sides = [window.take(np.sort(rng.permutation(len(window))[:_MOST])) for window in (reference, current)]
    points = vectors(*sides)
    size = len(sides[0])
    squared, p, counted = discrepancy(points[:size], points[size:], rng)
    effect = math.sqrt(max(squared, 0.0))
    extra = {"permutation_p_value": counted, "permutations": _PERMUTATIONS}
    yield Measure(name, "text", "distance of the texts", 0.0, effect, squared, p, effect, "MMD", _LEAST, extra)


def _latent(reference: Window, current: Window) -> Floats:
    table = hashed(reference, current, _WIDTH)
    _, vectors = np.linalg.eigh(table.T @ table)  # in ascending order
    points: Floats = table @ vectors[:, -_RANK:]
    lengths: Floats = np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    return np.asarray(points / lengths)


def _encoded(reference: Window, current: Window) -> Floats:
    from livener.recognizers.encoding import encoded  # loads torch

    return encoded([document.text for side in (reference, current) for document in side.documents])
