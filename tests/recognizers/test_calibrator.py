"""Calibration: it mends what is miscalibrated, leaves the rest alone, and is the optimum it claims to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from livener.metrics import calibration
from livener.recognizers.calibrator import SHARED_STRENGTH, Calibrator

LABELS = ["PER", "ORG"]


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
