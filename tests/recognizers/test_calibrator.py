"""Calibration: it mends what is miscalibrated, leaves the rest alone, and is the optimum it claims to be."""

import json
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression, minimize

from livener.metrics import calibration
from livener.recognizers.calibrator import FEWEST, SHARED_STRENGTH, Calibrator, along, fit_curve

LABELS = ["PER", "ORG"]
Rows = list[tuple[float, bool]]
rows = st.lists(st.tuples(st.integers(-40, 40).map(lambda n: n / 4), st.booleans()), min_size=1, max_size=80)


def overconfident(count: int, seed: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Scores that are too sure, more so for ORG, and whether each prediction was right."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(LABELS, count).tolist()
    log_odds = rng.normal(1.0, 2.0, count)
    slope = np.where(np.array(labels) == "PER", 2.0, 4.0)
    right = rng.random(count) < 1 / (1 + np.exp(-log_odds))
    return 1 / (1 + np.exp(-slope * log_odds)), labels, right


def test_it_mends_overconfidence_on_other_data() -> None:
    fitted = Calibrator.fit(*overconfident(2_000, 0))
    scores, labels, right = overconfident(5_000, 1)
    before, after = calibration(scores, right), calibration(fitted(scores, labels), right)
    assert before.ece > 0.08
    assert after.ece < 0.03
    assert after.brier < before.brier - 0.01
    assert fitted.lines["PER"][0] == pytest.approx(0.5, abs=0.1)
    assert fitted.lines["ORG"][0] == pytest.approx(0.25, abs=0.1)


def test_without_data_it_is_the_identity() -> None:
    nothing = Calibrator.fit(np.empty(0), [], np.empty(0, bool))
    assert nothing == Calibrator({}, (1.0, 0.0))
    scores = np.array([0.0, 0.2, 0.5, 0.99, 1.0])
    assert nothing(scores, ["PER"] * 5) == pytest.approx(scores, abs=1e-5)
    assert len(nothing(np.empty(0), [])) == 0


def test_few_data_change_little_and_unknown_labels_share_the_line_of_all() -> None:
    fitted = Calibrator.fit(np.array([0.9, 0.9]), ["PER", "PER"], np.array([True, False]))
    assert 0.5 < fitted(np.array([0.9]), ["PER"])[0] < 0.9
    assert fitted(np.array([0.9]), ["NEW"])[0] == fitted(np.array([0.9]), ["OTHER"])[0]


def test_sure_and_always_wrong_ends_at_improbable() -> None:
    """A full Newton step from here jumps to where the next one cannot come back from."""
    fitted = Calibrator.fit(np.full(100, 0.999999), ["PER"] * 100, np.zeros(100, bool))
    assert fitted(np.array([0.999999]), ["PER"])[0] < 0.05


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from(LABELS)), min_size=1, max_size=60))
def test_the_line_of_all_labels_is_the_optimum(rows: list[tuple[float, bool, str]]) -> None:
    scores, right, labels = (np.array(column) for column in zip(*rows, strict=True))
    fitted = Calibrator.fit(scores, labels.tolist(), right)
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    log_odds = np.log(clipped / (1 - clipped))
    signs = np.where(right, -1.0, 1.0)

    def loss(line: np.ndarray) -> float:
        penalty = 0.5 * SHARED_STRENGTH * ((line - (1.0, 0.0)) ** 2).sum()
        return float(np.logaddexp(0.0, signs * (line[0] * log_odds + line[1])).sum() + penalty)

    best = minimize(loss, (1.0, 0.0), method="BFGS")
    assert loss(np.array(fitted.shared)) <= best.fun + 1e-6
    calibrated = fitted(scores, labels.tolist())
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


def bent(count: int, seed: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Scores of a model that is right seven times in ten over a wide middle, and as sure as it says at the ends."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(0.0, 3.0, count)
    true = np.where(np.abs(log_odds) < 3.0, 0.7, 1 / (1 + np.exp(-log_odds)))
    return 1 / (1 + np.exp(-log_odds)), ["PER"] * count, rng.random(count) < true


def log_loss(fitted: Calibrator, data: tuple[np.ndarray, list[str], np.ndarray]) -> float:
    scores, labels, right = data
    p = fitted(scores, labels)
    return float(-np.log(np.where(right, p, 1 - p)).mean())


def test_where_no_line_fits_and_the_data_allow_there_is_a_curve() -> None:
    fitted = Calibrator.fit(*bent(2_000, 0))
    straight = replace(fitted, curves={})
    assert set(fitted.curves) == {"PER"}
    other = bent(20_000, 1)
    assert log_loss(fitted, other) < log_loss(straight, other) - 0.02
    assert calibration(fitted(*other[:2]), other[2]).ece < 0.03 < calibration(straight(*other[:2]), other[2]).ece


def test_a_label_with_few_wrong_predictions_has_no_curve() -> None:
    scores, _, right = bent(2_000, 0)
    few = np.flatnonzero(~right)[: FEWEST - 1]
    kept = np.sort(np.append(np.flatnonzero(right), few))
    assert not Calibrator.fit(scores[kept], ["PER"] * len(kept), right[kept]).curves


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("data", [bent, overconfident])
def test_a_curve_is_not_worse_than_the_line_on_other_data(data: object, seed: int) -> None:
    """Whether the truth is a line or not: what the curve may lose to it is noise."""
    assert callable(data)
    fitted = Calibrator.fit(*data(1_000, seed))
    other = data(20_000, seed + 100)
    assert log_loss(fitted, other) < log_loss(replace(fitted, curves={}), other) + 0.003


@given(rows)
def test_the_blocks_are_those_of_isotonic_regression(found: Rows) -> None:
    x, right = (np.array(column) for column in zip(*found, strict=True))
    at = np.unique(x)
    means = np.array([1.0, *(right[x == value].mean() for value in at), 0.0])
    weights = np.array([1.0, *((x == value).sum() for value in at), 1.0])
    expected = isotonic_regression(means, weights=weights).x
    curve = fit_curve(x, right)
    assert [1 / (1 + np.exp(-y)) for _, y in curve] == pytest.approx(np.unique(expected.round(12)))
    for centre, y in curve:
        mine = np.isclose(expected[1:-1], 1 / (1 + np.exp(-y)))
        assert centre == pytest.approx(np.average(at[mine], weights=weights[1:-1][mine]))


@given(rows, st.floats(-2, 2))
def test_a_curve_never_falls_and_promises_nothing_for_sure(found: Rows, slope: float) -> None:
    x, right = (np.array(column) for column in zip(*found, strict=True))
    curve = fit_curve(x, right)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(curve))
    assert max(abs(y) for _, y in curve) <= np.log(len(x) + 1) + 1e-9
    grid = np.linspace(-14, 14, 113)
    assert (np.diff(along(curve, grid, slope)) >= -1e-9).all()


def test_it_is_kept_and_comes_back_as_json_and_models_without_curves_still_load() -> None:
    fitted = Calibrator.fit(*bent(2_000, 0))
    stored = json.loads(json.dumps(asdict(fitted)))
    assert Calibrator.of(stored) == fitted
    del stored["curves"]
    assert Calibrator.of(stored) == replace(fitted, curves={})
