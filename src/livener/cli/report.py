"""The evaluation as one self-contained HTML page: scores, errors in their context, calibration."""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from livener.cli.highlight import as_html, page_head
from livener.metrics import SpanError
from livener.text import Document, Span

_AROUND = 70  # characters of context on each side
_SHOWN = 200  # errors of each kind
_STYLE = """<style>
:root { --line: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: var(--line) }
th:first-child, td:first-child { text-align: left }
.pair { display: grid; grid-template-columns: 6rem 1fr; margin: 0; border-top: var(--line) }
.pair dt { color: GrayText } .pair dd { margin: 0 }
svg { max-width: 22rem; height: auto } summary { cursor: pointer; font-weight: 600; margin: .6rem 0 }
</style>
"""


def context(text: str, error: SpanError) -> tuple[int, int]:
    """The range of ``text`` that shows the spans of the error, cut at white space where there is any."""
    spans = [span for span in (error.gold, error.predicted) if span]
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    start, end = max(0, first - _AROUND), min(len(text), last + _AROUND)
    if start:
        start = max(text.find(" ", start, first), start - 1) + 1
    if end < len(text):
        space = text.rfind(" ", last, end)
        end = space if space >= 0 else end
    return start, end


def report_page(
    title: str,
    scores: Mapping[str, Any],
    errors: Sequence[SpanError],
    gold: Sequence[Document],
    recognizer: str,
) -> Iterator[str]:
    """The page as a stream of chunks; ``scores`` is what ``evaluate --json`` prints."""
    yield page_head(title)
    yield _STYLE
    yield (
        f"<p>{len(gold):,} documents, {scores['strict']['support']:,} gold spans, "
        f"{scores['sentences_per_second']:,.0f} sentences a second, "
        f"recognizer <code>{html.escape(recognizer)}</code>.</p>\n"
    )
    yield "<h2>Scores</h2>\n"
    names = ("strict", "exact", "partial", "type", "macro")
    yield _table(["", "precision", "recall", "F1", "spans"], [_row(name, scores[name]) for name in names])
    yield "<h2>Labels</h2>\n"
    yield _table(
        ["strict", "precision", "recall", "F1", "spans", "predicted"],
        [[*_row(label, one), f"{one['predicted']:,}"] for label, one in scores["per_label"].items()],
    )
    yield _confusion(scores["confusion"])
    if "calibration" in scores:
        yield _calibration(scores["calibration"])
    yield "<h2>Errors</h2>\n"
    yield from _errors(errors, gold)
    yield "</body></html>\n"


def _row(name: str, score: Mapping[str, Any]) -> list[str]:
    return [name, *(f"{score[part]:.3f}" for part in ("precision", "recall", "f1")), f"{score['support']:,}"]


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"

    return f"<table>{line(header, 'th')}{''.join(line(row, 'td') for row in rows)}</table>\n"


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    if not confusion:
        return ""
    columns = sorted({found for row in confusion.values() for found in row})
    rows = [
        [wanted, *(f"{row[one]:,}" if one in row else "" for one in columns)] for wanted, row in confusion.items()
    ]
    return (
        "<h2>Confusion</h2>\n<p>Wrong spans only: the gold label down, the predicted one across; "
        "on the diagonal the label is right and the boundaries are not.</p>\n"
    ) + _table(["", *columns], rows)


def _calibration(calibration: Mapping[str, Any]) -> str:
    """The reliability diagram: bars from the mean score to the share that was right, with its interval."""
    marks = []
    for one in calibration["bins"]:
        x, y = 10 + 200 * one["mean_score"], 210 - 200 * one["accuracy"]
        low, high = 210 - 200 * one["accuracy_low"], 210 - 200 * one["accuracy_high"]
        marks.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="currentColor" opacity=".4"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"><title>{one["count"]:,} spans, mean score '
            f"{one['mean_score']:.3f}, right {one['accuracy']:.3f}</title></circle>"
        )
    return (
        "<h2>Calibration</h2>\n"
        f"<p>ECE {calibration['ece']:.3f}, Brier {calibration['brier']:.3f}. Across, the score of predicted spans; "
        "up, the share of them that is right. On the line the score can be believed.</p>\n"
        '<svg viewBox="0 0 220 220" role="img" aria-label="reliability diagram">'
        '<rect x="10" y="10" width="200" height="200" fill="none" stroke="currentColor" opacity=".3"/>'
        '<line x1="10" y1="210" x2="210" y2="10" stroke="currentColor" opacity=".3"/>' + "".join(marks) + "</svg>\n"
    )


def _errors(errors: Sequence[SpanError], gold: Sequence[Document]) -> Iterator[str]:
    for kind, found in groupby(sorted(errors, key=attrgetter("kind")), key=attrgetter("kind")):
        group = list(found)
        yield f"<details><summary>{kind.replace('_', ' ')}: {len(group):,}</summary>\n"
        for error in group[:_SHOWN]:
            document = gold[error.document]
            start, end = context(document.text, error)
            yield f'<div class="id">{html.escape(document.id)}</div><dl class="pair">'
            for name, span in (("gold", error.gold), ("predicted", error.predicted)):
                marked = as_html(document.text[start:end], [_moved(span, -start)] if span else [])
                yield f'<dt>{name}</dt><dd dir="auto">{marked}</dd>'
            yield "</dl>\n"
        if len(group) > _SHOWN:
            yield f"<p>… and {len(group) - _SHOWN:,} more</p>\n"
        yield "</details>\n"


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.label, span.score, span.source, span.kb_id)
