"""Whether a score of 0.9 is right nine times in ten."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bin:
    """The scores in ``[low, high)`` (the last bin includes ``high``): how many, their mean, the share that is right,
    and the 95 % Wilson interval of that share."""

    low: float
    high: float
    count: int
    mean_score: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error, Brier score, and the bins of the reliability diagram that hold any score."""

    ece: float
    brier: float
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"ece": self.ece, "brier": self.brier, "bins": [asdict(one) for one in self.bins]}


def calibration(
    scores: npt.ArrayLike, correct: npt.ArrayLike, *, bins: int = 10, equal_mass: bool = False
) -> Calibration:
    """Compare predicted probabilities with what came true.

    ``scores`` are probabilities of shape (n,), ``correct`` booleans of shape (n,). The bins are ``bins`` equal parts
    of [0, 1], or with ``equal_mass`` about equally many scores each (equal scores stay in one bin). The expected
    calibration error is the mean distance of a bin's mean score from its accuracy, weighted by its count (Naeini et
    al. 2015); the Brier score the mean squared distance of score and outcome (Brier 1950); the intervals are Wilson's
    (1927).

    Raises:
        InputError: no scores, shapes that differ, scores outside [0, 1], or fewer than one bin.

    >>> result = calibration([0.9, 0.9, 0.9, 0.9, 0.1], [True, True, True, False, False])
    >>> round(result.ece, 3), round(result.brier, 3), [one.count for one in result.bins]
    (0.14, 0.17, [1, 4])
    """
    values, right = np.asarray(scores, np.float64), np.asarray(correct, np.bool_)
    if values.ndim != 1 or values.shape != right.shape or not values.size:
        raise InputError(
            f"scores of shape {values.shape} and outcomes of shape {right.shape}", fix="one outcome for each score"
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError("scores that are no probabilities", fix="0 <= score <= 1")
    if bins < 1:
        raise InputError(f"{bins} bins", fix="at least 1")
    grid = np.linspace(0.0, 1.0, bins + 1)
    edges: npt.NDArray[np.float64] = np.unique(np.quantile(values, grid)) if equal_mass else grid
    last = max(len(edges) - 2, 0)
    index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, last)
    counts = np.bincount(index, minlength=last + 1)
    score_sums = np.bincount(index, values, minlength=last + 1)
    right_sums = np.bincount(index, right, minlength=last + 1)
    return Calibration(
        ece=float(np.abs(score_sums - right_sums).sum() / len(values)),
        brier=float(np.square(values - right).mean()),
        bins=tuple(
            Bin(
                float(edges[k]),
                float(edges[min(k + 1, len(edges) - 1)]),
                int(counts[k]),
                float(score_sums[k] / counts[k]),
                float(right_sums[k] / counts[k]),
                *wilson_interval(int(right_sums[k]), int(counts[k])),
            )
            for k in np.flatnonzero(counts).tolist()
        ),
    )


def wilson_interval(right: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share of which ``right`` in ``count`` were seen (Wilson 1927); neither has to be whole.

    >>> [round(limit, 3) for limit in wilson_interval(9, 10)]
    [0.596, 0.982]
    """
    share, z2 = right / count, _Z95 * _Z95
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z95 / (1 + z2 / count) * (share * (1 - share) / count + z2 / (4 * count * count)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)
