"""Ranges as sets of characters: against the sets themselves."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from livener.text import Range
from livener.text.ranges import merged, touches, within, without

ranges = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair))), max_size=6)


def places(found: Iterable[Range]) -> set[int]:
    return {i for start, end in found for i in range(start, end)}


@given(ranges, ranges)
def test_they_hold_the_same_places(some: list[Range], holes: list[Range]) -> None:
    for found, expected in (
        (merged(some), places(some)),
        (without(some, holes), places(some) - places(holes)),
    ):
        assert places(found) == expected
        assert all(a[1] < b[0] for a, b in pairwise(found)) or found != merged(some)
        assert all(a[1] <= b[0] for a, b in pairwise(found))


@given(ranges, st.integers(0, 20), st.integers(1, 6))
def test_what_is_in_them(some: list[Range], start: int, length: int) -> None:
    mine = set(range(start, start + length))
    assert touches(start, start + length, some) == bool(mine & places(some))
    assert within(start, start + length, merged(some)) == (mine <= places(some))
