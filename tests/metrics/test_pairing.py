from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.metrics import pairing
from livener.metrics.pairing import Key, pair

keys = st.builds(
    lambda start, length, label: (start, start + length, label),
    st.integers(0, 12),
    st.integers(1, 8),
    st.sampled_from("AB"),
)


def merit(pairs: list[tuple[Key, Key]]) -> tuple[int, int, int, int, int]:
    """The criteria that `pair` promises, the first most important."""
    return (
        sum(a[:2] == b[:2] for a, b in pairs),
        sum(min(a[1], b[1]) - max(a[0], b[0]) for a, b in pairs),
        len(pairs),
        sum(a[2] == b[2] for a, b in pairs),
        -sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairs),
    )


def best_by_enumeration(gold: list[Key], predicted: list[Key]) -> tuple[int, int, int, int, int]:
    """The merit of the best of all ways to give each gold span a predicted one or none."""
    choices = [*predicted, *[None] * len(gold)]
    best = merit([])
    for chosen in set(permutations(choices, len(gold))):
        pairs = [(a, b) for a, b in zip(gold, chosen, strict=True) if b and a[0] < b[1] and b[0] < a[1]]
        best = max(best, merit(pairs))
    return best


@given(st.lists(keys, max_size=3, unique=True), st.lists(keys, max_size=4, unique=True))
def test_no_other_pairing_is_better(gold: list[Key], predicted: list[Key]) -> None:
    pairs = pair(gold, predicted)
    assert {a for a, _ in pairs} <= set(gold)
    assert {b for _, b in pairs} <= set(predicted)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    assert all(a[0] < b[1] and b[0] < a[1] for a, b in pairs)
    assert merit(pairs) == best_by_enumeration(gold, predicted)
    assert merit([(a, b) for b, a in pair(predicted, gold)]) == merit(pairs)


@given(st.lists(keys, max_size=12, unique=True), st.lists(keys, max_size=12, unique=True), st.randoms())
def test_order_does_not_matter(gold: list[Key], predicted: list[Key], random) -> None:
    expected = sorted(pair(gold, predicted))
    random.shuffle(gold)
    random.shuffle(predicted)
    assert sorted(pair(gold, predicted)) == expected


def test_a_huge_run_is_paired_greedily_and_still_one_to_one() -> None:
    gold = [(i, i + 50, "A") for i in range(400)]
    predicted = [(i, i + 50, "B") for i in range(500)]
    pairs = pair(gold, predicted)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs) == 400
    assert all(a[:2] == b[:2] for a, b in pairs)


def test_greedy_and_exact_agree_where_there_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = [(0, 10, "A"), (2, 5, "B"), (8, 12, "A")]
    predicted = [(0, 9, "A"), (2, 4, "A"), (9, 12, "B"), (11, 13, "A")]
    exact = sorted(pair(gold, predicted))
    monkeypatch.setattr(pairing, "_EXACT_STEPS", 0)
    assert sorted(pair(gold, predicted)) == exact
