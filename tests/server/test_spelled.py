"""Spans are spelled as the general writer of JSON spells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from livener.server import spelled
from livener.text import Document, Span

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
spans_given = st.builds(
    Span,
    st.integers(0, 5),
    st.integers(6, 9),
    words,
    st.none() | st.floats(),
    st.none() | words,
    st.none() | words,
    words,
)


@given(st.lists(spans_given, max_size=3))
def test_any_spans(found: list[Span]) -> None:
    assert from_json(spelled.spans(found)) == from_json(to_json(found, inf_nan_mode="null"))


def test_usual_spans_are_the_same_bytes() -> None:
    text = 'Ada "Zoë" \\ of 北京\n\u2028'
    for score in (0.5, 0.1 + 0.2, 1.0, 0.0, 0.987654321):
        span = Span(0, 3, "PER", score, "crf", None, text)
        assert spelled.spans([span]).encode() == to_json([span])


@pytest.mark.parametrize("documents", [[], [Document("Ada", 'a"b', spans=(Span(0, 3, "PER"),)), Document("")]])
def test_documents(documents: list[Document]) -> None:
    general = to_json([{"id": one.id, "spans": one.spans} for one in documents])
    assert spelled.documents(documents).encode() == general
