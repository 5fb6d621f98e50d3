"""The p-values, against scipy and against simulation."""

import numpy as np
import pytest
from scipy import stats

from livener.monitoring.drift.significance import (
    benjamini_hochberg,
    chi2_tail,
    jensen_shannon,
    normal_tail,
    proportions,
    rates,
    shares,
    smirnov,
)


def test_tails_are_those_of_scipy() -> None:
    for degrees in (1, 2, 3, 10, 57):
        for value in (1e-6, 0.3, 1.0, 3.84, 10.0, 60.0, 400.0):
            assert chi2_tail(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees), rel=1e-8, abs=1e-300)
    for z in (-3.0, 0.0, 0.5, 8.0):
        assert normal_tail(z) == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_of_independent_values_the_distance_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=400), rng.normal(0.2, 1, size=300)
    distance, p = smirnov(a, np.arange(400), b, np.arange(300))
    expected = stats.ks_2samp(a, b, method="asymp")
    assert distance == pytest.approx(expected.statistic)
    assert p == pytest.approx(stats.kstwobign.sf(distance * np.sqrt(400 * 300 / 700)), rel=0.1)


def test_independent_compositions_are_judged_as_by_pearson() -> None:
    a, b = np.eye(3)[[0] * 40 + [1] * 30 + [2] * 30], np.eye(3)[[0] * 60 + [1] * 20 + [2] * 20]
    _, p = proportions(a, b)
    assert p == pytest.approx(stats.chi2_contingency(np.stack([a.sum(0), b.sum(0)]))[1], rel=0.05)


def test_benjamini_hochberg_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).uniform(size=30) ** 3
    assert benjamini_hochberg(values.tolist()) == pytest.approx(stats.false_discovery_control(values).tolist())


@pytest.mark.parametrize("test", [rates, shares, proportions, smirnov])
def test_spans_that_come_in_bundles_raise_no_false_alarms(test: object) -> None:
    """Ten equal spans in a document are one piece of evidence; a test that counts ten is wrong far too often."""
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        kinds = [rng.integers(0, 3, size=n) for n in (300, 120)]
        bundles = [10 * np.eye(3)[kind] for kind in kinds]
        if test is rates:
            _, p = rates(bundles[0][:, 0], bundles[1][:, 0])
        elif test is shares:
            _, p = shares(bundles[0][:, 0], bundles[0].sum(1), bundles[1][:, 0], bundles[1].sum(1))
        elif test is proportions:
            _, p = proportions(*bundles)
        else:
            values = [np.repeat(rng.normal(size=n), 10) for n in (300, 120)]
            _, p = smirnov(values[0], np.repeat(np.arange(300), 10), values[1], np.repeat(np.arange(120), 10))
        wrong += p < 0.05
    assert wrong <= 34  # 20 are expected; 34 is three deviations more


def test_jensen_shannon_does_not_depend_on_size() -> None:
    a, b = np.array([3, 5, 2]), np.array([1, 1, 8])
    assert jensen_shannon(a, b) == pytest.approx(jensen_shannon(a * 1000, b * 7))
