"""Shares of a population of which only a sample was looked at, whose members were drawn with unequal chances."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics.calibration import wilson_interval

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; ``seen`` is how many things it is a share of were looked at."""

    value: float
    low: float
    high: float
    seen: int


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike, weights: npt.ArrayLike) -> Estimate | None:
    """The share Σ part / Σ whole of a population, from a sample of its documents; None where none of it was seen.

    ``part`` and ``whole`` (n,) count things in each sampled document, part ≤ whole; ``weights`` (n,) say for how many
    documents of the population each stands, the inverse of its chance to be drawn. The share is the ratio of the two
    Horvitz–Thompson (1952) totals. Its variance is that of the linearised ratio as if the documents had been drawn
    one by one with replacement (Särndal, Swensson and Wretman 1992, sections 5.6 and 5.7; too large rather than too
    small where few of many are drawn without), so that spans of one document stand and fall together. The interval is
    that of Wilson at the effective sample size, the number of independent things that would have this variance, with
    Student's t for the number of documents (Korn and Graubard 1998; Franco, Little, Louis and Slud 2019). Where all
    were right or all wrong, nothing shows how they vary: then it is the effective number of documents (Kish 1965).

    Raises:
        InputError: shapes that differ, weights that are not positive, or a part that is more than its whole.

    >>> found = ratio([9, 1, 0], [10, 1, 1], [1.0, 1.0, 8.0])   # a miss that stands for eight
    >>> round(found.value, 2), found.seen
    (0.53, 12)
    """
    y, x, w = (np.asarray(values, dtype=np.float64) for values in (part, whole, weights))
    if not y.shape == x.shape == w.shape or y.ndim != 1:
        raise InputError(f"shapes {y.shape}, {x.shape} and {w.shape}", fix="three of (n,)")
    if (w <= 0).any() or (y > x).any() or (y < 0).any():
        raise InputError("a weight that is not positive, or a part outside its whole", fix="0 ≤ part ≤ whole")
    some = x > 0
    y, x, w = y[some], x[some], w[some]
    if not len(x):
        return None
    total = float(w @ x)
    value = float(w @ y) / total
    documents = total**2 / float(((w * x) ** 2).sum())
    count = documents
    if 0.0 < value < 1.0 and len(x) > 1:
        gaps = w * (y - value * x)
        variance = len(x) / (len(x) - 1) * float((gaps**2).sum()) / total**2
        single = total**2 / float((w * w * x).sum())  # as many as there are where those of a document do not cohere
        count = min(value * (1.0 - value) / max(variance, 1e-12), single)
    count *= (_Z95 / _student(len(x) - 1)) ** 2
    low, high = wilson_interval(value * count, count)
    return Estimate(value, low, high, int(x.sum()))


def _student(freedom: int) -> float:
    """The 97.5 % point of Student's t (Abramowitz and Stegun 1964, 26.7.5; exact where that is too rough).

    >>> [round(_student(n), 2) for n in (1, 5, 30)]
    [12.71, 2.57, 2.04]
    """
    if freedom < 3:
        return {0: 12.706, 1: 12.706, 2: 4.303}[freedom]
    z, n = _Z95, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
