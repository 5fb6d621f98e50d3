"""What flows through a pipeline, and what a stage of it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, ClassVar, Protocol, runtime_checkable

from livener.pipeline.joined import Joined
from livener.text import Document, OffsetMap, Range, Sentence, Span

Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents on their way through a pipeline; each field but ``notes`` has one item for each document.

    ``texts``: the normalised text and its map to the original. ``ranges``: the sentences as ranges of the normalised
    text. ``sentences``: those with their tokens. ``spans``: what was found so far. A field that no stage has assigned
    yet is empty. ``notes`` holds, by the position of a document, what becomes part of its metadata.

    >>> batch = Batch([Document("Ada left.")], spans=[(Span(0, 3, "PER"),)])
    >>> batch.with_spans([()]).spans
    [()]
    """

    documents: Sequence[Document]
    texts: Sequence[tuple[str, OffsetMap | None]] = ()
    ranges: Sequence[Sequence[Range]] = ()
    sentences: Sequence[Sequence[Sentence]] = ()
    spans: Sequence[Spans] = ()
    notes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    _joined: list[Joined] = field(default_factory=list, repr=False, compare=False)

    @property
    def joined(self) -> Joined:
        """The sentences as one text, made once, however many stages change the spans."""
        if not self._joined or self._joined[0].sentences is not self.sentences:
            self._joined[:] = [Joined(self.sentences)]
        return self._joined[0]

    def with_spans(self, spans: Sequence[Spans]) -> "Batch":
        """The same batch with other spans."""
        # What `replace` does, but ten rule stages ask for it with every batch.
        return Batch(self.documents, self.texts, self.ranges, self.sentences, spans, self.notes, self._joined)


@runtime_checkable
class Stage(Protocol):
    """One step of a pipeline: a pure function of a batch and of its own settings.

    ``name`` carries a version (``"trim.v1"``) that a ``pipeline.toml`` keeps. ``requires`` and ``assigns`` name the
    fields of `Batch` that it reads and sets, so that a pipeline is checked before it runs. A stage is a frozen
    dataclass whose fields are its settings; one whose type is ``Path``, or a tuple of them, is a file or folder
    relative to the ``pipeline.toml``, and its content is part of the pipeline's version.
    """

    name: ClassVar[str]
    requires: ClassVar[frozenset[str]]
    assigns: ClassVar[frozenset[str]]

    def __call__(self, batch: Batch) -> Batch: ...


NOTHING: frozenset[str] = frozenset()
SPANS: frozenset[str] = frozenset({"spans"})
SPANS_IN_SENTENCES: frozenset[str] = frozenset({"spans", "sentences"})


def overruled(batch: Batch, hits: Mapping[int, Sequence[Span]]) -> Batch:
    """The batch after `overrule` by the hits of a rule, by the position of their document."""
    if not hits:
        return batch
    spans = list(batch.spans)
    for i, found in hits.items():
        spans[i] = overrule(spans[i], found)
    return batch.with_spans(spans)


def overrule(spans: Spans, hits: Sequence[Span]) -> Spans:
    """The spans with the hits of a rule, which do not overlap each other: a hit takes the place of what it overlaps.

    A span that a hit lies within, and that is longer, is kept, and no hit that overlaps it is taken.

    >>> found = (Span(0, 5, "ORG"), Span(10, 20, "ORG"))
    >>> [(span.start, span.label) for span in overrule(found, [Span(0, 5, "GPE"), Span(12, 14, "GPE")])]
    [(0, 'GPE'), (10, 'ORG')]
    """
    if not hits:
        return spans
    if not spans:
        return tuple(hits)
    if len(hits) == 1 and (after := _overruled_once(spans, hits[0])):
        return after
    hits = sorted(hits, key=position_of)
    kept: list[Span] = []
    refused: set[int] = set()
    first = 0
    for span in sorted(spans, key=position_of):
        while first < len(hits) and hits[first].end <= span.start:
            first += 1
        last = first
        while last < len(hits) and hits[last].start < span.end:
            last += 1
        if any(_within(hit, span) for hit in hits[first:last]):
            refused.update(range(first, last))
            kept.append(span)
        elif first == last:
            kept.append(span)
    return tuple(sorted([*kept, *(hit for i, hit in enumerate(hits) if i not in refused)], key=position_of))


def _overruled_once(spans: Spans, hit: Span) -> Spans | None:
    """`overrule` where it is simple, as it mostly is: one hit, and spans in order that do not overlap."""
    first = last = reach = 0  # of the spans that overlap the hit, and where the next one may begin
    for span in spans:
        if span.start < reach:
            return None
        reach = span.end
        first += reach <= hit.start
        last += span.start < hit.end
    if any(_within(hit, span) for span in spans[first:last]):
        return spans
    return (*spans[:first], hit, *spans[last:])


def _within(hit: Span, span: Span) -> bool:
    return span.start <= hit.start and hit.end <= span.end and hit.end - hit.start < span.end - span.start


position_of: Callable[[Span], tuple[int, int, str]] = attrgetter("start", "end", "label")
"""What spans are sorted by; asked so often that it is no function of Python."""


def sure_of(span: Span) -> float:
    """Its score; a span without one was not doubted."""
    return 1.0 if span.score is None else span.score
