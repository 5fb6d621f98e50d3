"""Documents, spans and sentences: the values that every other package speaks in.

All offsets are half-open ranges ``[start, end)`` in Unicode code points (Python ``str`` indices) of the document's
original text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from livener.errors import InputError
from livener.text.offsets import OffsetMap

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled range of a document's text.

    ``score`` is the calibrated probability that the span is right (boundaries and label), or ``None`` for a gold
    span. ``source`` names the recognizer or the person it came from. ``kb_id`` is its identifier in a gazetteer or
    knowledge base. ``text`` is its surface form; a `Document` fills it in and holds it to the slice of its own text.
    Equality ignores ``text``.

    >>> Span(0, 5, "ORG", score=0.98)
    Span(start=0, end=5, label='ORG', score=0.98, source=None, kb_id=None)
    """

    start: int
    end: int
    label: str
    score: float | None = None
    source: str | None = None
    kb_id: str | None = None
    text: str = field(default="", compare=False, repr=False)

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character.

        >>> Span(0, 5, "ORG").overlaps(Span(4, 6, "PER"))
        True
        """
        return self.start < other.end and other.start < self.end


@dataclass(slots=True)
class _Open:
    """A `Span` while it is made: a frozen class sets its fields one call each, which takes three times as long."""

    start: int
    end: int
    label: str
    score: float | None
    source: str | None
    kb_id: str | None
    text: str


def new_span(
    start: int, end: int, label: str, score: float | None, source: str | None, kb_id: str | None, text: str
) -> Span:
    """The same as ``Span(…)``, which is to be preferred where few are made.

    >>> new_span(0, 5, "ORG", 0.98, None, None, "Apple") == Span(0, 5, "ORG", 0.98)
    True
    """
    span: Any = _Open(start, end, label, score, source, kb_id, text)
    span.__class__ = Span
    return cast(Span, span)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with an id, metadata and spans; immutable.

    ``tokens`` and ``sentences`` are ranges of ``text`` in order; where they are given, every later step respects
    them. ``complete=False`` says that only ``spans`` (right) and ``negatives`` (wrong) are known and the rest of the
    text is unlabelled: the partial answers of a reviewer. Of such a document ``known`` are the ranges in which all is
    known all the same: what is no span there is none. ``unasked`` are labels that nobody looked for, as they came
    later: that none of them is marked says nothing.

    Raises:
        InputError: the text holds a lone surrogate; or a range is empty, reversed, outside the text, or out of order;
            or a span carries a surface form that is not its slice of the text.

    >>> document = Document("Apple bought Shazam.", spans=(Span(0, 5, "ORG"),))
    >>> document.spans[0].text
    'Apple'
    """

    text: str
    id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    tokens: tuple[Range, ...] | None = None
    sentences: tuple[Range, ...] | None = None
    complete: bool = True
    negatives: tuple[Span, ...] = ()
    known: tuple[Range, ...] = ()
    unasked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.isascii():
            _refuse_surrogates(self.text, self.id)
        if self.spans:
            object.__setattr__(self, "spans", tuple([self._checked(span) for span in self.spans]))
        if self.negatives:
            object.__setattr__(self, "negatives", tuple([self._checked(span) for span in self.negatives]))
        if self.tokens is not None:
            self._check_order(self.tokens, "token")
        if self.sentences is not None:
            self._check_order(self.sentences, "sentence")
        if self.known:
            self._check_order(self.known, "known range")

    def with_spans(self, spans: tuple[Span, ...]) -> "Document":
        """The same document with other spans."""
        return replace(self, spans=spans)

    def predicted(self, spans: tuple[Span, ...], meta: Mapping[str, Any]) -> "Document":
        """The same text, tokens and sentences with the spans and metadata of a prediction; spans are checked.

        >>> Document("Ada left.", "n1").predicted((Span(0, 3, "PER"),), {"pipeline": "v1"}).spans[0].text
        'Ada'
        """
        checked = tuple([self._checked(span) for span in spans]) if spans else ()
        document: Any = _OpenDocument(
            self.text, self.id, meta, checked, self.tokens, self.sentences, True, (), (), ()
        )  # the text and its ranges have been checked already
        document.__class__ = Document
        return cast(Document, document)

    def _checked(self, span: Span) -> Span:
        if not 0 <= span.start < span.end <= len(self.text):
            raise InputError(
                f"span [{span.start}, {span.end}) {span.label} is not inside the text",
                where=f"document {self.id!r}" if self.id else None,
                fix=f"0 <= start < end <= {len(self.text)}",
            )
        surface = self.text[span.start : span.end]
        if span.text == surface:
            return span
        if span.text:
            raise InputError(
                f"span [{span.start}, {span.end}) {span.label} says {span.text!r}, the text says {surface!r}",
                where=f"document {self.id!r}" if self.id else None,
            )
        return new_span(span.start, span.end, span.label, span.score, span.source, span.kb_id, surface)

    def _check_order(self, ranges: tuple[Range, ...], name: str) -> None:
        previous = 0
        for start, end in ranges:
            if not previous <= start < end:
                raise InputError(
                    f"{name} [{start}, {end}) is empty or out of order",
                    where=f"document {self.id!r}" if self.id else None,
                    fix="non-empty ranges in order, without overlap",
                )
            previous = end
        if previous > len(self.text):
            raise InputError(
                f"{name} ends at {previous}, after the text",
                where=f"document {self.id!r}" if self.id else None,
                fix=f"end <= {len(self.text)}",
            )


@dataclass(slots=True)
class _OpenDocument:
    """A `Document` while it is made, as `_Open` is a `Span`."""

    text: str
    id: str
    meta: Mapping[str, Any]
    spans: tuple[Span, ...]
    tokens: tuple[Range, ...] | None
    sentences: tuple[Range, ...] | None
    complete: bool
    negatives: tuple[Span, ...]
    known: tuple[Range, ...]
    unasked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as a recognizer sees it: normalised text and tokens, and the way back to the document.

    ``text`` is the sentence's normalised text, ``tokens`` half-open ranges of ``text``, ``start`` the position of
    ``text`` in the document's normalised text, and ``offsets`` the map from there to the original (``None`` where
    normalisation changed nothing).

    >>> sentence = Sentence("Apple rose.", [(0, 5), (6, 10), (10, 11)], Document("Ha! Apple rose."), start=4)
    >>> sentence.words
    ['Apple', 'rose', '.']
    >>> sentence.span(0, 5, "ORG").start
    4
    """

    text: str
    tokens: list[Range]
    document: Document
    start: int = 0
    offsets: OffsetMap | None = None

    @property
    def words(self) -> list[str]:
        """The token strings, normalised."""
        text = self.text
        return [text[start:end] for start, end in self.tokens]

    def original(self, start: int, end: int) -> Range:
        """The range of the document's original text that ``text[start:end]`` came from."""
        start, end = start + self.start, end + self.start
        return (start, end) if self.offsets is None else self.offsets.original(start, end)

    def span(
        self,
        start: int,
        end: int,
        label: str,
        score: float | None = None,
        source: str | None = None,
        kb_id: str | None = None,
    ) -> Span:
        """A span of the document for ``text[start:end]``."""
        start, end = self.original(start, end)
        return new_span(start, end, label, score, source, kb_id, self.document.text[start:end])


def _refuse_surrogates(text: str, document_id: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"lone surrogate U+{ord(text[error.start]):04X} at offset {error.start}",
            where=f"document {document_id!r}" if document_id else None,
            fix="text that can be encoded as UTF-8",
        ) from None
