"""Where spans begin and end: on tokens, in one piece, without what does not belong to a name."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar, Literal

from livener.pipeline.batch import SPANS, SPANS_IN_SENTENCES, Batch, Spans, position_of, sure_of
from livener.text import Range, Sentence, Span, new_span

_OPENING, _CLOSING = "\"'“‘«„‚([{<", "\"'”’»“‘)]}>"
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_STOPS = ",;:!?"
_TITLE = (
    r"(?=[CDGHJLMPRS])"
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sir|Dame|Lord|Lady|Hon|Rev|Judge|Justice|President|Senator|Gov|Gen|Capt|Sgt|Lt|Col)"
)
_TITLES_BEFORE = re.compile(rf"(?<!\w){_TITLE}\b\.?\s+\Z")
_TITLES_AT = re.compile(rf"{_TITLE}\b\.?\s+(?=\S)")
SUFFIXES = (
    *(
        "Incorporated",
        "Inc",
        "Corporation",
        "Corp",
        "Company",
        "Co",
        "Limited",
        "Ltd",
        "LLC",
        "L.L.C",
        "LLP",
        "L.L.P",
    ),
    *("LP", "L.P", "PLC", "plc", "GmbH", "AG", "KG", "SE", "SA", "S.A", "SpA", "S.p.A", "SARL", "BV", "B.V", "NV"),
    *("N.V", "AB", "AS", "ASA", "Oy", "Oyj", "Pty", "KGaA", "N.A"),
)
"""What the names of companies end with, without the dot behind it."""
# The set of first letters tells most words from these at once.
_SUFFIX = f"(?=[{''.join(sorted({name[0] for name in SUFFIXES}))}])(?:{'|'.join(map(re.escape, SUFFIXES))})"
_SUFFIX_AT = re.compile(rf",?\s{{1,3}}{_SUFFIX}(?!\w)\.?")
_SUFFIX_END = re.compile(rf",?\s+{_SUFFIX}(?!\w)\.?\Z")
_POSSESSIVE = re.compile(r"(?:['’][sS]|(?<=[sS])['’])\Z")
_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\S)", re.IGNORECASE)

Choice = Literal["keep", "exclude", "include"]


@dataclass(frozen=True, slots=True)
class Valid:
    """Hold spans to what a sequence of tags can say: whole tokens of one sentence.

    ``repair``: ``"snap"`` widens a span to the tokens that it touches, ``"drop"`` drops it. A span that touches no
    token, or tokens of two sentences, is dropped. What tag sequences themselves may be, the engines hold to by
    constrained decoding; this is for engines that give character ranges. Idempotent.

    >>> from livener.text import Document
    >>> document = Document("Ada Byron left.")
    >>> sentence = Sentence(document.text, [(0, 3), (4, 9), (10, 14), (14, 15)], document)
    >>> batch = Batch([document], sentences=[[sentence]], spans=[(Span(1, 6, "PER"),)])
    >>> [(span.start, span.end) for span in Valid()(batch).spans[0]]
    [(0, 9)]
    """

    name: ClassVar[str] = "valid.v1"
    requires: ClassVar[frozenset[str]] = SPANS_IN_SENTENCES
    assigns: ClassVar[frozenset[str]] = SPANS
    repair: Literal["snap", "drop"] = "snap"

    def __call__(self, batch: Batch) -> Batch:
        items = zip(batch.documents, batch.sentences, batch.spans, strict=True)
        return batch.with_spans(
            [spans and self._held(document.text, found, spans) for document, found, spans in items]
        )

    def _held(self, text: str, sentences: Sequence[Sentence], spans: Spans) -> Spans:
        if sentences and sentences[0].offsets is None:
            starts = [sentence.start for sentence in sentences]
            for span in spans:
                if not _on_tokens(sentences[bisect_right(starts, span.start) - 1], span):
                    break
            else:
                return _unique(spans)  # what an engine that tags tokens gives
        ranges = _Ranges(sentences)
        held = []
        for span in spans:
            start, end = ranges.snapped(span.start, span.end)
            if (start, end) == (span.start, span.end):
                held.append(span)
            elif start < end and self.repair == "snap":
                held.append(_moved(span, start, end, text))
        return _unique(held)


def _on_tokens(sentence: Sentence, span: Span) -> bool:
    tokens = sentence.tokens
    start, end = span.start - sentence.start, span.end - sentence.start
    first, last = bisect_left(tokens, (start,)), bisect_left(tokens, (end,)) - 1
    return first <= last and tokens[first][0] == start and tokens[last][1] == end


class _Ranges:
    """The tokens of a document's sentences in its original text, looked up only where a span is."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._sentences = [sentence for sentence in sentences if sentence.tokens]
        self._starts = [one.original(*one.tokens[0])[0] for one in self._sentences]
        self._tokens: dict[int, tuple[list[int], list[int]]] = {}

    def snapped(self, start: int, end: int) -> Range:
        """The range of the tokens that it touches; empty where there are none or they are of two sentences."""
        i = bisect_right(self._starts, start) - 1
        if i < 0 or self._reach(i) <= start:
            i += 1  # begins before the sentence
        if i == len(self._sentences) or (i + 1 < len(self._starts) and self._starts[i + 1] < end):
            return 0, 0
        starts, ends = self._bounds(i)
        first, last = bisect_right(ends, start), bisect_left(starts, end) - 1
        return (starts[first], ends[last]) if first <= last else (0, 0)

    def _reach(self, i: int) -> int:
        return self._sentences[i].original(*self._sentences[i].tokens[-1])[1]

    def _bounds(self, i: int) -> tuple[list[int], list[int]]:
        if i not in self._tokens:
            one = self._sentences[i]
            if one.offsets is None:
                shift = one.start
                ranges = [(start + shift, end + shift) for start, end in one.tokens]
            else:
                ranges = [one.original(*token) for token in one.tokens]
            self._tokens[i] = [start for start, _ in ranges], [end for _, end in ranges]
        return self._tokens[i]


