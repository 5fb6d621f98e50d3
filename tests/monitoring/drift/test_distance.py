"""The distance of texts: false alarms as rare as promised, other words seen, meaning seen by an encoder."""

import numpy as np
import pytest
from tests.monitoring.drift.simulated import production

from livener.monitoring.drift import detect, measure
from livener.monitoring.drift.distance import EncoderDistance, TextDistance, discrepancy
from livener.text import Document


def by_hand(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased estimate, pair by pair."""
    both = np.concatenate([a, b])
    squares = [((x - y) ** 2).sum() for i, x in enumerate(both) for y in both[:i]]
    width = float(np.median(squares))

    def mean(first: np.ndarray, second: np.ndarray, *, same: bool) -> float:
        pairs = [(i, j) for i in range(len(first)) for j in range(len(second)) if not (same and i == j)]
        return float(np.mean([np.exp(-((first[i] - second[j]) ** 2).sum() / width) for i, j in pairs]))

    return mean(a, a, same=True) + mean(b, b, same=True) - 2 * mean(a, b, same=False)


def test_it_is_what_its_definition_says() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(9, 2)), rng.normal(0.5, size=(7, 2))
    assert discrepancy(a, b, rng)[0] == pytest.approx(by_hand(a, b))


def test_p_values_of_what_is_the_same_are_uniform_and_both_kinds_agree() -> None:
    rng = np.random.default_rng(1)
    values = []
    for _ in range(60):
        points = rng.normal(size=(80, 3))
        _, p, counted = discrepancy(points[:50], points[50:], rng)
        values.append(p)
        if counted > 0.015:
            assert p == counted
    assert 0.35 < np.mean(values) < 0.65
    assert np.mean(np.array(values) < 0.1) < 0.25


def test_what_all_is_alike_has_not_moved() -> None:
    same = np.ones((30, 4))
    assert discrepancy(same, same, np.random.default_rng(0))[1] == 1.0


def test_calm_windows_and_windows_of_other_words() -> None:
    rng = np.random.default_rng(2)
    calm = [measure(production(300, rng), labels=["LOC", "ORG", "PER"]) for _ in range(2)]
    (found,) = TextDistance()(*calm)
    assert found.p_value > 0.01
    assert found.effect < found.minimum / 2
    words = ("lessee", "shall", "indemnify", "hereof", "clause", "herein")
    other = measure(production(300, rng, filler=words), labels=["LOC", "ORG", "PER"])
    drift = detect(calm[0], other, tests=["text_distance"])
    assert drift.drifted
    assert drift.findings[0].measure.extra["permutation_p_value"] == 0.001
    assert drift.findings[0].measure.p_value < 1e-6


def test_an_encoder_sees_meaning_in_words_that_are_new() -> None:
    pytest.importorskip("transformers")
    sport = ["She scored twice.", "The striker missed.", "They won the cup.", "He ran a marathon.", "A late goal."]
    money = ["The bank lends money.", "Rates rose.", "They sold shares.", "Profits fell.", "A costly loan."]
    sides = [measure([Document(f"{text} {n}") for text in texts for n in range(5)]) for texts in (sport, money)]
    (found,) = EncoderDistance()(*sides)
    assert found.p_value < 1e-6
    assert found.effect > found.minimum
