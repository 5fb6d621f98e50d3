"""Spans shown in their text: HTML marks or terminal colours; nested and crossing spans too."""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from zlib import crc32

from livener.text import Document, Span

Piece = tuple[Literal["text"], str] | tuple[Literal["open", "close"], Span]

# Dark enough for white letters to be read on them (256-colour palette).
_TERMINAL_COLOURS = (22, 23, 24, 52, 53, 54, 58, 88, 90, 94, 25, 61, 95, 130, 30, 65)
# A text must not be able to steer the terminal, nor hide a character on a page.
_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {
    127: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 1rem }
.id { color: GrayText; font-size: .8rem }
mark { background: hsl(var(--hue) 75% 86%); color: #111; border-radius: .25rem; padding: .08em .25em }
mark > small { font-weight: 600; margin-inline-start: .35em; font-size: .65em; color: hsl(var(--hue) 80% 22%) }
"""


def pieces(text: str, spans: Iterable[Span]) -> Iterator[Piece]:
    """The text cut at the borders of the spans, with properly nested ``open`` and ``close`` marks.

    A span that crosses the end of an earlier one is closed there and opened again.

    >>> [(kind, getattr(what, "label", what)) for kind, what in pieces("Bank of Oz", [Span(0, 10, "ORG")])]
    [('open', 'ORG'), ('text', 'Bank of Oz'), ('close', 'ORG')]
    """
    waiting = sorted(spans, key=lambda span: (-span.start, span.end))
    opened: list[Span] = []
    position = 0
    for border in sorted({edge for span in waiting for edge in (span.start, span.end)}):
        if border > position:
            yield "text", text[position:border]
            position = border
        first = next((place for place, span in enumerate(opened) if span.end == border), len(opened))
        for span in reversed(opened[first:]):
            yield "close", span
        again = [span for span in opened[first:] if span.end > border]
        while waiting and waiting[-1].start == border:
            again.append(waiting.pop())
        for span in again:
            yield "open", span
        opened[first:] = again
    if position < len(text):
        yield "text", text[position:]


def as_html(text: str, spans: Iterable[Span]) -> str:
    """The text as HTML with one ``<mark>`` per span."""
    parts: list[str] = []
    for kind, what in pieces(text, spans):
        if isinstance(what, str):
            parts.append(html.escape(what.translate(_VISIBLE)))
        elif kind == "open":
            score = "" if what.score is None else f" {what.score:.2f}"
            title = html.escape(f"{what.label}{score}{f' {what.kb_id}' if what.kb_id else ''}", quote=True)
            parts.append(f'<mark style="--hue:{_hue(what.label)}" title="{title}">')
        else:
            parts.append(f"<small>{html.escape(what.label)}</small></mark>")
    return "".join(parts)


def as_ansi(text: str, spans: Iterable[Span], *, colour: bool = True) -> str:
    """The text for a terminal: coloured, or with brackets where there is no colour.

    >>> as_ansi("Bank of Oz", [Span(0, 10, "ORG")], colour=False)
    '[Bank of Oz ORG]'
    """
    parts: list[str] = []
    opened: list[Span] = []
    for kind, what in pieces(text, spans):
        if isinstance(what, str):
            parts.append(what.translate(_VISIBLE))
        elif kind == "open":
            opened.append(what)
            parts.append(_colour(what) if colour else "[")
        else:
            opened.pop()
            after = f"\x1b[0m{_colour(opened[-1])}" if opened else "\x1b[0m"
            parts.append(f" \x1b[1;2m{what.label}{after}" if colour else f" {what.label}]")
    return "".join(parts)


def html_page(documents: Iterable[Document], title: str) -> Iterator[str]:
    """One self-contained page, as a stream of chunks."""
    yield page_head(title)
    for document in documents:
        yield document_html(document.id, document.text, document.spans)
    yield "</body></html>\n"


def page_head(title: str) -> str:
    """Everything before the content of a page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>\n<h1>{html.escape(title)}</h1>\n"
    )


def document_html(identity: str, text: str, spans: Sequence[Span]) -> str:
    """One document's text with its marks."""
    return f'<div class="id">{html.escape(identity)}</div><div class="text" dir="auto">{as_html(text, spans)}</div>\n'


def ansi_lines(documents: Iterable[Document], *, colour: bool = True) -> Iterator[str]:
    """The documents for a terminal, as a stream of chunks."""
    for document in documents:
        yield as_ansi(document.text, document.spans, colour=colour) + "\n"


def _hue(label: str) -> int:
    return crc32(label.encode()) % 360


def _colour(span: Span) -> str:
    return f"\x1b[97;48;5;{_TERMINAL_COLOURS[crc32(span.label.encode()) % len(_TERMINAL_COLOURS)]}m"
