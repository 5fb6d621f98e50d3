"""Which spans stay: overlap resolution, and thresholds."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from livener.errors import InputError
from livener.pipeline.batch import SPANS, Batch, Spans, position_of, sure_of
from livener.text import Span

Policy = Literal["longest", "score", "priority", "nested"]


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Make spans that overlap into spans that do not.

    ``policy``: the ``longest`` stays, or the one with the highest ``score``, or the one whose label or source is
    named first in ``priority``; ``nested`` keeps spans that lie within each other, and of those that cross
    the longest. Ties go to the longer one, then to the one that begins first. Of equal spans the surer one stays.
    Idempotent.

    >>> from livener.text import Document
    >>> found = (Span(0, 14, "ORG", 0.6), Span(8, 14, "GPE", 0.9), Span(10, 20, "PER", 0.5))
    >>> batch = Batch([Document("Bank of London Bridge")], spans=[found])
    >>> [[s.label for s in Overlaps(p)(batch).spans[0]] for p in ("longest", "score", "nested")]
    [['ORG'], ['GPE'], ['ORG', 'GPE']]
    """

    name: ClassVar[str] = "overlaps.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    policy: Policy = "longest"
    priority: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.policy == "priority") != bool(self.priority):
            raise InputError(
                "overlaps: policy and priority do not fit",
                fix='priority = […] with policy = "priority", and only then',
            )

    def __call__(self, batch: Batch) -> Batch:
        return batch.with_spans([self._resolved(spans) for spans in batch.spans])

    def _resolved(self, spans: Spans) -> Spans:
        reach = 0
        for span in spans:
            if span.start < reach:
                break
            reach = span.end
        else:
            return spans
        if self.policy == "nested":
            return tuple(_nested(spans))
        return tuple(without_overlaps(spans, self._rank))

    def _rank(self, span: Span) -> float:
        match self.policy:
            case "score":
                return -sure_of(span)
            case "priority":
                ranks = [i for i, name in enumerate(self.priority) if name in (span.label, span.source)]
                return min(ranks, default=len(self.priority))
        return 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Drop spans that are not sure enough; a span without a score stays.

    ``default`` is for the labels that ``labels`` does not name. Idempotent.

    >>> from livener.text import Document
    >>> batch = Batch([Document("Ada in Oslo")], spans=[(Span(0, 3, "PER", 0.6), Span(7, 11, "GPE", 0.6))])
    >>> Thresholds(default=0.5, labels={"GPE": 0.8})(batch).spans
    [(Span(start=0, end=3, label='PER', score=0.6, source=None, kb_id=None),)]
    """

    name: ClassVar[str] = "thresholds.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    default: float = 0.0
    labels: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.default, *self.labels.values()):
            if not 0 <= value <= 1:
                raise InputError(f"thresholds: {value}", fix="a number from 0 to 1")

    def __call__(self, batch: Batch) -> Batch:
        limit, default = self.labels.get, self.default
        return batch.with_spans(
            [
                spans and tuple([s for s in spans if s.score is None or s.score >= limit(s.label, default)])
                for spans in batch.spans
            ]
        )


def without_overlaps(spans: Iterable[Span], rank: Callable[[Span], Any]) -> list[Span]:
    """The spans that stay when the ones of the lowest rank are taken first, in the order of the text.

    >>> [s.label for s in without_overlaps([Span(0, 5, "B"), Span(3, 9, "A")], lambda span: span.label)]
    ['A']
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (rank(s), s.start - s.end, s.start, -sure_of(s), s.label)):
        place = bisect_right(kept, span.start, key=lambda other: other.end)
        if place == len(kept) or kept[place].start >= span.end:
            kept.insert(place, span)
    return kept


def _nested(spans: Spans) -> list[Span]:
    """Without crossing and without repetition; the longest first."""
    best: dict[tuple[int, int, str], Span] = {}
    for span in sorted(spans, key=lambda s: (-sure_of(s), s.source or "", s.kb_id or "")):
        best.setdefault(position_of(span), span)
    kept: list[Span] = []
    for group in _overlapping(sorted(best.values(), key=position_of)):
        chosen: list[Span] = []
        for span in sorted(group, key=lambda s: (s.start - s.end, s.start, s.label)):
            if not any(_cross(span, other) for other in chosen):
                chosen.append(span)
        kept += chosen
    return sorted(kept, key=position_of)


def _overlapping(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Runs of spans that hang together, so that only they are compared."""
    group: list[Span] = []
    reach = 0
    for span in spans:
        if span.start >= reach:
            yield group
            group = []
        group.append(span)
        reach = max(reach, span.end)
    yield group


def _cross(a: Span, b: Span) -> bool:
    return a.start < b.start < a.end < b.end or b.start < a.start < b.end < a.end
