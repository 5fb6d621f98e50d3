"""Drift as one self-contained HTML page: what moved, the labels side by side, day by day, and the documents."""

import html
from collections.abc import Iterator, Sequence

from livener.cli.drift import verdict
from livener.cli.highlight import Colours, as_html, legend, page_head
from livener.monitoring.drift import Drift, Finding, Window, by_day, control_chart

_STYLE = """
.lead { color: var(--soft); margin: 0 0 1rem; max-width: 44rem }
.big { font-size: 1.15rem; font-weight: 600; margin: 1rem 0 .3rem }
.note { color: var(--soft); font-size: .85rem; margin: .2rem 0 .8rem; max-width: 44rem }
.wide { overflow-x: auto; padding-bottom: .3rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; font-size: .85rem; color: var(--soft) }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left }
th:first-child, td:first-child { padding-inline-start: 0 }
tr.calm { color: var(--soft) }
.bar { display: block; height: .5rem; border-radius: 2px; background: oklch(var(--tag) var(--hue)); min-width: 1px }
.bar.before { opacity: .4; margin-bottom: 2px }
td.bars { min-width: 14rem; text-align: left }
svg { width: 100%; max-width: 40rem; height: auto; overflow: visible }
svg text { font-size: 9px; fill: var(--soft) }
details { border-top: 1px solid var(--line) } summary { cursor: pointer; padding: .6rem 0; font-weight: 600 }
"""
_WIDE, _HIGH = 400, 90


def drift_page(title: str, found: Drift, reference: Window, current: Window) -> Iterator[str]:
    """The page as a stream of chunks."""
    colours = Colours(reference.labels)
    moved = [finding for finding in found.findings if finding.drifted]
    yield page_head(title, _STYLE)
    yield f'<p class="lead">{found.current:,} documents, compared with {found.reference:,}</p>\n'
    names = list(dict.fromkeys(finding.measure.subject for finding in moved))
    yield f'<p class="big">{html.escape("Moved: " + ", ".join(names) if names else "No drift")}</p>\n'
    if found.verdict:
        yield f'<p class="lead">{html.escape(verdict(found))}</p>\n'
    yield legend(colours)
    if moved:
        yield "<h2>What moved</h2>\n" + _findings(moved, calm=False)
    yield "<h2>Labels</h2>\n" + _labels(reference, current, colours)
    yield from _charts(reference, current)
    if found.documents:
        yield '<h2>Documents that moved most</h2>\n<p class="note">Those to look at first.</p>\n'
        for one in found.documents:
            document = current.documents[one.index]
            marked = as_html(document.text, document.spans, colours)
            name = html.escape(f"{one.id} · {one.why}" if one.why else one.id)
            yield f'<article><div class="id">{name}</div><div class="text" dir="auto">{marked}</div></article>\n'
    calm = [finding for finding in found.findings if not finding.drifted]
    yield f"<details><summary>What did not move: {len(calm):,} comparisons</summary>\n"
    yield _findings(calm, calm=True) + "</details>\n</body></html>\n"


def _findings(findings: Sequence[Finding], *, calm: bool) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", "", "before", "now", "effect", "scale", "q", "since", "where"))
    rows = []
    for finding in findings:
        one = finding.measure
        effect = f"{one.effect:+.1%}" if one.scale == "relative" else f"{one.effect:+.3f}"
        where = f"{finding.where['key']} {finding.where['value']}" if finding.where else ""
        cells = [
            one.subject,
            one.quantity,
            f"{one.reference:.3f}",
            f"{one.current:.3f}",
            effect,
            one.scale,
            f"{finding.q_value:.2g}",
            finding.since or "",
            where,
        ]
        rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    kind = ' class="calm"' if calm else ""
    body = "\n".join(f"<tr{kind}>{row}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div>\n'


def _labels(reference: Window, current: Window, colours: Colours) -> str:
    sides = [window.counts.mean(0) for window in (reference, current)]
    most = max(float(sides[0].max(initial=0)), float(sides[1].max(initial=0)), 1e-9)
    rows = []
    for i, label in enumerate(reference.labels):
        before, now = float(sides[0][i]), float(sides[1][i])
        bars = (
            f'<span class="bar before" style="width:{before / most:.1%}"></span>'
            f'<span class="bar" style="width:{now / most:.1%}"></span>'
        )
        name = f'<span class="label" style="--hue:{colours.hue(label)}">{html.escape(label)}</span>'
        rows.append(
            f"<tr style=\"--hue:{colours.hue(label)}\"><td>{name}</td><td class='bars'>{bars}</td>"
            f"<td>{before:.3f}</td><td>{now:.3f}</td></tr>"
        )
    head = "<tr><th></th><th>spans per document: pale before, full now</th><th>before</th><th>now</th></tr>\n"
    return f'<div class="wide"><table>{head}{chr(10).join(rows)}</table></div>\n'


def _charts(reference: Window, current: Window) -> Iterator[str]:
    """One control chart a label, where the documents carry a time of at least two days."""
    days = by_day(current)
    if len(days) < 2:
        return
    yield (
        '<h2>Day by day</h2>\n<p class="note">Spans per document; the band is two standard deviations around the '
        "reference, and one day in twenty is outside it by chance.</p>\n"
    )
    for label in reference.labels:
        points = control_chart(reference, list(days.items()), label)
        top = max(max(point.rate, point.high) for point in points) or 1.0
        step = _WIDE / max(len(points) - 1, 1)
        at = [(k * step, point) for k, point in enumerate(points)]

        def y(value: float, top: float = top) -> float:
            return _HIGH - _HIGH * value / top

        band = [f"{x:.1f},{y(p.high):.1f}" for x, p in at] + [f"{x:.1f},{y(p.low):.1f}" for x, p in reversed(at)]
        line = " ".join(f"{x:.1f},{y(p.rate):.1f}" for x, p in at)
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y(p.rate):.1f}" r="{4 if p.outside else 2}" fill="currentColor">'
            f"<title>{html.escape(p.name)}: {p.rate:.3f} ({p.documents:,} documents)</title></circle>"
            for x, p in at
        )
        yield (
            f'<h3>{html.escape(label)}</h3><svg viewBox="0 -8 {_WIDE} {_HIGH + 24}" role="img" '
            f'aria-label="spans of {html.escape(label, quote=True)} per document, day by day">'
            f'<polygon points="{" ".join(band)}" fill="currentColor" opacity=".12"/>'
            f'<polyline points="{line}" fill="none" stroke="currentColor"/>{dots}'
            f'<text x="0" y="{_HIGH + 14}">{points[0].name}</text>'
            f'<text x="{_WIDE}" y="{_HIGH + 14}" text-anchor="end">{points[-1].name}</text></svg>\n'
        )
