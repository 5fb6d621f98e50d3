"""Writing CoNLL: ``token<TAB>tag``, a blank line after each sentence, and comments that keep ids and the text.

Boundaries are never moved to fit tokens: a token is split where a span, a sentence or white space splits it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

from livener.errors import InputError
from livener.formats.report import Report
from livener.tagging.schemes import encode, get
from livener.text import Document, Range, Span
from livener.text.sentences import split_sentences
from livener.text.tokens import tokenize

_BLANK = " \t\n\r"
_SOLID = re.compile(f"[^{_BLANK}]+")


def write(documents: Iterable[Document], report: Report, *, scheme: str = "BIO") -> Iterator[str]:
    """The documents, with the tokens and sentences that they carry, or else livener's own.

    Of spans that overlap the longest is kept. What cannot be held is left out and reported.

    Raises:
        InputError: a label, an id or a token cannot stand in a line.
    """
    scheme = get(scheme).name
    for document in documents:
        where = f"document {document.id!r}"
        report.note_losses(document)
        if document.meta:
            report.note("metadata left out", where, "metadata are left out")
        if re.search(r"[\n\r]", document.id):
            raise InputError("the id holds a line break", where=where, fix="an id of one line")
        spans = _flat(document, report)
        lines = [f"# newdoc id = {document.id}" if document.id else "# newdoc"]
        for pieces in sentence_pieces(document, spans, report):
            lines += [*_sentence(document.text, pieces, spans, scheme, where), ""]
        yield "\n".join(lines) + "\n"


def _sentence(text: str, pieces: list[Range], spans: list[Span], scheme: str, where: str) -> Iterator[str]:
    starts = [start for start, _ in pieces]
    begin, end = pieces[0][0], pieces[-1][1]
    first, last = (bisect_left(spans, edge, key=lambda span: span.start) for edge in (begin, end))
    inside = [(bisect_left(starts, s.start), bisect_left(starts, s.end), s.label) for s in spans[first:last]]
    yield "# text = " + re.sub(r"[\t\n\r]", " ", text[begin:end])
    for (a, b), tag in zip(pieces, encode(inside, len(pieces), scheme), strict=True):
        if text[a:b] == "-DOCSTART-":
            raise InputError("a token is the mark -DOCSTART-", where=where, fix="other tokens, or the format jsonl")
        yield f"{text[a:b]}\t{tag}"


def _flat(document: Document, report: Report) -> list[Span]:
    """The spans in order, trimmed of white space, without those that overlap a longer one."""
    where = f"document {document.id!r}"
    kept: list[Span] = []
    for span in sorted(document.spans, key=lambda span: (span.start - span.end, span.start)):
        name = f"span [{span.start}, {span.end}) {span.label}"
        if re.search(r"\s", span.label) or span.label == "O":
            raise InputError(f"the label {span.label!r} cannot stand in a tag", where=where, fix="one word, not O")
        start, end = trimmed(span)
        place = bisect_left(kept, start, key=lambda other: other.start)
        if start >= end:
            report.note("blank spans left out", where, f"{name} is white space and is left out")
        elif any(start < other.end and other.start < end for other in kept[max(place - 1, 0) : place + 1]):
            report.note("nested spans left out", where, f"{name} overlaps a longer one and is left out")
        else:
            kept.insert(place, Span(start, end, span.label))
            if (start, end) != (span.start, span.end):
                report.note("spans trimmed", where, f"{name} loses the white space at its border")
    return kept


def trimmed(span: Span) -> Range:
    """The range of a span without the white space at its borders, reversed if it is nothing else."""
    return span.end - len(span.text.lstrip(_BLANK)), span.start + len(span.text.rstrip(_BLANK))


def sentence_pieces(document: Document, spans: list[Span], report: Report) -> Iterator[list[Range]]:
    """The tokens of each sentence, split where anything begins or ends; a span joins the sentences it crosses.

    ``spans`` are in order and begin and end with other than white space.
    """
    text = document.text
    tokens = tokenize(text) if document.tokens is None else document.tokens
    starts = [start for start, _ in (split_sentences(text) if document.sentences is None else document.sentences)]
    opened = [bisect_left(spans, start, key=lambda span: span.start) for start in starts]
    reach = list(accumulate((span.end for span in spans), max))
    borders = [start for start, i in zip(starts, opened, strict=True) if not i or reach[i - 1] <= start]
    edges = {edge for span in spans for edge in (span.start, span.end)}
    edges.update({0, len(text)}, borders, *tokens)
    pieces = [
        (start + match.start(), start + match.end())
        for start, end in pairwise(sorted(edges))
        for match in _SOLID.finditer(text[start:end])
    ]
    for start, end in sorted(set(tokens).difference(pieces)):
        where = f"document {document.id!r}"
        report.note("tokens split", where, f"token {text[start:end]!r} is split at a border of a span or of a word")
    places = [bisect_left(pieces, (border, border)) for border in borders]
    for first, last in pairwise(sorted({0, len(pieces), *places})):
        yield pieces[first:last]
