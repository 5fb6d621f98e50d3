"""Windows read every token once, where it has most context."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livener.recognizers.neural.windows import cuts, pack, windows

sizes = st.lists(st.integers(1, 9), max_size=200)


@given(sizes=sizes, capacity=st.integers(9, 40), overlap=st.integers(0, 39))
def test_every_token_is_read_once_and_windows_fit(sizes: list[int], capacity: int, overlap: int) -> None:
    found = windows(np.array(sizes, int), capacity=capacity, overlap=overlap)
    assert [t for one in found for t in range(one.low, one.high)] == list(range(len(sizes)))
    for one in found:
        assert one.first <= one.low <= one.high <= one.last
        assert sum(sizes[one.first : one.last]) <= capacity


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=200), capacity=st.integers(20, 40))
def test_a_token_is_read_where_it_has_most_context(sizes: list[int], capacity: int) -> None:
    ends = np.concatenate([[0], np.cumsum(sizes)])
    found = windows(np.array(sizes), capacity=capacity, overlap=capacity // 2)

    def context(token: int, first: int, last: int) -> float:
        left = ends[token] - ends[first] if first else np.inf
        right = ends[last] - ends[token + 1] if last < len(sizes) else np.inf
        return float(min(left, right))

    for one in found:
        for token in range(one.low, one.high):
            here = context(token, one.first, one.last)
            there = [context(token, w.first, w.last) for w in found if w.first <= token < w.last]
            assert here == max(there)


def test_a_token_that_is_too_large_has_a_window_of_its_own() -> None:
    found = windows(np.array([3, 50, 3]), capacity=10, overlap=2)
    assert [(one.low, one.high) for one in found] == [(0, 1), (1, 2), (2, 3)]


@given(lengths=st.lists(st.integers(1, 50), max_size=100), budget=st.integers(1, 200))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = pack(lengths, budget)
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


@given(lengths=st.lists(st.integers(1, 50), max_size=100), budget=st.integers(1, 200))
def test_cuts_keep_the_order(lengths: list[int], budget: int) -> None:
    assert [i for start, end in cuts(lengths, budget) for i in range(start, end)] == list(range(len(lengths)))
