"""What flows through a pipeline, and what a stage of it is."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from operator import attrgetter
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from livener.text import Document, OffsetMap, Range, Sentence, Span

Spans = tuple[Span, ...]
T = TypeVar("T")
_BETWEEN = "\0"


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

    def with_spans(self, spans: Sequence[Spans]) -> "Batch":
        """The same batch with other spans."""
        return replace(self, spans=spans)


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


class Hit(NamedTuple, Generic[T]):
    """A find in a sentence: ``[start, end)`` of its text."""

    document: int
    sentence: Sentence
    start: int
    end: int
    what: T

    def span(self, label: str, score: float | None, source: str, kb_id: str | None = None) -> Span:
        """It as a span of the document."""
        return self.sentence.span(self.start, self.end, label, score, source, kb_id)


def in_sentences(batch: Batch, find: Callable[[str], Iterable[tuple[int, int, T]]]) -> Iterator[Hit[T]]:
    """What ``find`` finds within the sentences of a batch: each with its document's position and its sentence.

    ``find`` is given all of them as one text, with a NUL behind each, and gives (start, end, what) in order, none of
    which reaches over a NUL: a pattern is fast where it searches for long, and most batches hold little to be found.

    >>> batch = Batch([Document("I saw. Ada.")], sentences=[[Sentence("I saw.", [], Document("I saw. Ada."))]])
    >>> [(hit.document, hit.start, hit.end) for hit in in_sentences(batch, of_pattern(re.compile("[a-z]+")))]
    [(0, 2, 5)]
    """
    sentences = [sentence for found in batch.sentences for sentence in found]
    pieces = [sentence.text + _BETWEEN for sentence in sentences]
    ends: list[int] = []
    for start, end, what in find("".join(pieces)):
        if not ends:
            ends, lasts = list(accumulate(map(len, pieces))), list(accumulate(map(len, batch.sentences)))
        place = bisect_right(ends, start)
        before = ends[place] - len(pieces[place])
        yield Hit(bisect_right(lasts, place), sentences[place], start - before, end - before, what)


def of_pattern(pattern: re.Pattern[str]) -> Callable[[str], Iterable[tuple[int, int, re.Match[str]]]]:
    """A regular expression for `in_sentences`; it must match no NUL."""
    return lambda text: ((match.start(), match.end(), match) for match in pattern.finditer(text))


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


def _within(hit: Span, span: Span) -> bool:
    return span.start <= hit.start and hit.end <= span.end and hit.end - hit.start < span.end - span.start


position_of: Callable[[Span], tuple[int, int, str]] = attrgetter("start", "end", "label")
"""What spans are sorted by; asked so often that it is no function of Python."""


def sure_of(span: Span) -> float:
    """Its score; a span without one was not doubted."""
    return 1.0 if span.score is None else span.score
