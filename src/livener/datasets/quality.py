"""What is wrong, or odd, in an annotated data set: copies, leaks, boundaries, and forms marked here and not there."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from livener.datasets.splits import text_key
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.text import Document, Segmenter, Sentence, Span

FAULTS = {
    "conflicting copies": "the same text is annotated in two ways: one of them is wrong",
    "leaks": "the text is in the documents of --against too",
    "white space": "a span begins or ends with white space",
    "inside a token": "a span begins or ends inside a word: no engine that reads words can learn or find it",
    "over sentences": "a span goes on in the next sentence",
    "crossing": "two spans cross each other",
    "doubled": "two spans have the same boundaries",
    "empty": "there is no text",
}
"""The kinds that no data set should have, and what they mean."""
REMARKS = {
    "copies": "the same text, annotated in the same way, again",
    "punctuation": "a span begins or ends with punctuation that others of its label do not have",
    "not marked": "a form that is marked almost everywhere is not marked here",
    "other label": "a form has another label here than almost everywhere",
    "rare label": "too few spans of the label to learn or to judge it",
    "long": "a span is far longer than others of its label",
    "doubted": "a model that has not seen the document is sure of something else",
}
"""The kinds that somebody should look at, and what they mean."""
_MARKED = 0.9
_SEEN = 5
_RARE = 10
_EDGES = ".,;:!?…\"'`()[]{}«»“”„‘’-–—/"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of a ``kind`` (of `FAULTS` or `REMARKS`): in which document, at which span, and what it is.

    ``better`` are the spans that should stand in the place of ``span`` (which itself is none yet where it is "not
    marked"), None where nobody can tell without reading; ``other`` is the document that it is compared with.
    """

    kind: str
    document: str
    span: Span | None
    message: str
    better: tuple[Span, ...] | None = None
    other: str | None = None

    @property
    def fault(self) -> bool:
        """Whether no data set should have it."""
        return self.kind in FAULTS


def check(
    documents: Sequence[Document], *, against: Iterable[Document] = (), segmenter: Segmenter | None = None
) -> list[Finding]:
    """All findings, those of `FAULTS` first; ``against`` are documents of which none may be here (test data).

    Of partly annotated documents nothing is said about what is not marked. Copies are texts that differ only in case
    and spacing.

    >>> text = "Ann met Bob in Rome."
    >>> good = Document(text, "a", spans=(Span(0, 3, "PER"),))
    >>> [(one.kind, one.document) for one in check([good, Document(text, "b", spans=(Span(8, 12, "PER"),))])][:2]
    [('conflicting copies', 'b'), ('white space', 'b')]
    """
    segmenter = segmenter or Segmenter()
    sentences = [segmenter.sentences(document) for document in documents]
    found = [
        *_copies(documents, {text_key(document.text) for document in against}),
        *(one for document, parts in zip(documents, sentences, strict=True) for one in _boundaries(document, parts)),
        *_forms(documents, sentences),
        *_labels(documents),
    ]
    order = {kind: number for number, kind in enumerate([*FAULTS, *REMARKS])}
    return sorted(found, key=lambda one: order[one.kind])


def _copies(documents: Sequence[Document], others: set[str]) -> Iterator[Finding]:
    first: dict[str, Document] = {}
    for document in documents:
        if not document.text.strip():
            yield Finding("empty", document.id, None, "there is nothing but white space")
            continue
        key = text_key(document.text)
        if key in others:
            yield Finding("leaks", document.id, None, "its text is among the other documents")
        if key not in first:
            first[key] = document
            continue
        earlier = first[key]
        if _said(earlier) == _said(document):
            yield Finding("copies", document.id, None, f"a copy of {earlier.id!r}", other=earlier.id)
        elif earlier.complete and document.complete:
            more = sorted(_said(document) ^ _said(earlier))
            message = f"{earlier.id!r} differs in {_listed(map(repr, more))}"
            same = earlier.spans if earlier.text == document.text else None
            yield Finding("conflicting copies", document.id, None, message, same, earlier.id)


def _said(document: Document) -> set[tuple[str, int, str]]:
    """The spans by their words, so that spacing makes no difference: which of its kind it is, and its label."""
    seen: Counter[str] = Counter()
    keys = set()
    for span in sorted(document.spans, key=lambda span: (span.start, span.end)):
        form = " ".join(span.text.casefold().split())
        before = document.text[: span.start].casefold().count(form)
        seen[form] += 1
        keys.add((form, before, span.label))
    return keys


