"""What is a name once in a document is that name everywhere in it."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from livener.pipeline.batch import SPANS, Batch, Spans, position_of, sure_of
from livener.pipeline.stages.boundaries import SUFFIXES
from livener.text import Span, new_span

_WORD = re.compile(r"[^\W_]+")
_SOURCE = "consistency"
_SHORTEST = 3
_FEW = 64  # forms to be looked for one after the other; beyond that, one pass over the words is faster
_SUFFIXES = frozenset(SUFFIXES)


@dataclass(frozen=True, slots=True)
class Consistency:
    """Find the other occurrences of what was found: the same words, and later short forms.

    Short forms are the name of a company (labels ``companies``) without its suffix, "Acme" after "Acme Corp.", and
    the last word of the name of a person (``people``), "Byron" after "Ada Byron"; ``short_forms`` switches them off.
    ``labels``: which spans have others found, by default all; ``score``: how sure of itself such a span must be. What
    is found gets its label, score and id; of several labels the surest wins. Only whole words outside all spans are
    taken, and never less than three characters. Idempotent: what this stage found is not itself looked for.

    >>> from livener.text import Document
    >>> batch = Batch([Document("Acme Corp. rose. Acme's rivals fell.")], spans=[(Span(0, 10, "ORG", 0.9),)])
    >>> [(span.start, span.end) for span in Consistency()(batch).spans[0]]
    [(0, 10), (17, 21)]
    """

    name: ClassVar[str] = "consistency.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    score: float = 0.7
    labels: tuple[str, ...] = ()
    short_forms: bool = True
    people: tuple[str, ...] = ("PER", "PERSON")
    companies: tuple[str, ...] = ("COMPANY", "LEGAL_ENTITY", "ORG")

    def __call__(self, batch: Batch) -> Batch:
        items = zip(batch.documents, batch.spans, strict=True)
        return batch.with_spans([spans and self._completed(document.text, spans) for document, spans in items])

    def _completed(self, text: str, spans: Spans) -> Spans:
        few = len(spans) <= _FEW
        if few and not (more := self._more(text, spans)):
            return spans  # of most documents
        forms: dict[str, tuple[Span, int]] = {}  # each form with the surest span that it stands for, and from where
        for span in sorted(spans, key=lambda s: (-sure_of(s), s.start, s.end)):
            if self._counts(span):
                form = text[span.start : span.end]
                forms.setdefault(form, (span, 0))
                if self.short_forms and (short := self._short(form, span.label)):
                    forms.setdefault(short, (span, span.end))
        wanted = [
            form for form in forms if len(form) >= _SHORTEST and form[0].isalnum() and (not few or form in more)
        ]
        found: list[Span] = []
        taken = _Taken(spans)
        for start, minus in sorted(_places(text, wanted)):
            end = start - minus
            like, since = forms[text[start:end]]
            if start >= since and not taken.any(start, end) and not _in_word(text, start) and not _in_word(text, end):
                found.append(new_span(start, end, like.label, like.score, _SOURCE, like.kb_id, text[start:end]))
                taken.reach = end
        return tuple(sorted([*spans, *found], key=position_of)) if found else spans

    def _more(self, text: str, spans: Spans) -> set[str]:
        """The forms, short ones too, that are whole words somewhere outside all spans."""
        wanted: set[str] = set()
        more: set[str] = set()
        starts = {span.start for span in spans}
        for span in spans:
            if self._counts(span):
                form = span.text or text[span.start : span.end]
                wanted.add(form)
                short = "" if form.isalnum() or not self.short_forms else self._short(form, span.label)
                if short and _outside(text, short, span.end, spans, starts):
                    more.add(short)
        for form in wanted:
            if len(form) >= _SHORTEST and text.count(form) > 1 and _outside(text, form, 0, spans, starts):
                more.add(form)
        return more

    def _counts(self, span: Span) -> bool:
        """Whether others like it are looked for."""
        sure = span.score is None or span.score >= self.score
        return sure and span.source != _SOURCE and (not self.labels or span.label in self.labels)

    def _short(self, form: str, label: str) -> str:
        short = form
        if label in self.companies:
            while " " in short and len(words := short.rsplit(None, 1)) == 2:
                if words[1].removesuffix(".") not in _SUFFIXES or short[-1].isspace():
                    break
                short = words[0].removesuffix(",")
        elif label in self.people and len(words := form.split()) > 1:
            short = words[-1]
        return short if short != form else ""


def _outside(text: str, form: str, since: int, spans: Spans, starts: set[int]) -> bool:
    """Whether it is whole words anywhere from ``since`` on where no span is; ``starts`` are those of the spans."""
    start = text.find(form, since)
    while start >= 0:
        end = start + len(form)
        free = start not in starts and not _in_word(text, start) and not _in_word(text, end)
        if free and not any(span.start < end and start < span.end for span in spans):
            return True
        start = text.find(form, start + 1)
    return False


class _Taken:
    """The ranges of spans, asked from left to right."""

    def __init__(self, spans: Spans) -> None:
        self._spans = sorted(spans, key=position_of)
        self._next = 0
        self.reach = 0

    def any(self, start: int, end: int) -> bool:
        """Whether any of ``[start, end)`` is taken; later calls ask no earlier start."""
        while self._next < len(self._spans) and self._spans[self._next].start <= start:
            self.reach = max(self.reach, self._spans[self._next].end)
            self._next += 1
        return start < self.reach or (self._next < len(self._spans) and self._spans[self._next].start < end)


def _places(text: str, forms: list[str]) -> list[tuple[int, int]]:
    """Where the forms occur: the start, and minus the length, so that the longest comes first."""
    if len(forms) > _FEW:  # look for all of them in one pass
        by_word: defaultdict[str, list[str]] = defaultdict(list)
        for form in forms:
            if first := _WORD.match(form):
                by_word[first.group()].append(form)
        words = [(word.start(), by_word.get(word.group(), ())) for word in _WORD.finditer(text)]
        return [(start, -len(form)) for start, several in words for form in several if text.startswith(form, start)]
    places = []
    for form in forms:
        start = text.find(form)
        while start >= 0:
            places.append((start, -len(form)))
            start = text.find(form, start + 1)
    return places


def _in_word(text: str, place: int) -> bool:
    """Whether there is a letter or digit on both sides."""
    return text[place - 1 : place].isalnum() and text[place : place + 1].isalnum()
