"""What flows through a pipeline, and what a stage of it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

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
SPANS_IN_TEXTS: frozenset[str] = frozenset({"spans", "sentences", "texts"})


def whole_texts(batch: Batch) -> Iterator[Sentence | None]:
    """For each document its normalised text as if it were one sentence, for rules that search all of it at once.

    ``None`` where there is nothing to read, or where the sentences are not ranges of the normalised text.
    """
    for document, (text, offsets), sentences in zip(batch.documents, batch.texts, batch.sentences, strict=True):
        same = bool(sentences) and sentences[0].offsets is offsets
        yield Sentence(text, [], document, 0, offsets) if same else None


def matches(
    pattern: re.Pattern[str], whole: Sentence | None, sentences: Sequence[Sentence]
) -> Iterator[tuple[Sentence, re.Match[str]]]:
    """Every match within a sentence; most documents have none, which one search of the whole text tells."""
    if whole is not None and pattern.search(whole.text) is None:
        return
    for sentence in sentences:
        for match in pattern.finditer(sentence.text):
            yield sentence, match


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


def position_of(span: Span) -> tuple[int, int, str]:
    """What spans are sorted by."""
    return span.start, span.end, span.label


def sure_of(span: Span) -> float:
    """Its score; a span without one was not doubted."""
    return 1.0 if span.score is None else span.score
