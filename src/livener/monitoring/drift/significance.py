"""How likely a movement is by chance, where the spans of one document stand and fall together.

The unit is the document: it is drawn, not its words or spans. Each statistic of independent counts is divided by the
design effect, the factor by which the clustering in documents inflates its variance (Kish 1965; Rao and Scott 1981).
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float64] | npt.NDArray[np.int64]

_FEWEST_EXPECTED = 5
_LEAST_EFFECT = 0.2  # a design effect below this is an accident of few documents


def normal_tail(z: float) -> float:
    """The two-sided p-value of a standard normal deviate.

    >>> round(normal_tail(1.96), 4)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2.0))


def chi2_tail(value: float, degrees: float) -> float:
    """The probability that χ² with so many degrees of freedom exceeds ``value``.

    Source: the incomplete gamma function by series and by continued fraction, as in Abramowitz and Stegun 1964, 6.5.

    >>> round(chi2_tail(3.841, 1), 4), round(chi2_tail(30.0, 10), 6)
    (0.05, 0.000857)
    """
    if value <= 0 or degrees <= 0:
        return 1.0
    a, x = degrees / 2.0, value / 2.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        n = a
        while term > total * 1e-16:
            n += 1.0
            term *= x / n
            total += term
        return max(0.0, 1.0 - scale * total)
    b, c = x + 1.0 - a, 1e300
    d = 1.0 / b
    fraction = d
    for i in range(1, 500):
        step = -i * (i - a)
        b += 2.0
        d = 1.0 / (step * d + b)
        c = b + step / c
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return min(1.0, scale * fraction)


def rates(a: Counts, b: Counts) -> tuple[float, float]:
    """Whether two series of counts per document (n,) and (m,) have one mean: the G statistic and its p-value.

    G of a Poisson rate, with the dispersion of the documents (Sokal and Rohlf 1995; McCullagh and Nelder 1989).

    >>> rates(np.array([1, 0, 2, 1] * 50), np.array([1, 0, 2, 1] * 50))
    (0.0, 1.0)
    """
    both = np.concatenate([a, b]).astype(np.float64)
    mean = float(both.mean()) if len(both) else 0.0
    if not len(a) or not len(b) or mean <= 0:
        return 0.0, 1.0
    deviance = 2.0 * sum(_part(float(side.sum()), mean * len(side)) for side in (a, b))
    value = max(deviance, 0.0) / max(float(both.var()) / mean, _LEAST_EFFECT)
    return value, chi2_tail(value, 1)


def shares(hits_a: Counts, of_a: Counts, hits_b: Counts, of_b: Counts) -> tuple[float, float]:
    """Whether a share is the same on both sides: G and its p-value; hits and totals are given per document.

    >>> one = np.array([1, 0, 0, 1] * 50), np.array([2, 2, 1, 1] * 50)
    >>> shares(*one, *one)
    (0.0, 1.0)
    """
    totals = float(of_a.sum()), float(of_b.sum())
    if not all(totals):
        return 0.0, 1.0
    share = float(hits_a.sum() + hits_b.sum()) / sum(totals)
    if not 0.0 < share < 1.0:
        return 0.0, 1.0
    deviance = 0.0
    for hits, total in zip((float(hits_a.sum()), float(hits_b.sum())), totals, strict=True):
        deviance += 2.0 * (_part(hits, share * total) + _part(total - hits, (1.0 - share) * total))
    left = np.concatenate([hits_a - share * of_a, hits_b - share * of_b])
    effect = float(np.square(left).sum()) / (share * (1.0 - share) * sum(totals))
    value = max(deviance, 0.0) / max(effect, _LEAST_EFFECT)
    return value, chi2_tail(value, 1)


