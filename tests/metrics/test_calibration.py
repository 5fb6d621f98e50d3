import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.metrics import calibration, wilson_interval

outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(outcomes, st.integers(1, 12), st.booleans())
def test_against_the_definition(given_outcomes: list[tuple[float, bool]], bins: int, equal_mass: bool) -> None:
    scores, correct = zip(*given_outcomes, strict=True)
    result = calibration(scores, correct, bins=bins, equal_mass=equal_mass)
    expected = 0.0
    for one in result.bins:
        last = one is result.bins[-1]
        inside = [(s, c) for s, c in given_outcomes if one.low <= s < one.high or (last and s == one.high)]
        mean, accuracy = np.mean([s for s, _ in inside]), np.mean([c for _, c in inside])
        assert (one.count, one.mean_score, one.accuracy) == (
            len(inside),
            pytest.approx(mean),
            pytest.approx(accuracy),
        )
        assert one.accuracy_low <= one.accuracy + 1e-12
        assert one.accuracy_high >= one.accuracy - 1e-12
        expected += abs(mean - accuracy) * len(inside) / len(scores)
    assert sum(one.count for one in result.bins) == len(scores)
    assert result.ece == pytest.approx(expected)
    assert result.brier == pytest.approx(np.mean([(s - c) ** 2 for s, c in given_outcomes]))


def test_equal_width_bins_are_parts_of_the_whole_range() -> None:
    result = calibration([0.05, 0.1, 0.95, 1.0], [False, True, True, True])
    assert [(round(one.low, 1), round(one.high, 1), one.count) for one in result.bins] == [
        (0.0, 0.1, 1),
        (0.1, 0.2, 1),
        (0.9, 1.0, 2),
    ]


def test_equal_mass_bins_hold_equally_many() -> None:
    scores = np.random.default_rng(0).random(1000) ** 4
    result = calibration(scores, scores > 0.5, bins=5, equal_mass=True)
    assert [one.count for one in result.bins] == [200] * 5


def test_scores_that_tell_the_truth_are_calibrated() -> None:
    random = np.random.default_rng(0)
    scores = random.random(20_000)
    assert calibration(scores, random.random(20_000) < scores).ece < 0.02
    assert calibration(scores, random.random(20_000) < scores**3).ece > 0.2


@pytest.mark.parametrize(
    ("right", "count", "low", "high"), [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (5, 5, 0.5655, 1.0)]
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    """Values of R's prop.test(…, correct = FALSE)."""
    assert wilson_interval(right, count) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("scores", "correct", "bins", "message"),
    [
        ([], [], 10, "one outcome for each score"),
        ([0.5], [True, False], 10, "one outcome for each score"),
        ([[0.5]], [[True]], 10, "one outcome for each score"),
        ([1.5], [True], 10, "0 <= score <= 1"),
        ([float("nan")], [True], 10, "0 <= score <= 1"),
        ([0.5], [True], 0, "at least 1"),
    ],
)
def test_what_cannot_be_judged_is_refused(scores: list[float], correct: list[bool], bins: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        calibration(scores, correct, bins=bins)
