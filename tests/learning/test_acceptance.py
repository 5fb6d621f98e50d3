"""Thresholds and bounds: against exact arithmetic and scipy, and by drawing many samples."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from livener.errors import InputError
from livener.learning.acceptance import binomial_tail, lowest_threshold, upper_bound


@given(st.integers(1, 60), st.integers(-1, 60), st.integers(0, 100))
def test_tail_is_the_exact_sum(count: int, errors: int, percent: int) -> None:
    p = Fraction(percent, 100)
    exact = sum(comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(min(errors, count) + 1))
    assert binomial_tail(errors, count, percent / 100) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("errors", "count"), [(0, 1), (0, 149), (1, 2), (19, 1000), (500, 1000), (40, 100_000)])
def test_bound_is_clopper_and_pearsons(errors: int, count: int, confidence: float) -> None:
    expected = beta.ppf(confidence, errors + 1, count - errors)
    assert upper_bound(errors, count, confidence=confidence) == pytest.approx(expected, rel=1e-8)


def test_bound_where_all_are_wrong() -> None:
    assert upper_bound(5, 5) == 1.0


@given(
    st.lists(st.tuples(st.sampled_from(np.linspace(0, 1, 9).tolist()), st.booleans()), max_size=400),
    st.sampled_from([0.02, 0.1, 0.4]),
)
def test_what_is_found_is_what_it_says(pairs: list[tuple[float, bool]], limit: float) -> None:
    scores, right = [score for score, _ in pairs], [good for _, good in pairs]
    found = lowest_threshold(scores, right, limit=limit)
    assert found.judged == len(pairs)
    if found.threshold is None:
        assert found.why
        assert found.share == 0
        return
    accepted = [good for score, good in pairs if score >= found.threshold]
    assert (found.accepted, found.errors) == (len(accepted), len(accepted) - sum(accepted))
    assert found.bound == upper_bound(found.errors, found.accepted) <= limit


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    scores = rng.random(3000).round(2)
    right = rng.random(3000) < 0.9 + 0.1 * scores
    order = rng.permutation(3000)
    assert lowest_threshold(scores, right, limit=0.05) == lowest_threshold(scores[order], right[order], limit=0.05)


GRID = np.linspace(0, 1, 10_001)


@pytest.mark.parametrize(
    ("chance", "most_found"),
    [
        (0.1 * (1 - GRID), 1000),
        (np.where(GRID > 0.97, 0.03, 0.1 * (1 - GRID)), 1000),
        (np.full(10_001, 0.0201), 50),
    ],
    ids=["the surer the better", "the surest are not the best", "nowhere good"],
)
def test_a_threshold_over_the_limit_is_rarely_called_good(chance: np.ndarray, most_found: int) -> None:
    """The chance of an error is known at every score, and so is the true error above a threshold."""
    above = np.cumsum(chance[::-1])[::-1] / np.arange(len(GRID), 0, -1)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(1000):
        places = rng.integers(0, len(GRID), 1500)
        threshold = lowest_threshold(GRID[places], rng.random(1500) >= chance[places]).threshold
        found += [] if threshold is None else [round(threshold * 10_000)]
    assert most_found / 50 < len(found) <= most_found  # some are found, so that there is something to be wrong
    assert sum(above[place] > 0.02 for place in found) <= 50  # 5 % of 1,000


def test_one_error_among_the_surest_does_not_end_the_search() -> None:
    scores = np.linspace(1.0, 0.5, 2000)
    right = np.full(2000, True)
    right[3] = False
    assert lowest_threshold(scores, right).accepted == 2000


def test_the_reason_is_said_where_nothing_holds() -> None:
    scores = np.linspace(1.0, 0.5, 1000)
    assert lowest_threshold(scores, np.arange(1000) % 10 > 0).why.startswith("at best 10.0% of the")
    assert lowest_threshold([], []).why == "too few: 0 judged, 203 without an error needed"


@pytest.mark.parametrize(
    ("scores", "right", "options", "message"),
    [
        ([0.5], [True, False], {}, "one outcome for each score"),
        ([1.5], [True], {}, "no probabilities"),
        ([float("nan")], [True], {}, "no probabilities"),
        ([0.5], [True], {"limit": 0.0}, "the limit is 0"),
        ([0.5], [True], {"confidence": 1.0}, "the confidence is 1"),
    ],
)
def test_nonsense_is_refused(scores: list[float], right: list[bool], options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        lowest_threshold(scores, right, **options)
