"""Which unit the offsets of a file count: found by the surface forms that stand beside them, not guessed.

Python tools count code points, those that run in a browser or in Java UTF-16 units, some count bytes or graphemes,
and some count a line end otherwise than the text has it. A span is never shifted in silence: it is where its surface
form is, or it is left out and reported.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import regex  # type: ignore[import-untyped]

from livener.errors import InputError
from livener.formats.report import Report
from livener.text import Range, Span

Unit = Literal["codepoint", "utf16", "utf8", "grapheme", "codepoint_lf", "codepoint_crlf", "utf16_lf", "utf16_crlf"]
"""``_lf`` counts the two characters of a CRLF as one, ``_crlf`` a lone LF as two."""

_UNITS: tuple[Unit, ...] = (
    "codepoint", "utf16", "utf8", "grapheme", "codepoint_lf", "codepoint_crlf", "utf16_lf", "utf16_crlf",
)  # fmt: skip
_NEAR = 16  # characters around its offsets in which a surface form is looked for
_BREAK = re.compile(r"\r\n|\\n|[\n\r ]")  # some tools write a line break as a space, or as a backslash and an n


def code_points(text: str, unit: Unit) -> Sequence[int]:
    """For every offset in ``unit`` the code point offset, −1 where it lies inside a character.

    >>> list(code_points("a🚀b", "utf16"))
    [0, 1, -1, 2, 3]
    """
    if unit == "codepoint" or (text.isascii() and unit in ("utf16", "utf8")):
        return range(len(text) + 1)
    edges: list[int] = []
    at = 0
    for piece in regex.findall(r"\X", text) if unit == "grapheme" else text:
        width = 1
        if unit == "utf8":
            width = len(piece.encode())
        elif unit.startswith("utf16") and piece > "\uffff":
            width = 2
        elif piece == "\n" and unit.endswith("lf"):
            paired = at > 0 and text[at - 1] == "\r"
            width += (unit.endswith("crlf") and not paired) - (unit.endswith("_lf") and paired)
        if width:
            edges += [at] + [-1] * (width - 1)
        at += len(piece)
    edges.append(at)
    return edges


def counted(text: str, unit: Unit) -> Mapping[int, int]:
    """For every code point offset the offset in ``unit``, to write it.

    >>> counted("a🚀b", "utf16")[2]
    3
    """
    return {at: offset for offset, at in enumerate(code_points(text, unit)) if at >= 0}


def located(
    text: str, spans: Sequence[Span], *, unit: Unit = "codepoint", where: str, report: Report
) -> list[Span | None]:
    """The spans of a file, which count in an unknown unit, as spans of ``text``; ``None`` for one not found.

    ``spans`` carry their surface form as ``text``, empty where the file has none. The unit is the one under which the
    most surface forms agree, ``unit`` where that decides nothing. What agrees under no unit is looked for nearby, and
    taken if it occurs there once; else it is left out and reported.

    Raises:
        InputError: a span is empty or reversed, or has no surface form and is not inside the text.

    >>> located("🚀 Ada left", [Span(3, 6, "PER", text="Ada")], where="a.json", report=Report())
    [Span(start=2, end=5, label='PER', score=None, source=None, kb_id=None)]
    """
    for span in spans:
        if not 0 <= span.start < span.end:
            raise InputError(f"{_name(span)} is empty or reversed", where=where, fix="0 <= start < end")
    if not spans:
        return []
    ranges = _ranges(text, spans, unit)
    fitting = _fitting(text, spans, ranges)
    if all(fitting):
        _note_doubt(text, spans, ranges, unit, where, report)
    else:
        # A plain text has no other reading: only the unit that was expected.
        for other in _UNITS if not text.isascii() or "\n" in text else ():
            candidates = _ranges(text, spans, other)
            found = _fitting(text, spans, candidates)
            if sum(found) > sum(fitting):
                ranges, fitting, unit = candidates, found, other
        if any(fitting):
            report.note("offset units found", where, f"the offsets are read as {unit}, as the surface forms show")
    results: list[Span | None] = []
    for span, place, fits in zip(spans, ranges, fitting, strict=True):
        if not fits:
            place = _nearby(text, span, place, where, report)
        results.append(place and replace(span, start=place[0], end=place[1], text=text[place[0] : place[1]]))
    return results


def _name(span: Span) -> str:
    return f"span [{span.start}, {span.end}) {span.label}"


def _ranges(text: str, spans: Sequence[Span], unit: Unit) -> list[Range | None]:
    edges = code_points(text, unit)
    places: list[Range | None] = []
    for span in spans:
        inside = span.end < len(edges) and edges[span.start] >= 0 and edges[span.start] < edges[span.end]
        places.append((edges[span.start], edges[span.end]) if inside else None)
    return places


def _fitting(text: str, spans: Sequence[Span], ranges: Sequence[Range | None]) -> list[bool]:
    return [
        place is not None and (not span.text or _same(span.text, text[place[0] : place[1]]))
        for span, place in zip(spans, ranges, strict=True)
    ]


def _same(surface: str, piece: str) -> bool:
    return surface == piece or _BREAK.sub(" ", surface) == _BREAK.sub(" ", piece)


def _note_doubt(
    text: str, spans: Sequence[Span], ranges: Sequence[Range | None], unit: Unit, where: str, report: Report
) -> None:
    """Note where code points would fit as well, in formats whose tools do not agree on a unit."""
    if unit != "utf16" or text.isascii():
        return
    others = _ranges(text, spans, "codepoint")
    if others != ranges and all(_fitting(text, spans, others)):
        report.note("offset units assumed", where, "the offsets are taken for UTF-16 units; nothing in them tells")


def _nearby(text: str, span: Span, place: Range | None, where: str, report: Report) -> Range | None:
    """The one place near its offsets that has the surface form of a span."""
    if not span.text:
        raise InputError(f"{_name(span)} is not inside the text", where=where, fix=f"end <= {len(text)}")
    start = min(span.start if place is None else place[0], len(text))
    begin = max(0, start - _NEAR)
    pattern = r"(?:\r\n|\\n|[\n\r ])".join(map(re.escape, _BREAK.split(span.text)))
    window = text[begin : start + len(span.text) + _NEAR]
    found = [match.span(1) for match in re.finditer(f"(?=({pattern}))", window)]
    shown = f"{_name(span)} says {span.text[:40]!r}"
    if len(found) != 1:
        report.note("spans left out", where, f"{shown}, which is not there in any unit: it is left out")
        return None
    report.note("spans found nearby", where, f"{shown}, which is at {begin + found[0][0]}")
    return begin + found[0][0], begin + found[0][1]