def _boundaries(document: Document, sentences: Sequence[Sentence]) -> Iterator[Finding]:
    ranges = [[sentence.original(*token) for token in sentence.tokens] for sentence in sentences]
    starts, ends = ({token[side] for those in ranges for token in those} for side in (0, 1))
    last_tokens = [those[-1][1] for those in ranges]
    spans = sorted(document.spans, key=lambda span: (span.start, span.end))
    for span in spans:
        if span.text.strip() != span.text:
            message = f"{span.text!r} is more than {span.text.strip()!r}"
            yield Finding("white space", document.id, span, message, _without(document, span, None))
        elif span.start not in starts or span.end not in ends:
            whole = _moved(
                document,
                span,
                max((start for start in starts if start <= span.start), default=span.start),
                min((end for end in ends if end >= span.end), default=span.end),
            )
            yield Finding("inside a token", document.id, span, f"around {_around(document, span)!r}", whole)
        elif any(span.start < end < span.end for end in last_tokens):
            yield Finding("over sentences", document.id, span, f"{span.text!r} is in two sentences")
    for one, other in pairwise(spans):
        if (one.start, one.end) == (other.start, other.end):
            yield Finding("doubled", document.id, other, f"{one.text!r} is {one.label} and {other.label}")
    for i, one in enumerate(spans):
        for other in spans[i + 1 :]:
            if other.start >= one.end:
                break
            if one.start < other.start and other.end > one.end:
                yield Finding("crossing", document.id, other, f"{other.text!r} crosses {one.text!r}")


def _without(document: Document, span: Span, edges: str | None) -> tuple[Span, ...]:
    """The span without characters of ``edges`` (None: white space) at its ends; nothing where all of it is such."""
    start = span.end - len(span.text.lstrip(edges))
    return _moved(document, span, start, start + len(span.text.strip(edges)))


def _moved(document: Document, span: Span, start: int, end: int) -> tuple[Span, ...]:
    return (replace(span, start=start, end=end, text=document.text[start:end]),) if start < end else ()


def _around(document: Document, span: Span) -> str:
    return document.text[max(0, span.start - 10) : span.end + 10]


def _forms(documents: Sequence[Document], sentences: Sequence[Sequence[Sentence]]) -> Iterator[Finding]:
    """Forms that nearly always have one label, where they have another or none."""
    marked: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for span in document.spans:
            marked[span.text][span.label] += 1
    usual = {form: labels.most_common(1)[0] for form, labels in marked.items() if labels.total() >= _SEEN}
    terms = [Term(form, label) for form, (label, _) in usual.items() if form.strip() and len(form) <= 300]
    if not terms:
        return
    gazetteer = Gazetteer(terms, ignore_case=False, ignore_accents=False)
    free: defaultdict[str, list[tuple[Document, Span]]] = defaultdict(list)
    for document, parts in zip(documents, sentences, strict=True):
        if document.complete:
            for hit in (span for spans in gazetteer.predict(parts) for span in spans):
                if not any(hit.overlaps(span) for span in document.spans):
                    free[document.text[hit.start : hit.end]].append((document, hit))
    for form, (label, count) in usual.items():
        total, here = marked[form].total(), free.get(form, [])
        if here and total / (total + len(here)) >= _MARKED:
            for document, hit in here:
                message = f"{form!r} is marked {total:,} times, and not here"
                there = Span(hit.start, hit.end, label, text=form)
                yield Finding("not marked", document.id, there, message, (there,))
        if count < total and count / total >= _MARKED:
            for document in documents:
                for span in document.spans:
                    if span.text == form and span.label != label:
                        message = f"{form!r} is {label} {count:,} times, and {span.label} here"
                        yield Finding("other label", document.id, span, message, (replace(span, label=label),))


def _labels(documents: Sequence[Document]) -> Iterator[Finding]:
    by_label: defaultdict[str, list[tuple[Document, Span]]] = defaultdict(list)
    for document in documents:
        for span in document.spans:
            by_label[span.label].append((document, span))
    for label, those in sorted(by_label.items()):
        if len(those) < _RARE:
            yield Finding("rare label", those[0][0].id, None, f"{label} has {len(those)} of at least {_RARE} spans")
        lengths = sorted(len(span.text) for _, span in those)
        longest = max(40, 4 * lengths[int(0.95 * (len(lengths) - 1))])
        for side in (0, -1):
            edges = Counter(span.text[side] for _, span in those)
            odd = {mark for mark in _EDGES if 0 < edges[mark] <= 0.02 * len(those)}
            for document, span in those:
                if span.text[side] in odd:
                    better = _without(document, span, "".join(odd) + " ")
                    yield Finding("punctuation", document.id, span, f"{span.text!r}", better)
        for document, span in those:
            if len(span.text) > longest:
                yield Finding("long", document.id, span, f"{len(span.text)} characters: {span.text[:60]!r}…")


def _listed(names: Iterable[str], shown: int = 3) -> str:
    every = list(names)
    return ", ".join(every[:shown]) + (f" and {len(every) - shown} more" if len(every) > shown else "")
