"""The evaluation as one self-contained HTML page: scores, errors in their context, calibration."""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from livener.cli.highlight import Colours, as_html, legend, page_head
from livener.metrics import ERROR_KINDS, MISSED, SPURIOUS, SpanError
from livener.text import Document, Span

_AROUND = 70  # characters of context on each side
_SHOWN = 200  # errors of each kind
_STYLE = """
.lead { color: var(--soft); margin: 0 }
.tiles { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.4rem 0 }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .7rem 1rem; min-width: 5.5rem }
.tiles b { display: block; font-size: 1.45rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.tiles span, .note { color: var(--soft); font-size: .85rem }
.note { margin: .2rem 0 .8rem; max-width: 44rem }
.wide { overflow-x: auto; padding-bottom: .3rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; font-size: .85rem; color: var(--soft) }
th:first-child, td:first-child { text-align: left; padding-inline-start: 0 }
td.f1 { min-width: 4.5rem; background: linear-gradient(to right, var(--soft) var(--share), transparent 0) no-repeat
  bottom / 100% 3px }
.matrix th:not(:first-child) { writing-mode: vertical-rl; rotate: 180deg; text-align: start; padding: .5rem .3rem;
  border-bottom: 0; border-top: 1px solid var(--line) }
.matrix td:not(:first-child) { min-width: 1.6rem; padding: .3rem .5rem; text-align: center;
  background: color-mix(in oklab, var(--cell, transparent) calc(.75 * var(--share, 0%)), transparent) }
.matrix .same { --cell: oklch(72% .14 150) } .matrix .other { --cell: oklch(68% .17 30) }
.matrix td:first-child { position: sticky; left: 0; background: var(--page) }
svg { width: 20rem; max-width: 100%; height: auto; overflow: visible } svg text { font-size: 8px; fill: var(--soft) }
details { border-top: 1px solid var(--line) } details:last-of-type { border-bottom: 1px solid var(--line) }
summary { cursor: pointer; font-weight: 600; padding: .6rem 0 } summary span { color: var(--soft); font-weight: 400 }
dl { display: grid; grid-template-columns: 5.5rem 1fr; margin: 0 }
dt { color: var(--soft); font-size: .85rem; line-height: 2.2 }
dd { margin: 0; overflow-wrap: anywhere; line-height: 1.9 }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr } dt { line-height: 1.4 } dd { margin-bottom: .4rem }
  th, td { padding-inline: .5rem } td .note { display: none } }
"""
_MEANING = {
    "strict": "boundaries and label",
    "exact": "boundaries",
    "partial": "boundaries, or any overlap for half",
    "type": "label, and any overlap",
    "macro": "strict, mean of the labels",
}
_KINDS = {
    "false_negative": "a gold span, and nothing predicted there",
    "false_positive": "a predicted span, and nothing gold there",
    "boundary": "right label, other boundaries",
    "label": "right boundaries, other label",
    "boundary_and_label": "they overlap, and that is all",
}


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
    colours = Colours(scores["per_label"])
    strict, calibration = scores["strict"], scores.get("calibration")
    yield page_head(title, _STYLE)
    yield f'<p class="lead">{html.escape(recognizer)} on {len(gold):,} documents</p>\n'
    yield _tiles(
        [
            ("strict F1", f"{strict['f1']:.3f}"),
            ("precision", f"{strict['precision']:.3f}"),
            ("recall", f"{strict['recall']:.3f}"),
            ("gold spans", f"{strict['support']:,}"),
            ("errors", f"{len(errors):,}"),
            *([("calibration error", f"{calibration['ece']:.3f}")] if calibration else []),
            ("sentences a second", f"{scores['sentences_per_second']:,.0f}"),
        ]
    )
    yield legend(colours)
    yield "<h2>Scores</h2>\n"
    rows = [
        f"<tr><td>{name} <span class=note>{meaning}</span></td>{_cells(scores[name])}</tr>"
        for name, meaning in _MEANING.items()
    ]
    yield _table(["", "precision", "recall", "F1", "gold"], rows)
    yield '<h2>Labels</h2>\n<p class="note">Strict scores.</p>\n'
    rows = [
        f'<tr><td><span class="label" style="--hue:{colours.hue(label)}">{html.escape(label)}</span></td>'
        f"{_cells(one)}<td>{one['predicted']:,}</td></tr>"
        for label, one in scores["per_label"].items()
    ]
    yield _table(["", "precision", "recall", "F1", "gold", "predicted"], rows)
    yield _confusion(scores["confusion"])
    if calibration:
        yield _calibration(calibration)
    yield "<h2>Errors</h2>\n"
    yield from _errors(errors, gold, colours)
    yield "</body></html>\n"


