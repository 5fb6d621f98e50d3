"""Spans shown in their text: HTML marks or terminal colours; nested and crossing spans too."""

import html
from collections.abc import Iterable, Iterator
from typing import Literal
from zlib import crc32

from livener.text import Document, Span

Piece = tuple[Literal["text"], str] | tuple[Literal["open", "close"], Span]

# Dark enough for white letters to be read on them (256-colour palette), neighbours far apart.
_TERMINAL_COLOURS = (25, 88, 22, 54, 94, 30, 90, 58, 24, 95, 65, 61, 130, 23, 53, 52)
# A text must not be able to steer the terminal, nor hide a character on a page.
_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {
    127: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}

STYLE = """
:root { color-scheme: light dark; --page: #fcfcfa; --ink: #1d1d1b; --soft: #6a6a64; --line: #e2e1db; --card: #fff;
  --mark: 91% .065; --tag: 42% .13 }
@media (prefers-color-scheme: dark) { :root { --page: #171716; --ink: #e9e8e3; --soft: #a1a099; --line: #34342f;
  --card: #20201e; --mark: 37% .075; --tag: 86% .1 } }
body { font: 15px/1.6 system-ui, sans-serif; background: var(--page); color: var(--ink); max-width: 66rem;
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 5rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .4rem }
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9 }
.id { color: var(--soft); font-size: .8rem; overflow-wrap: anywhere }
article { border-top: 1px solid var(--line); padding: .9rem 0 }
mark { background: oklch(var(--mark) var(--hue)); color: inherit; border-radius: .3em; padding: .12em .3em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone }
mark mark { box-shadow: 0 0 0 1px oklch(var(--tag) var(--hue) / .45) }
mark > small, .label { font-weight: 650; color: oklch(var(--tag) var(--hue)) }
mark > small { font-size: .65em; letter-spacing: .02em; margin-inline-start: .4em; unicode-bidi: isolate }
.legend { display: flex; flex-wrap: wrap; gap: .4rem; margin: .8rem 0 1.6rem }
.legend mark { font-size: .75rem; font-weight: 650 }
"""


class Colours:
    """A colour for every label, the same ones for the same set of labels, and no two alike while there are few.

    >>> colours = Colours(["ORG", "GPE"])
    >>> colours.hue("GPE"), colours.hue("ORG")
    (210, 30)
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = sorted(set(labels))
        # Neighbours in the alphabet a third of the circle apart: they stand beside each other in every table.
        apart = [label for first in range(3) for label in self.labels[first::3]]
        self._places = {label: place for place, label in enumerate(apart)}

    def _place(self, label: str) -> int:
        return self._places[label] if label in self._places else crc32(label.encode()) % 1000

    def hue(self, label: str) -> int:
        """An angle in degrees; those of the labels are evenly spread."""
        return round(210 + 360 * self._place(label) / max(len(self.labels), 1)) % 360

    def terminal(self, label: str) -> str:
        """The escape sequence that switches the colour on."""
        return f"\x1b[97;48;5;{_TERMINAL_COLOURS[self._place(label) % len(_TERMINAL_COLOURS)]}m"


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


def as_html(text: str, spans: Iterable[Span], colours: Colours) -> str:
    """The text as HTML with one ``<mark>`` per span."""
    parts: list[str] = []
    for kind, what in pieces(text, spans):
        if isinstance(what, str):
            parts.append(html.escape(what.translate(_VISIBLE)))
        elif kind == "open":
            score = "" if what.score is None else f" {what.score:.2f}"
            title = html.escape(f"{what.label}{score}{f' {what.kb_id}' if what.kb_id else ''}", quote=True)
            parts.append(f'<mark style="--hue:{colours.hue(what.label)}" title="{title}">')
        else:
            parts.append(f"<small>{html.escape(what.label)}</small></mark>")
    return "".join(parts)


def as_ansi(text: str, spans: Iterable[Span], colours: Colours | None) -> str:
    """The text for a terminal: coloured, or with brackets where there are no colours.

    >>> as_ansi("Bank of Oz", [Span(0, 10, "ORG")], None)
    '[Bank of Oz ORG]'
    """
    parts: list[str] = []
    opened: list[Span] = []
    for kind, what in pieces(text, spans):
        if isinstance(what, str):
            parts.append(what.translate(_VISIBLE))
        elif kind == "open":
            opened.append(what)
            parts.append(colours.terminal(what.label) if colours else "[")
        else:
            opened.pop()
            label = what.label.translate(_VISIBLE)
            after = f"\x1b[0m{colours.terminal(opened[-1].label) if opened else ''}" if colours else "]"
            parts.append(f"\x1b[1m {label}{after}" if colours else f" {label}{after}")
    return "".join(parts)


def html_page(documents: Iterable[Document], title: str, colours: Colours) -> Iterator[str]:
    """One self-contained page, as a stream of chunks."""
    yield page_head(title)
    yield legend(colours)
    for document in documents:
        marked = as_html(document.text, document.spans, colours)
        yield f'<article><div class="id">{html.escape(document.id)}</div><div class="text" dir="auto">'
        yield f"{marked}</div></article>\n"
    yield "</body></html>\n"


def page_head(title: str, style: str = "") -> str:
    """Everything before the content of a page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}{style}</style></head><body>\n<h1>{html.escape(title)}</h1>\n"
    )


def legend(colours: Colours) -> str:
    """The labels, each in its colour."""
    marks = (f'<mark style="--hue:{colours.hue(label)}">{html.escape(label)}</mark>' for label in colours.labels)
    return f'<div class="legend">{"".join(marks)}</div>\n'


def ansi_lines(documents: Iterable[Document], colours: Colours | None) -> Iterator[str]:
    """The documents for a terminal, as a stream of chunks."""
    for document in documents:
        yield as_ansi(document.text, document.spans, colours) + "\n"
