"""Cursors: the way back to where a list ended, and nothing else."""

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.server import paging

NUMBERS = st.integers(-paging.MAX_ID, paging.MAX_ID)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(NUMBERS, TEXTS, st.floats(allow_nan=False, allow_infinity=False))
def test_a_cursor_comes_back(number: int, text: str, real: float) -> None:
    values = (number, text, real)
    assert paging.after(paging.cursor(values), of=(int, str, float)) == values


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused_in_one_way(text: str) -> None:
    read = None
    with suppress(InputError):
        read = paging.after(text, of=(int,))
    assert read is None or isinstance(read[0], int)


@pytest.mark.parametrize(
    "values", [[True], [1.0], [2**63], [None], ["\0"], ["\ud800"], [1, 2], [], {}, "x", [float("nan")]]
)
@pytest.mark.parametrize("kind", [int, str])
def test_values_of_another_kind(values: object, kind: type) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    with pytest.raises(InputError):
        paging.after(cursor, of=(kind,))


def test_a_list_is_walked_part_by_part() -> None:
    everything = list(range(1, 8))
    seen: list[int] = []
    cursor = None
    while True:
        (after,) = paging.after(cursor, of=(int,)) or (0,)
        rows = [row for row in everything if row > after][:4]
        part = paging.page(rows, limit=3, key=lambda row: [row], answer=lambda row: row)
        seen += part["items"]
        cursor = part["next"]
        if cursor is None:
            break
    assert seen == everything
