"""From a model's span marginals to probabilities that hold on data that training never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Line = tuple[float, float]
Curve = tuple[tuple[float, float], ...]
_LIMIT = 1e-6
# How strongly lines are held to what they shrink towards; by half-against-half error on four development sets.
SHARED_STRENGTH, OWN_STRENGTH = 100.0, 100.0
FEWEST = 50
"""Of a label so many right and so many wrong predictions are needed before a curve is thought of."""
PARTS, SURELY = 5, 2.0  # of the cross-validation; and by how many standard errors it has to be won


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Per label a curve where the data allow, else a straight line, both on the log-odds scale.

    The line (Platt 1999) is shrunk towards one line for all labels, which in turn is shrunk towards the identity: few
    data change little. The curve is a label's isotonic regression (Zadrozny and Elkan 2002), drawn from centre to
    centre of its blocks so that scores that differ still differ; it is taken where cross-validation finds it surely
    better than the line.

    >>> half = Calibrator({"PER": (1.0, -2.0)})
    >>> half(np.array([0.5, 0.5]), ["PER", "ORG"]).round(2).tolist()
    [0.12, 0.5]
    """

    lines: Mapping[str, Line] = field(default_factory=dict)
    shared: Line = (1.0, 0.0)
    curves: Mapping[str, Curve] = field(default_factory=dict)

    @classmethod
    def fit(cls, scores: Floats, labels: Sequence[str], correct: npt.NDArray[np.bool_]) -> "Calibrator":
        """Fit on held-out predictions: scores (n,), their labels, and whether each was right (n,)."""
        shared = _fit_line(scores, correct, (1.0, 0.0), strength=SHARED_STRENGTH)
        names = np.array(labels)
        lines, curves = {}, {}
        for label in np.unique(names).tolist():
            mine = names == label
            x, right = _log_odds(scores[mine]), correct[mine]
            lines[label] = _fit_line(scores[mine], right, shared, strength=OWN_STRENGTH)
            if _bends(scores[mine], right, shared):
                curves[label] = fit_curve(x, right)
        return cls(lines, shared, curves)

    def __call__(self, scores: Floats, labels: Sequence[str]) -> Floats:
        """Calibrated probabilities (n,)."""
        if not len(scores):
            return scores
        slopes, offsets = np.array([self.lines.get(label, self.shared) for label in labels]).T
        log_odds = _log_odds(scores)
        found = slopes * log_odds + offsets
        if self.curves:
            names = np.array(labels)
            for label, curve in self.curves.items():
                mine = names == label
                found[mine] = along(curve, log_odds[mine], self.lines[label][0])
        calibrated: Floats = _probability(found)
        return calibrated

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From what ``dataclasses.asdict`` made of one, through JSON; models from before there were curves have none.

        >>> Calibrator.of({"lines": {"PER": [1.0, -2.0]}, "shared": [1.0, 0.0]}).lines
        {'PER': (1.0, -2.0)}
        """
        slope, offset = stored["shared"]
        return cls(
            {label: (line[0], line[1]) for label, line in stored["lines"].items()},
            (slope, offset),
            {label: tuple((x, y) for x, y in curve) for label, curve in stored.get("curves", {}).items()},
        )


def fit_curve(x: Floats, right: npt.NDArray[np.bool_]) -> Curve:
    """The isotonic regression of what is right on log-odds ``x``: the centres of its blocks, both sides in log-odds.

    Pool adjacent violators (Ayer et al. 1955). One wrong prediction is counted as surer than all and one right as
    less sure than all (a block of n then promises at most n / (n + 1)), and no block is 0 or 1.

    >>> curve = fit_curve(np.array([0.0, 1.0, 1.0, 2.0]), np.array([False, True, True, True]))
    >>> [(round(x, 2), round(y, 2)) for x, y in curve]
    [(0.0, 0.0), (1.33, 1.1)]
    """
    order = np.argsort(x, kind="stable")
    at, where = np.unique(x[order], return_index=True)
    counts = np.diff(np.append(where, len(x))).astype(np.float64)
    hits = np.add.reduceat(right[order].astype(np.float64), where)
    # Each block: how many, of how many that count towards the centre, how many right, the sum of x.
    blocks: list[list[float]] = [[1.0, 0.0, 1.0, 0.0]]
    rows = [[n, n, k, n * value] for n, k, value in zip(counts, hits, at, strict=True)]
    for row in [*rows, [1.0, 0.0, 0.0, 0.0]]:
        blocks.append([float(one) for one in row])
        while len(blocks) > 1 and blocks[-2][2] * blocks[-1][0] >= blocks[-1][2] * blocks[-2][0]:
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    return tuple((total / real, float(np.log(k / (n - k)))) for n, real, k, total in blocks)


def along(curve: Curve, x: Floats, slope: float) -> Floats:
    """The log-odds that a curve gives for ``x`` (n,); outside its centres it is as steep as the line, or flat."""
    xs, ys = np.array(curve).T
    beyond = np.minimum(x - xs[0], 0.0) + np.maximum(x - xs[-1], 0.0)
    found: Floats = np.interp(x, xs, ys) + max(slope, 0.0) * beyond
    return found


def _bends(scores: Floats, right: npt.NDArray[np.bool_], shared: Line) -> bool:
    """Whether a curve is surely better than the line: by more than chance on parts that neither was fitted on."""
    if min(right.sum(), (~right).sum()) < FEWEST:
        return False
    x = _log_odds(scores)
    part = np.empty(len(x), np.int64)
    part[np.lexsort((right, x))] = np.arange(len(x)) % PARTS  # every part has its share of every score
    gain = np.empty(len(x))
    for number in range(PARTS):
        held = part == number
        line = _fit_line(scores[~held], right[~held], shared, strength=OWN_STRENGTH)
        straight = line[0] * x[held] + line[1]
        bent = along(fit_curve(x[~held], right[~held]), x[held], line[0])
        signs = np.where(right[held], -1.0, 1.0)
        gain[held] = np.logaddexp(0.0, signs * straight) - np.logaddexp(0.0, signs * bent)
    return bool(gain.mean() > SURELY * gain.std() / len(gain) ** 0.5)


def _log_odds(p: Floats) -> Floats:
    p = np.clip(p, _LIMIT, 1.0 - _LIMIT)
    odds: Floats = np.log(p / (1.0 - p))
    return odds


def _probability(log_odds: Floats) -> Floats:
    p: Floats = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0)))
    return p


def _fit_line(scores: Floats, correct: npt.NDArray[np.bool_], prior: Line, *, strength: float) -> Line:
    """Logistic regression with a Gaussian prior around ``prior``, by Newton's method with shortened steps."""
    x = np.stack([_log_odds(scores), np.ones(len(scores))], axis=1)
    centre = np.array(prior)
    signs = np.where(correct, -1.0, 1.0)

    def loss(line: Floats) -> float:
        return float(np.logaddexp(0.0, signs * (x @ line)).sum() + 0.5 * strength * ((line - centre) ** 2).sum())

    line = centre.copy()
    for _ in range(50):
        p = _probability(x @ line)
        gradient = x.T @ (p - correct) + strength * (line - centre)
        hessian = (x * (p * (1.0 - p))[:, None]).T @ x + strength * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        before = loss(line)
        while loss(line - step) > before and np.abs(step).max() > 1e-9:
            step /= 2.0
        line -= step
        if np.abs(step).max() < 1e-8:
            break
    return float(line[0]), float(line[1])