def _tiles(figures: Iterable[tuple[str, str]]) -> str:
    tiles = (f"<div><b>{value}</b><span>{name}</span></div>" for name, value in figures)
    return f'<div class="tiles">{"".join(tiles)}</div>\n'


def _cells(score: Mapping[str, Any]) -> str:
    return (
        f"<td>{score['precision']:.3f}</td><td>{score['recall']:.3f}</td>"
        f'<td class="f1" style="--share:{score["f1"]:.1%}">{score["f1"]:.3f}</td><td>{score["support"]:,}</td>'
    )


def _table(header: Iterable[str], rows: Iterable[str], kind: str = "") -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    return f'<div class="wide"><table class="{kind}"><tr>{head}</tr>\n{chr(10).join(rows)}</table></div>\n'


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    if not confusion:
        return ""
    # What has no partner comes last, so that the labels make a diagonal.
    columns = sorted({found for row in confusion.values() for found in row}, key=lambda one: (one == MISSED, one))
    wanted = sorted(confusion, key=lambda one: (one == SPURIOUS, one))

    def cell(one: str, found: str) -> str:
        count = confusion[one].get(found)
        if not count:
            return "<td></td>"
        share = count / sum(confusion[one].values())
        kind = "same" if one == found else "other"
        title = html.escape(f"{one} → {found}: {count:,}, {share:.0%} of {one}")
        return f'<td class="{kind}" style="--share:{share:.0%}" title="{title}">{count:,}</td>'

    rows = [f"<tr><td>{html.escape(one)}</td>{''.join(cell(one, found) for found in columns)}</tr>" for one in wanted]
    return (
        '<h2>Confusion</h2>\n<p class="note">A row for each gold label, a column for what was predicted there, right '
        "spans included. On the diagonal the label is right, whatever the boundaries.</p>\n"
    ) + _table(["gold, predicted", *columns], rows, "matrix")


def _calibration(calibration: Mapping[str, Any]) -> str:
    """The reliability diagram: a point per bin at its mean score and its share of right spans, with its interval."""
    marks = [
        f'<line x1="{at}" y1="210" x2="{at}" y2="213" stroke="currentColor" opacity=".4"/>'
        f'<text x="{at}" y="222" text-anchor="middle">{tick}</text>'
        f'<text x="5" y="{220 - at + 3}" text-anchor="end">{tick}</text>'
        for at, tick in ((10, "0"), (110, "0.5"), (210, "1"))
    ]
    for one in calibration["bins"]:
        x, y = 10 + 200 * one["mean_score"], 210 - 200 * one["accuracy"]
        low, high = 210 - 200 * one["accuracy_low"], 210 - 200 * one["accuracy_high"]
        marks.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="currentColor" opacity=".4"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"><title>{one["count"]:,} spans, mean score '
            f"{one['mean_score']:.3f}, right {one['accuracy']:.3f}</title></circle>"
        )
    return (
        f'<h2>Calibration</h2>\n<p class="note">ECE {calibration["ece"]:.3f}, Brier {calibration["brier"]:.3f}. '
        "Across, the score of predicted spans; up, the share of them that is right, with its 95 % interval. On the "
        "line a score can be believed; below it the model is too sure.</p>\n"
        '<svg viewBox="-12 4 228 224" role="img" aria-label="reliability diagram">'
        '<rect x="10" y="10" width="200" height="200" fill="none" stroke="currentColor" opacity=".25"/>'
        '<line x1="10" y1="210" x2="210" y2="10" stroke="currentColor" opacity=".25"/>' + "".join(marks) + "</svg>\n"
    )


def _errors(errors: Sequence[SpanError], gold: Sequence[Document], colours: Colours) -> Iterator[str]:
    for kind in ERROR_KINDS:
        group = [error for error in errors if error.kind == kind]
        if not group:
            continue
        yield f"<details><summary>{kind.replace('_', ' ')}: {len(group):,} <span>· {_KINDS[kind]}</span></summary>\n"
        for error in group[:_SHOWN]:
            document = gold[error.document]
            yield f'<article><div class="id">{html.escape(document.id)}</div><dl>'
            for name, span in (("gold", error.gold), ("predicted", error.predicted)):
                if span:
                    yield f'<dt>{name}</dt><dd dir="auto">{_excerpt(document.text, error, span, colours)}</dd>'
            yield "</dl></article>\n"
        if len(group) > _SHOWN:
            yield f'<p class="note">… and {len(group) - _SHOWN:,} more</p>\n'
        yield "</details>\n"


def _excerpt(text: str, error: SpanError, span: Span, colours: Colours) -> str:
    start, end = context(text, error)
    moved = Span(span.start - start, span.end - start, span.label, span.score, span.source, span.kb_id)
    return f"{'… ' * (start > 0)}{as_html(text[start:end], [moved], colours)}{' …' * (end < len(text))}"
