from itertools import product

import numpy as np
import pytest

from livener.errors import InputError
from livener.metrics import bootstrap_interval, compare, evaluate
from livener.text import Span

Spans = list[list[Span]]


def world(documents: int, rates: dict[str, float], seed: int = 0) -> tuple[Spans, Spans]:
    """Gold with one span of each label in each document, and a system that finds each with its label's rate."""
    random = np.random.default_rng(seed)
    spans = [Span(10 * at, 10 * at + 5, label) for at, label in enumerate(rates)]
    found = [[span for span in spans if random.random() < rates[span.label]] for _ in range(documents)]
    return [spans] * documents, found


def test_the_interval_is_that_of_a_plain_bootstrap() -> None:
    gold, found = world(60, {"ORG": 0.7, "PER": 0.4})
    low, high = bootstrap_interval(evaluate(gold, found), samples=2000)
    random = np.random.default_rng(1)
    plain = []
    for _ in range(300):
        drawn = random.integers(60, size=60)
        plain.append(evaluate([gold[i] for i in drawn], [found[i] for i in drawn]).strict.f1)
    assert (low, high) == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.02)


def test_the_interval_of_a_label() -> None:
    gold, found = world(60, {"ORG": 1.0, "PER": 0.4})
    evaluation = evaluate(gold, found)
    assert bootstrap_interval(evaluation, label="ORG") == (1.0, 1.0)
    low, high = bootstrap_interval(evaluation, label="PER")
    assert low < evaluation.per_label["PER"].f1 < high
    with pytest.raises(InputError, match=r"'LOC' does not occur \(expected one of ORG, PER\)"):
        bootstrap_interval(evaluation, label="LOC")


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    truth = 2 * 0.6 / 1.6
    covered = 0
    for seed in range(200):
        gold, found = world(80, {"ORG": 0.6}, seed)
        low, high = bootstrap_interval(evaluate(gold, found), samples=300, seed=seed)
        covered += low <= truth <= high
    assert 180 <= covered <= 199


def test_a_better_system_is_recognised_overall_and_per_label() -> None:
    gold, weak = world(200, {"ORG": 0.5, "PER": 0.6}, 1)
    _, strong = world(200, {"ORG": 0.9, "PER": 0.6}, 2)
    result = compare(gold, weak, strong)
    assert (result.verdict, result.per_label["ORG"].verdict) == ("b", "b")
    assert result.per_label["PER"].verdict == "no difference shown"
    assert result.overall.a == pytest.approx(result.a.strict.f1)
    assert result.per_label["ORG"].b == pytest.approx(result.b.per_label["ORG"].f1)
    assert result.overall.low < result.overall.difference < result.overall.high
    turned = compare(gold, strong, weak)
    assert turned.verdict == "a"
    assert turned.overall.difference == pytest.approx(-result.overall.difference)
    assert turned.as_dict()["overall"]["verdict"] == "a"


def test_equal_systems_show_no_difference() -> None:
    gold, found = world(50, {"ORG": 0.5})
    overall = compare(gold, found, found).overall
    assert (overall.difference, overall.low, overall.high, overall.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert overall.verdict == "no difference shown"


def test_a_difference_by_chance_is_seldom_called_one() -> None:
    shown = 0
    for seed in range(100):
        gold, one = world(60, {"ORG": 0.6}, seed)
        _, other = world(60, {"ORG": 0.6}, 1000 + seed)
        shown += compare(gold, one, other, samples=200, seed=seed).verdict != "no difference shown"
    assert shown <= 12


def test_few_documents_prove_nothing() -> None:
    gold = [[Span(0, 5, "ORG")]] * 3
    assert compare(gold, [[]] * 3, gold).verdict == "no difference shown"


def test_the_p_value_is_that_of_all_swaps() -> None:
    gold, one = world(8, {"ORG": 0.3, "PER": 0.5}, 3)
    _, other = world(8, {"ORG": 0.8, "PER": 0.7}, 4)
    observed = abs(evaluate(gold, other).strict.f1 - evaluate(gold, one).strict.f1)
    as_large = 0
    for swaps in product([False, True], repeat=8):
        sides = [(b, a) if swap else (a, b) for swap, a, b in zip(swaps, one, other, strict=True)]
        a, b = (evaluate(gold, side).strict.f1 for side in zip(*sides, strict=True))
        as_large += abs(b - a) >= observed - 1e-9
    assert compare(gold, one, other, samples=4000).overall.p_value == pytest.approx(as_large / 256, abs=0.03)


def test_a_label_that_only_one_system_predicts() -> None:
    gold = [[Span(0, 5, "ORG")]] * 30
    result = compare(gold, gold, [[Span(0, 5, "ORG"), Span(6, 9, "LOC")]] * 30)
    assert result.verdict == "a"
    assert (result.per_label["LOC"].a, result.per_label["LOC"].b) == (1.0, 0.0)
    assert result.per_label["ORG"].difference == 0.0


def test_the_seed_decides_and_blocks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    gold, one = world(40, {"ORG": 0.5}, 1)
    _, other = world(40, {"ORG": 0.7}, 2)
    expected = compare(gold, one, other, seed=5).as_dict()
    assert compare(gold, one, other, seed=5).as_dict() == expected
    assert compare(gold, one, other, seed=6).as_dict() != expected
    monkeypatch.setattr("livener.metrics.bootstrap._CELLS", 1)
    small = compare(gold, one, other, seed=5).overall
    assert (small.low, small.high) == pytest.approx((expected["overall"]["low"], expected["overall"]["high"]))


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="1000 samples of 0 documents"):
        compare([], [], [])
    with pytest.raises(InputError, match="0 samples of 1 documents"):
        compare([[]], [[]], [[]], samples=0)
