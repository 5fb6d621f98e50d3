"""Shares of a population from a sample with unequal chances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.metrics import ratio, wilson_interval

COUNTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0.1, 50)), min_size=1, max_size=40)


@given(COUNTS, st.floats(0.01, 100))
def test_it_is_the_ratio_of_weighted_sums_whatever_the_unit_of_weights(rows, scale) -> None:  # type: ignore[no-untyped-def]
    part, whole = [min(a, b) for a, b, _ in rows], [b for _, b, _ in rows]
    weights = np.array([w for _, _, w in rows])
    found, scaled = ratio(part, whole, weights), ratio(part, whole, weights * scale)
    if not sum(whole):
        assert found is None
        return
    assert found is not None
    assert scaled is not None
    assert found.value == pytest.approx(float(weights @ part) / float(weights @ whole))
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert found.seen == sum(whole)
    assert (scaled.value, scaled.low, scaled.high) == pytest.approx((found.value, found.low, found.high), abs=1e-6)


def test_documents_of_one_thing_each_are_a_simple_sample() -> None:
    right = [1] * 900 + [0] * 100
    found = ratio(right, [1] * 1000, [3.0] * 1000)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(wilson_interval(900, 1000), abs=1e-3)


def test_spans_of_one_document_stand_and_fall_together() -> None:
    alone = ratio([1, 0] * 100, [1] * 200, [1.0] * 200)
    together = ratio([10, 0] * 10, [10] * 20, [1.0] * 20)
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_all_right_is_not_sure_to_be_perfect() -> None:
    one, many = ratio([1], [1], [1.0]), ratio([1] * 100, [1] * 100, [1.0] * 100)
    assert one is not None
    assert many is not None
    assert one.low < 0.1
    assert 0.95 < many.low < 0.97


@pytest.mark.parametrize(
    ("part", "whole", "weights"), [([1], [1, 2], [1, 1]), ([2], [1], [1]), ([0], [1], [0]), ([-1], [1], [1])]
)
def test_what_cannot_be_counted(part, whole, weights) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        ratio(part, whole, weights)
