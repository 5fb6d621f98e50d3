"""Offsets in any unit land on their surface forms, or nowhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener import Span
from livener.errors import InputError
from livener.formats import Report
from livener.formats.offset_units import Unit, code_points, counted, located

TEXT = "Dr. Amina Okoye 🚀 joined Northwind Labs in São Paulo."
GOLD = [Span(4, 15, "PER"), Span(25, 39, "ORG"), Span(43, 52, "LOC")]
TEXTS = st.text(st.sampled_from("aé🚀é\u200d👩\r\n \u2028東") | st.characters(exclude_categories=["Cs"]), max_size=20)


def find(text: str, spans: list[Span], report: Report, unit: Unit = "codepoint") -> list[Span | None]:
    return located(text, spans, unit=unit, where="a.json:1", report=report)


@pytest.mark.parametrize(
    ("ranges", "unit"),
    [
        ([(4, 15), (25, 39), (43, 52)], "codepoint"),
        ([(4, 15), (26, 40), (44, 53)], "utf16"),
        ([(4, 15), (28, 42), (46, 56)], "utf8"),
    ],
)
@pytest.mark.parametrize("default", ["codepoint", "utf16"])
def test_the_unit_is_the_one_that_all_surface_forms_show(
    ranges: list[tuple[int, int]], unit: Unit, default: Unit
) -> None:
    report = Report()
    given = [Span(*r, s.label, text=TEXT[s.start : s.end]) for r, s in zip(ranges, GOLD, strict=True)]
    assert find(TEXT, given, report, default) == GOLD
    assert report.counts["offset units found"] == (unit != default)
    if unit != default:
        assert f"read as {unit}" in report.notes[0].message


@pytest.mark.parametrize("unit", ["codepoint", "utf16", "utf8", "grapheme", "codepoint_lf", "utf16_crlf"])
@given(text=TEXTS, data=st.data())
def test_what_is_counted_is_found_again(unit: Unit, text: str, data: st.DataObject) -> None:
    offsets = counted(text, unit)
    assert code_points(text, unit)[offsets[0]] == 0
    edges = sorted(offsets)
    if len(edges) < 2:
        return
    start, end = sorted(data.draw(st.lists(st.sampled_from(edges), min_size=2, max_size=2, unique=True)))
    span = Span(offsets[start], offsets[end], "X", text=text[start:end])
    assert find(text, [span], Report(), unit) == [Span(start, end, "X")]


def plain(text: str) -> str:
    return re.sub(r"\r\n|\\\\n|[\n\r]", " ", text)


@given(text=TEXTS, ranges=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=4), surface=TEXTS)
def test_a_span_is_never_shifted(text: str, ranges: list[tuple[int, int]], surface: str) -> None:
    report = Report()
    given = [Span(start, start + size, "X", text=surface or "a") for start, size in ranges]
    found = find(text, given, report)
    assert all(plain(text[span.start : span.end]) == plain(surface or "a") for span in found if span)
    assert report.counts["spans left out"] == found.count(None)


def test_graphemes() -> None:
    family = "👩\u200d👩\u200d👧 Ada and e\u0301 Bo"
    assert find(family, [Span(2, 5, "X", text="Ada"), Span(12, 14, "X", text="Bo")], Report()) == [
        Span(6, 9, "X"),
        Span(17, 19, "X"),
    ]


def test_line_ends_counted_otherwise() -> None:
    lines = "one\r\ntwo\r\nAda\r\nBo"
    assert find(lines, [Span(8, 11, "X", text="Ada"), Span(12, 14, "X", text="Bo")], Report()) == [
        Span(10, 13, "X"),
        Span(15, 17, "X"),
    ]
    unix = lines.replace("\r\n", "\n")
    assert find(unix, [Span(10, 13, "X", text="Ada")], Report()) == [Span(8, 11, "X")]
    assert find("Ada\nLovelace", [Span(0, 12, "X", text="Ada\\nLovelace")], Report()) == [Span(0, 12, "X")]


def test_the_only_occurrence_nearby_is_taken_and_told() -> None:
    report = Report()
    assert find("Ada met Bo.", [Span(0, 3, "X", text="Ada"), Span(5, 7, "X", text="Bo")], report) == [
        Span(0, 3, "X"),
        Span(8, 10, "X"),
    ]
    assert report.counts["spans found nearby"] == 1


@pytest.mark.parametrize(
    "text", ["Ada met Bob.", "Bo is far away from here, in the end" + " " * 20 + "Ada", "Bo or Bo"]
)
def test_what_is_nowhere_or_twice_is_left_out_and_told(text: str) -> None:
    report = Report()
    given = [Span(len(text) - 2, len(text), "X", text="Bo" if "Bob" not in text else "Bobby")]
    found = find(text, [Span(3, 5, "X", text="Bo")] if text == "Bo or Bo" else given, report)
    assert found == [None]
    assert "Bo" in report.notes[-1].message
    assert report.counts["spans left out"] == 1


def test_a_doubt_about_the_unit_is_told() -> None:
    report = Report()
    assert find("🚀 Ada", [Span(3, 6, "X")], report, "utf16") == [Span(2, 5, "X")]
    assert report.counts["offset units assumed"] == 0, "6 code points are more than there are"
    assert find("🚀 Ada left", [Span(3, 6, "X")], report, "utf16") == [Span(2, 5, "X")]
    assert report.counts["offset units assumed"] == 1


@pytest.mark.parametrize("span", [Span(3, 3, "X"), Span(3, 1, "X"), Span(-1, 2, "X"), Span(0, 0, "X", text="Ada")])
def test_empty_and_reversed_spans_are_refused(span: Span) -> None:
    with pytest.raises(InputError, match=r"a.json:1: span .* is empty or reversed \(expected 0 <= start < end\)"):
        find("Ada left", [span], Report())


def test_a_span_after_the_end_without_surface_form_is_refused() -> None:
    with pytest.raises(InputError, match=r"a.json:1: span \[4, 99\) X is not inside the text \(expected end <= 8\)"):
        find("Ada left", [Span(4, 99, "X")], Report())
