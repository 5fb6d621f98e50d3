"""Spans in their text, for pages and terminals."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from livener.cli.highlight import Colours, as_ansi, as_html, pieces
from livener.text import Span


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(min_size=1, max_size=30))
    edges = st.integers(0, len(text))
    ranges = draw(st.lists(st.tuples(edges, edges).filter(lambda pair: pair[0] < pair[1]), max_size=6))
    return text, [Span(start, end, draw(st.sampled_from("AB"))) for start, end in ranges]


@given(texts_with_spans())
def test_pieces_nest_and_cover(example: tuple[str, list[Span]]) -> None:
    """Everything is shown once and in order; each span is open over exactly its own characters."""
    text, spans = example
    shown, opened = "", []
    covered = {id(span): 0 for span in spans}
    for kind, what in pieces(text, spans):
        if kind == "text":
            shown += what
            for span in opened:
                covered[id(span)] += len(what)
        elif kind == "open":
            assert len(shown) >= what.start
            opened.append(what)
        else:
            assert opened.pop() is what
    assert shown == text
    assert opened == []
    assert all(covered[id(span)] == span.end - span.start for span in spans)


def test_nested_spans_in_both() -> None:
    text, spans = "Court of Oz", [Span(0, 11, "COURT"), Span(9, 11, "GPE", score=0.5)]
    assert as_ansi(text, spans, None) == "[Court of [Oz GPE] COURT]"
    assert re.sub(r' style="[^"]*"', "", as_html(text, spans, Colours([]))) == (
        '<mark title="COURT">Court of <mark title="GPE 0.50">Oz<small>GPE</small></mark><small>COURT</small></mark>'
    )


def test_a_text_cannot_steer_a_terminal_or_a_page() -> None:
    text = "\x1b[2J\x00\x9b31m <script>alert(1)</script>"
    ansi = as_ansi(text, [Span(0, 3, "\x1b[2J")], None)
    assert not set(ansi) & {"\x1b", "\x00", "\x9b"}
    page = as_html(text, [Span(0, 5, '"><img onerror=x>')], Colours([]))
    assert "<script" not in page
    assert "<img" not in page


def test_labels_have_colours_of_their_own() -> None:
    labels = [f"L{number}" for number in range(16)]
    colours = Colours(labels)
    assert len({colours.terminal(label) for label in labels}) == 16
    hues = sorted(colours.hue(label) for label in labels)
    assert min(b - a for a, b in pairwise([*hues, hues[0] + 360])) >= 22
    assert Colours(reversed(labels)).hue("L3") == colours.hue("L3")
