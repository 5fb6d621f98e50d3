"""Learning curves as one self-contained HTML page."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from livener.cli.highlight import Colours, legend, page_head

if TYPE_CHECKING:
    from livener.learning.simulation import Mean

_WIDTH, _HEIGHT = 640, 360
_STYLE = """
.note { color: var(--soft); max-width: 44rem }
svg { width: 100%; max-width: 52rem; height: auto; overflow: visible } svg text { font-size: 11px; fill: var(--soft) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin-top: 1.2rem }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; padding-inline-start: 0 }
"""


def curves_page(title: str, curves: "Mapping[str, Sequence[Mean]]", currency: str) -> Iterator[str]:
    """The page as a stream of chunks: strict F1 over the logarithm of the cost, and all figures as a table."""
    every = [mean for curve in curves.values() for mean in curve]
    left, right = (math.log(edge(mean.cost for mean in every)) for edge in (min, max))
    top = max(mean.f1 + mean.band for mean in every)
    bottom = max(0.0, min(mean.f1 - mean.band for mean in every))

    def x(cost: float) -> float:
        return _WIDTH * (math.log(cost) - left) / max(right - left, 1e-9)

    def y(f1: float) -> float:
        return _HEIGHT * (1 - (f1 - bottom) / max(top - bottom, 1e-9))

    colours = Colours(curves)
    yield page_head(title, _STYLE)
    yield (
        f'<p class="note">Up, strict F1 on the test documents; across, {html.escape(currency)} answered for. '
        "Around each line the 95 % confidence interval of the mean over seeds.</p>\n"
    )
    yield legend(colours)
    yield f'<svg viewBox="-40 -10 {_WIDTH + 60} {_HEIGHT + 40}" role="img" aria-label="learning curves">\n'
    for f1 in _ticks(bottom, top):
        yield (
            f'<line x1="0" x2="{_WIDTH}" y1="{y(f1):.1f}" y2="{y(f1):.1f}" stroke="currentColor" opacity=".12"/>'
            f'<text x="-6" y="{y(f1) + 4:.1f}" text-anchor="end">{f1:.2f}</text>\n'
        )
    for cost in sorted({round(math.exp(left + (right - left) * part / 4)) for part in range(5)}):
        at = min(max(x(max(cost, 1)), 0), _WIDTH)
        yield f'<text x="{at:.1f}" y="{_HEIGHT + 18}" text-anchor="middle">{cost:,}</text>\n'
    for strategy, curve in curves.items():
        colour = f"oklch(60% .16 {colours.hue(strategy)})"
        upper = [f"{x(one.cost):.1f},{y(one.f1 + one.band):.1f}" for one in curve]
        lower = [f"{x(one.cost):.1f},{y(max(one.f1 - one.band, bottom)):.1f}" for one in reversed(curve)]
        line = " ".join(f"{x(one.cost):.1f},{y(one.f1):.1f}" for one in curve)
        yield f'<polygon points="{" ".join([*upper, *lower])}" fill="{colour}" opacity=".15"/>\n'
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>\n'
        for one in curve:
            yield (
                f'<circle cx="{x(one.cost):.1f}" cy="{y(one.f1):.1f}" r="3" fill="{colour}"><title>'
                f"{html.escape(strategy)}: {one.cost:,.0f} {html.escape(currency)}, F1 {one.f1:.3f} ± {one.band:.3f}"
                "</title></circle>\n"
            )
    yield "</svg>\n<table><tr><th>strategy</th>"
    yield f"<th>{html.escape(currency)}</th><th>tokens</th><th>F1</th><th>±</th><th>seeds</th></tr>\n"
    for one in every:
        yield (
            f"<tr><td>{html.escape(one.strategy)}</td><td>{one.cost:,.0f}</td><td>{one.tokens:,.0f}</td>"
            f"<td>{one.f1:.3f}</td><td>{one.band:.3f}</td><td>{one.seeds}</td></tr>\n"
        )
    yield "</table></body></html>\n"


def _ticks(low: float, high: float) -> list[float]:
    step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if (high - low) / step <= 8), 0.5)
    return [round(step * number, 2) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
