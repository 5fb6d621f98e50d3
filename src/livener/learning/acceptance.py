"""From which score on predictions may be accepted unseen, so that a limit on their errors is held, and how surely."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livener.errors import InputError

Floats = npt.NDArray[np.float64]

# The sequence of thresholds: each accepts a tenth more than the one before it, and a third of what may go wrong is
# spent at each of three of them. Both change what is accepted, not the guarantee.
_STEP, _STARTS = 1.1, 3


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A threshold and what it rests on. Accepted is a score at or above ``threshold``, nothing where it is ``None``.

    Of ``judged`` predictions ``accepted`` are above it, ``errors`` of them wrong; ``bound`` is the Clopper–Pearson
    upper bound of their error at the confidence asked for. Without a threshold ``why`` says what stands against it.
    """

    threshold: float | None
    accepted: int
    errors: int
    judged: int
    bound: float
    why: str = ""

    @property
    def share(self) -> float:
        """Of the judged, those accepted."""
        return self.accepted / self.judged if self.judged else 0.0


def lowest_threshold(
    scores: npt.ArrayLike, right: npt.ArrayLike, *, limit: float = 0.02, confidence: float = 0.95
) -> Acceptance:
    """The lowest threshold that is shown to hold the errors of what it accepts at or under ``limit``.

    ``scores`` (n,) and ``right`` (n,), whether each prediction was right, must come from data that neither training
    nor calibration saw. Looking at many thresholds does not wear the guarantee out: with probability ``confidence``
    no threshold whose accepted predictions are wrong more often than ``limit`` is called good. For that the
    thresholds and their order, from strict to lax, come from the scores alone; each is tested by the exact binomial
    tail (Clopper and Pearson 1934; for chances that differ, Hoeffding 1956), at the level that is left to it by the
    fallback procedure: three of them get a third of ``1 - confidence`` each, and what a passed test had is passed on
    to the next. So one unlucky error among the very surest does not end the search, as it would in a plain fixed
    sequence. The guarantee speaks of predictions on texts like the judged ones; drift is what audits are for.

    Raises:
        InputError: shapes that differ, scores that are no probabilities, a limit or confidence outside (0, 1).

    Sources: Wiens 2003, "A fixed sequence Bonferroni procedure"; Angelopoulos et al. 2021, "Learn then Test"; Geifman
    and El-Yaniv 2017, "Selective Classification for Deep Neural Networks".

    >>> scores = np.linspace(0.5, 1.0, 2000)
    >>> found = lowest_threshold(scores, scores > 0.6)      # all wrong below 0.6, all right above
    >>> round(found.threshold, 2), found.errors, found.bound <= 0.02
    (0.62, 0, True)
    >>> lowest_threshold(scores[:100], np.full(100, True)).why
    'too few: 100 judged, 203 without an error needed'
    """
    check_rates(limit=limit, confidence=confidence)
    values, good = np.asarray(scores, np.float64), np.asarray(right, np.bool_)
    if values.ndim != 1 or values.shape != good.shape:
        raise InputError(
            f"scores of shape {values.shape} and outcomes of shape {good.shape}", fix="one outcome for each score"
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError("scores that are no probabilities", fix="0 <= score <= 1")
    risk, total = 1.0 - confidence, len(values)
    fewest = math.ceil(math.log(risk / _STARTS) / math.log1p(-limit))
    if total < fewest:
        return Acceptance(None, 0, 0, total, 1.0, f"too few: {total:,} judged, {fewest:,} without an error needed")
    order = np.argsort(-values, kind="stable")
    ordered, errors = values[order], np.cumsum(~good[order])
    counts = _counts(ordered, fewest)
    starts = {round(k * len(counts) / _STARTS) for k in range(_STARTS)}
    level, passed = 0.0, 0
    for step, count in enumerate(counts):
        level += risk / len(starts) if step in starts else 0.0
        if level and binomial_tail(int(errors[count - 1]), count, limit) <= level:
            passed = count
        else:
            level = 0.0
    if not passed:
        best = min(counts, key=lambda count: float(errors[count - 1]) / count)
        share = float(errors[best - 1]) / best
        return Acceptance(None, 0, 0, total, 1.0, f"at best {share:.1%} of the {best:,} surest are wrong")
    wrong = int(errors[passed - 1])
    return Acceptance(
        float(ordered[passed - 1]), passed, wrong, total, upper_bound(wrong, passed, confidence=confidence)
    )


def upper_bound(errors: int, count: int, *, confidence: float = 0.95) -> float:
    """The one-sided Clopper–Pearson (1934) bound of an error rate of which ``errors`` in ``count`` were seen.

    >>> round(upper_bound(0, 149), 4), round(upper_bound(10, 1000), 4), upper_bound(0, 0)
    (0.0199, 0.0169, 1.0)
    """
    low, high = errors / count if count else 1.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if binomial_tail(errors, count, middle) > 1.0 - confidence:
            low = middle
        else:
            high = middle
    return high


def binomial_tail(errors: int, count: int, rate: float) -> float:
    """The probability of at most ``errors`` errors in ``count`` independent ones at ``rate``.

    >>> round(binomial_tail(1, 3, 0.5), 6)
    0.5
    """
    if errors < 0:
        return 0.0
    if errors >= count:
        return 1.0
    if not 0.0 < rate < 1.0:
        return float(rate <= 0.0)
    # Terms in ratio to the one before, from the largest down, so that neither end of the range is lost.
    k = np.arange(errors, 0, -1, dtype=np.float64)
    ratios = np.log(k) + math.log1p(-rate) - np.log(count - k + 1.0) - math.log(rate)
    first = (
        math.lgamma(count + 1)
        - math.lgamma(errors + 1)
        - math.lgamma(count - errors + 1)
        + errors * math.log(rate)
        + (count - errors) * math.log1p(-rate)
    )
    terms = first + np.concatenate([[0.0], np.cumsum(ratios)])
    top = float(terms.max())
    return min(1.0, math.exp(top + math.log(float(np.exp(terms - top).sum()))))


def check_rates(**rates: float) -> None:
    """Refuse a rate that is not strictly between 0 and 1.

    Raises:
        InputError: it says which.
    """
    for name, rate in rates.items():
        if not 0.0 < rate < 1.0:
            raise InputError(f"the {name.replace('_', ' ')} is {rate:g}", fix=f"0 < {name} < 1, such as 0.02 for 2 %")


def _counts(ordered: Floats, fewest: int) -> Sequence[int]:
    """How many each threshold of the sequence accepts; equal scores are accepted together."""
    total = len(ordered)
    steps = math.ceil(math.log(total / fewest) / math.log(_STEP)) + 1
    wanted = np.minimum(fewest * _STEP ** np.arange(steps), total).astype(np.int64)
    together = np.searchsorted(-ordered, -ordered[wanted - 1], side="right")
    return [int(count) for count in np.unique(together)]
