"""One text as several people annotated it, cut so that every span of everybody is a run of whole pieces."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from livener.errors import InputError
from livener.text import Document, Range, Segmenter

Annotations = Mapping[str, Document]
"""One text as several people annotated it: the name of each and the document with that person's spans. Somebody who
is not in it has not annotated this text: missing data, not "no entities"."""


def comparable(documents: Iterable[Annotations]) -> list[Annotations]:
    """The same without what is only partly annotated, and without the texts of which then nothing is left.

    Raises:
        InputError: annotations of one text whose texts differ.
    """
    found: list[Annotations] = []
    for annotations in documents:
        whole = {name: document for name, document in annotations.items() if document.complete}
        if len({document.text for document in whole.values()}) > 1:
            names = ", ".join(whole)
            raise InputError("the annotators' texts differ", where=names, fix="one text, annotated by each")
        if whole:
            found.append(whole)
    return found


def cut(annotations: Annotations) -> list[Range]:
    """The tokens of the text, cut further where anybody's span begins or ends inside one; white space is left out.

    The tokens are those that a document brings along, else livener's own.

    >>> from livener.text import Span
    >>> cut({"Ann": Document("Londoners win"), "Bob": Document("Londoners win", spans=(Span(0, 6, "GPE"),))})
    [(0, 6), (6, 9), (10, 13)]
    """
    documents = list(annotations.values())
    text = documents[0].text
    tokens = next((document.tokens for document in documents if document.tokens is not None), None)
    if tokens is None:
        tokens = tuple(
            sentence.original(*token) for sentence in Segmenter().sentences(documents[0]) for token in sentence.tokens
        )
    edges = {edge for token in tokens for edge in token}
    edges.update(edge for document in documents for span in document.spans for edge in (span.start, span.end))
    return [(start, end) for start, end in pairwise(sorted(edges)) if not text[start:end].isspace()]


def over_pieces(document: Document, pieces: Sequence[Range]) -> list[tuple[int, int, str]]:
    """The document's spans as ranges of pieces, in order, each once; a span of white space alone has none."""
    starts = [start for start, _ in pieces]
    ranges = {(bisect_left(starts, span.start), bisect_left(starts, span.end), span.label) for span in document.spans}
    return sorted((first, last, label) for first, last, label in ranges if first < last)