@dataclass(frozen=True, slots=True)
class Join:
    """Make one span of the pieces of a name: neighbours of one label with nothing between them but one of ``gaps``.

    ``labels``: which may be joined, by default all. The score is the lowest of the pieces. Idempotent.

    >>> from livener.text import Document
    >>> batch = Batch([Document("in Baden-Baden")], spans=[(Span(3, 8, "GPE", 0.9), Span(9, 14, "GPE", 0.6))])
    >>> Join()(batch).spans
    [(Span(start=3, end=14, label='GPE', score=0.6, source=None, kb_id=None),)]
    """

    name: ClassVar[str] = "join.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    gaps: tuple[str, ...] = ("", " ", "-", "'", "’", "&", " & ", ".")
    labels: tuple[str, ...] = ()
    _longest: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_longest", max(map(len, self.gaps), default=0) + 1)

    def __call__(self, batch: Batch) -> Batch:
        items = zip(batch.documents, batch.spans, strict=True)
        return batch.with_spans(
            [spans if len(spans) < 2 else self._joined(document.text, spans) for document, spans in items]
        )

    def _joined(self, text: str, spans: Spans) -> Spans:
        reach = -self._longest
        for span in spans:
            if span.start - reach < self._longest:
                break
            reach = span.end
        else:
            return spans  # in order, and too far from each other
        joined: list[Span] = []
        last: dict[str, int] = {}  # by label, so that a nested span of another label does not stand between
        for span in sorted(spans, key=position_of):
            place = last.get(span.label)
            before = joined[place] if place is not None else None
            if (
                before is not None
                and before.end <= span.start
                and text[before.end : span.start] in self.gaps
                and (not self.labels or span.label in self.labels)
            ):
                scores = [score for score in (before.score, span.score) if score is not None]
                whole = replace(before, score=min(scores, default=None))
                joined[place or 0] = _moved(whole, before.start, span.end, text)
            else:
                last[span.label] = len(joined)
                joined.append(span)
        return tuple(sorted(joined, key=position_of))