def proportions(a: Counts, b: Counts) -> tuple[float, float]:
    """Whether two compositions are the same: χ² and its p-value, of counts per document (n, k) and (m, k).

    Corrected in the first order for the clustering in documents (Rao and Scott 1981). Columns too rare for χ² (fewer
    than five expected on either side) are taken together, and left out where they are rare even so.
    """
    both = a.sum(0) + b.sum(0)
    least = both * min(a.sum(), b.sum()) / max(both.sum(), 1)
    rare = least < _FEWEST_EXPECTED
    a, b = (np.column_stack([side[:, ~rare], side[:, rare].sum(1)]) for side in (a, b))
    if least[rare].sum() < _FEWEST_EXPECTED:
        a, b = a[:, :-1], b[:, :-1]
    sums = np.stack([a.sum(0), b.sum(0)]).astype(np.float64)
    if sums.shape[1] < 2 or not sums.sum(1).all():
        return 0.0, 1.0
    share = sums.sum(0) / sums.sum()
    expected = sums.sum(1, keepdims=True) * share
    value = float((np.square(sums - expected) / expected).sum())
    both = np.concatenate([a, b]).astype(np.float64)
    left = np.square(both - both.sum(1, keepdims=True) * share).sum(0)
    effect = float((left / (share * sums.sum())).sum()) / (len(share) - 1)
    value /= max(effect, _LEAST_EFFECT)
    return value, chi2_tail(value, len(share) - 1)


def smirnov(a: Floats, of_a: npt.NDArray[np.int64], b: Floats, of_b: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Whether two samples have one distribution: the Kolmogorov–Smirnov distance and its p-value.

    ``of_a`` and ``of_b`` name the document of each value. The sizes are divided by the design effect of the ranks.

    >>> values, own = np.arange(100.0), np.arange(100)
    >>> smirnov(values, own, values + 50, own)[0]
    0.5
    """
    if len(a) < 2 or len(b) < 2:
        return 0.0, 1.0
    both = np.concatenate([a, b])
    grid = np.unique(both)
    below_a = np.searchsorted(np.sort(a), grid, side="right") / len(a)
    below_b = np.searchsorted(np.sort(b), grid, side="right") / len(b)
    distance = float(np.abs(below_a - below_b).max())
    ranks = np.searchsorted(np.sort(both), both, side="right").astype(np.float64)
    ranks -= ranks.mean()
    spread = float(np.square(ranks).sum())
    if spread <= 0:
        return distance, 1.0
    clusters = sum(
        float(np.square(np.bincount(own, part)).sum())
        for own, part in ((of_a, ranks[: len(a)]), (of_b, ranks[len(a) :]))
    )
    effect = max(clusters / spread, 1.0)
    size = len(a) * len(b) / (len(a) + len(b)) / effect
    return distance, _kolmogorov(math.sqrt(size) * distance)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The false discovery rate at which each would just be called (Benjamini and Hochberg 1995).

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(-values)
    scaled = values[order] * len(values) / np.arange(len(values), 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return [float(value) for value in found]


def jensen_shannon(a: Counts, b: Counts) -> float:
    """The divergence of two compositions (k,) in bits: 0 the same, 1 nothing in common (Lin 1991).

    >>> jensen_shannon(np.array([5, 5]), np.array([1, 1])), jensen_shannon(np.array([1, 0]), np.array([0, 1]))
    (0.0, 1.0)
    """
    if not a.sum() or not b.sum():
        return 0.0
    p, q = a / a.sum(), b / b.sum()
    middle = (p + q) / 2.0
    parts = [np.sum(side[side > 0] * np.log2(side[side > 0] / middle[side > 0])) for side in (p, q)]
    return max(0.0, float(sum(parts)) / 2.0)


def stability_index(a: Counts, b: Counts) -> float:
    """The population stability index of two compositions (k,), half a count added to each.

    >>> round(stability_index(np.array([50, 50]), np.array([80, 20])), 2)
    0.41
    """
    p, q = (a + 0.5) / (a + 0.5).sum(), (b + 0.5) / (b + 0.5).sum()
    return float(((p - q) * np.log(p / q)).sum())


def histogram(values: Floats, other: Floats, *, bins: int = 10) -> tuple[Counts, Counts]:
    """Both samples counted in bins that hold equally many of the first."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])) if len(values) else np.zeros(1)
    counted = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (values, other)]
    return counted[0], counted[1]


def _part(observed: float, expected: float) -> float:
    return observed * math.log(observed / expected) if observed > 0 else 0.0


def _kolmogorov(x: float) -> float:
    """The limit of the distribution of the two-sample distance (Kolmogorov 1933)."""
    if x < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2.0 * sum((-1.0) ** (k - 1) * math.exp(-2.0 * k * k * x * x) for k in range(1, 101))))
