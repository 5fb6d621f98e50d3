"""Sentences as documents of their own, for who asks sentence by sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from livener.text import Document, Segmenter, Span


def sentences_of(documents: Iterable[Document], segmenter: Segmenter | None = None) -> Iterator[Document]:
    """Each sentence as a document, with its tokens, and the spans and negatives that lie within it.

    Its id is that of its document and where it begins there, which its metadata keep as ``document`` and ``start``.

    >>> whole = Document("Ann left. Bob came.", "d1", spans=(Span(10, 13, "PER"),))
    >>> [(one.id, one.text, one.spans[:1]) for one in sentences_of([whole])][1]
    ('d1:10', 'Bob came.', (Span(start=0, end=3, label='PER', score=None, source=None, kb_id=None),))
    """
    segmenter = segmenter or Segmenter()
    for document in documents:
        for sentence in segmenter.sentences(document):
            tokens = [sentence.original(*token) for token in sentence.tokens]
            start, end = tokens[0][0], tokens[-1][1]
            yield Document(
                document.text[start:end],
                f"{document.id}:{start}",
                {**document.meta, "document": document.id, "start": start},
                _within(document.spans, start, end),
                tuple((a - start, b - start) for a, b in tokens),
                ((0, end - start),),
                document.complete,
                _within(document.negatives, start, end),
            )


def _within(spans: Iterable[Span], start: int, end: int) -> tuple[Span, ...]:
    return tuple(
        replace(span, start=span.start - start, end=span.end - start)
        for span in spans
        if start <= span.start and span.end <= end
    )