@dataclass(frozen=True, slots=True)
class Trim:
    """Hold the boundaries of spans to the guidelines.

    White space, commas and the like at the edges go; ``quotes``: so do quotation marks, and brackets without their
    other half or around all of the span. ``possessives`` (’s) and ``articles`` are excluded or kept; ``titles`` (Mr.,
    Dr., of the labels
    ``people``) and ``suffixes`` (Inc., GmbH, of ``companies``) are kept as they are, excluded or included. A span of
    which nothing is left is dropped. Idempotent.

    >>> from livener.text import Document
    >>> batch = Batch([Document("“Acme’s” rival, Foo Inc. won")], spans=[(Span(0, 7, "ORG"), Span(16, 19, "ORG"))])
    >>> [span.text for span in Trim(suffixes="include")(batch).spans[0]]
    ['Acme', 'Foo Inc.']
    """

    name: ClassVar[str] = "trim.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    quotes: bool = True
    possessives: Literal["keep", "exclude"] = "exclude"
    articles: Literal["keep", "exclude"] = "keep"
    titles: Choice = "keep"
    suffixes: Choice = "keep"
    people: tuple[str, ...] = ("PER", "PERSON")
    companies: tuple[str, ...] = ("COMPANY", "LEGAL_ENTITY", "ORG")

    def __call__(self, batch: Batch) -> Batch:
        items = zip(batch.documents, batch.spans, strict=True)
        return batch.with_spans([spans and self._trimmed(document.text, spans) for document, spans in items])

    def _trimmed(self, text: str, spans: Spans) -> Spans:
        trimmed = []
        for span in spans:
            start, end = self._shrunk(text, span.label, span.start, span.end)
            if start < end and (grown := self._grown(text, span.label, start, end)) != (start, end):
                start, end = self._shrunk(text, span.label, *grown)  # "the" + " GmbH" has an article only now
            if start < end:
                same = start == span.start and end == span.end
                trimmed.append(span if same else _moved(span, start, end, text))
        return _unique(trimmed)

    def _shrunk(self, text: str, label: str, start: int, end: int) -> Range:
        before = (-1, -1)
        while (start, end) != before and start < end:
            before = start, end
            if not text[start].isalnum():
                while start < end and self._droppable(text, start, end, at_end=False):
                    start += 1
            if not text[end - 1].isalnum():
                while start < end and self._droppable(text, start, end, at_end=True):
                    end -= 1
                if self.quotes and _wrapped(text, start, end):
                    start, end = start + 1, end - 1
            if self.possessives == "exclude" and (
                "'" in (ending := text[max(start, end - 2) : end]) or "’" in ending
            ):
                end = _cut(_POSSESSIVE, text, start, end)
            if (
                self.articles == "exclude"
                and text[start : start + 1] in "aAtT"
                and (match := _ARTICLE.match(text, start, end))
            ):
                start = match.end()
            if self.titles == "exclude" and label in self.people and (match := _TITLES_AT.match(text, start, end)):
                start = match.end()
            if self.suffixes == "exclude" and label in self.companies:
                end = _cut(_SUFFIX_END, text, start, end)
        return start, end

    def _droppable(self, text: str, start: int, end: int, *, at_end: bool) -> bool:
        sign = text[end - 1] if at_end else text[start]
        if sign.isspace() or sign in _STOPS:
            return True
        if not self.quotes:
            return False
        inner = text[start : end - 1] if at_end else text[start + 1 : end]
        if at_end:
            return sign in _CLOSING and (sign not in _PAIRS or inner.count(_PAIRS[sign]) <= inner.count(sign))
        closing = next((close for close, opening in _PAIRS.items() if opening == sign), None)
        return sign in _OPENING and (closing is None or inner.count(closing) <= inner.count(sign))

    def _grown(self, text: str, label: str, start: int, end: int) -> Range:
        if self.titles == "include" and label in self.people:
            while match := _TITLES_BEFORE.search(text, max(0, start - 12), start):
                start = match.start()
        if self.suffixes == "include" and label in self.companies:
            while match := _SUFFIX_AT.match(text, end):
                end = match.end()
        return start, end


def _wrapped(text: str, start: int, end: int) -> bool:
    """Whether a bracket that opens the range is closed at its end."""
    if _PAIRS.get(text[end - 1 : end]) != text[start : start + 1]:
        return False
    inner = text[start + 1 : end - 1]
    return text[start] not in inner and text[end - 1] not in inner


def _cut(ending: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = ending.search(text, max(start, end - 20), end)
    return match.start() if match and match.start() > start else end


def _moved(span: Span, start: int, end: int, text: str) -> Span:
    return new_span(start, end, span.label, span.score, span.source, span.kb_id, text[start:end])


def _unique(spans: Sequence[Span]) -> Spans:
    """Sorted; of spans that have become equal the surest."""
    before = -1
    for span in spans:
        if span.start <= before:
            break
        before = span.start
    else:
        return tuple(spans)
    if any(position_of(a) >= position_of(b) for a, b in pairwise(spans)):
        best: dict[tuple[int, int, str], Span] = {}
        for span in spans:
            other = best.setdefault(position_of(span), span)
            if sure_of(span) > sure_of(other):
                best[position_of(span)] = span
        spans = sorted(best.values(), key=position_of)
    return tuple(spans)
