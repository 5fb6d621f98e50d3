"""Learning curves: what a strategy reached at which cost, over seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

# The 97.5 % points of Student's t with 1 … 10 degrees of freedom, then 15, 20, 30 and without end.
_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


@dataclass(frozen=True, slots=True)
class Point:
    """One model of one run: how much was asked until then, and how good it is on the test documents.

    ``tokens`` counts those that somebody answered for, ``cost`` the same in tokens or seconds, ``questions`` the
    documents, sentences or ranges that were asked, ``seconds`` what training took; ``other_f1`` is that of a second
    engine trained on the same answers.
    """

    strategy: str
    seed: int
    round: int
    questions: int
    tokens: int
    spans: int
    cost: float
    f1: float
    seconds: float
    other_f1: float | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """A round of a strategy over its seeds: the mean F1 and half the width of its 95 % confidence interval."""

    strategy: str
    round: int
    seeds: int
    tokens: float
    cost: float
    f1: float
    band: float
    other_f1: float | None = None


def means(points: Iterable[Point]) -> list[Mean]:
    """For each strategy and round the mean over seeds, in order of strategies as they come and of rounds.

    >>> points = [Point("random", seed, 0, 9, 100, 5, 100.0, f1, 0.1) for seed, f1 in enumerate((0.5, 0.6, 0.7))]
    >>> [(mean.f1, round(mean.band, 3)) for mean in means(points)]
    [(0.6, 0.248)]
    """
    groups: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        groups.setdefault((point.strategy, point.round), []).append(point)
    order = list(dict.fromkeys(strategy for strategy, _ in groups))
    found = []
    for (strategy, number), those in sorted(groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        scores = np.array([point.f1 for point in those])
        others = [point.other_f1 for point in those if point.other_f1 is not None]
        found.append(
            Mean(
                strategy,
                number,
                len(those),
                float(np.mean([point.tokens for point in those])),
                float(np.mean([point.cost for point in those])),
                round(float(scores.mean()), 6),
                _t(len(those) - 1) * float(scores.std(ddof=1)) / math.sqrt(len(those)) if len(those) > 1 else 0.0,
                float(np.mean(others)) if others else None,
            )
        )
    return found


def cost_of(curve: Sequence[Mean], target: float) -> float | None:
    """The cost at which the mean F1 of one strategy first is ``target``, ``None`` where it never is.

    Between two rounds a straight line over the logarithm of the cost, which learning curves come close to.

    >>> curve = [Mean("random", i, 1, cost, cost, f1, 0.0) for i, cost, f1 in ((0, 100.0, 0.2), (1, 400.0, 0.6))]
    >>> round(cost_of(curve, 0.4)), cost_of(curve, 0.7)
    (200, None)
    """
    before: Mean | None = None
    for mean in curve:
        if mean.f1 >= target:
            if before is None or mean.f1 == before.f1:
                return mean.cost
            share = (target - before.f1) / (mean.f1 - before.f1)
            return float(before.cost * (mean.cost / before.cost) ** share)
        before = mean
    return None


def f1_at(curve: Sequence[Mean], cost: float) -> tuple[float, float] | None:
    """The mean F1 and the band of one strategy at a cost, in the same way; ``None`` outside the curve."""
    if not curve or not curve[0].cost <= cost <= curve[-1].cost:
        return None
    costs = np.log([mean.cost for mean in curve])
    values = ([mean.f1 for mean in curve], [mean.band for mean in curve])
    f1, band = (float(np.interp(math.log(cost), costs, value)) for value in values)
    return f1, band


def as_rows(found: Iterable[Mean]) -> list[dict[str, Any]]:
    """The means as dictionaries, for a table."""
    return [asdict(mean) for mean in found]


def _t(freedom: int) -> float:
    if freedom <= len(_T):
        return _T[freedom - 1]
    return 2.13 if freedom <= 15 else 2.09 if freedom <= 20 else 2.04 if freedom <= 30 else 1.96
