"""What a list of names says against the engines."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from livener.pipeline.batch import SPANS, SPANS_IN_SENTENCES, Batch, Spans, overruled, sure_of
from livener.recognizers.gazetteer import Gazetteer, Term, read_terms
from livener.text import Span, new_span

ANY = "*"


@dataclass(frozen=True, slots=True)
class Override:
    """Names that are always found, whatever an engine says, with their ids.

    ``terms``: term lists, as the gazetteer reads them. A name takes the place of the spans that it overlaps, except
    where it is a part of a longer one. Names are matched as by the recognizer `Gazetteer`. Idempotent.
    """

    name: ClassVar[str] = "override.v1"
    requires: ClassVar[frozenset[str]] = SPANS_IN_SENTENCES
    assigns: ClassVar[frozenset[str]] = SPANS
    terms: tuple[Path, ...]
    score: float = 0.99
    _gazetteer: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        found = Gazetteer([term for path in self.terms for term in read_terms(path)], score=self.score)
        object.__setattr__(self, "_gazetteer", found)

    @property
    def labels_given(self) -> set[str]:
        """The labels that it can give."""
        return set(self._gazetteer.labels)

    def __call__(self, batch: Batch) -> Batch:
        hits: dict[int, list[Span]] = {}
        for hit in batch.joined.names(self._gazetteer):
            label, identifier = hit.what
            hits.setdefault(hit.document, []).append(hit.span(label, self.score, "override", identifier))
        return overruled(batch, hits)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of the spans that were found; it adds none.

    ``policy``: ``"veto"`` drops a span that is listed under its label, or under the label ``*``; ``"vote"`` gives a
    listed span the term's id, and the term's label where ``score``, which is how far the list is trusted, is above
    the span's own; where both agree, the span has the higher score. Names are compared without case, those of up to
    three letters or in capitals only with it. Idempotent.
    """

    name: ClassVar[str] = "listed.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    terms: tuple[Path, ...]
    policy: Literal["veto", "vote"] = "veto"
    score: float = 0.9
    _terms: dict[str, tuple[Term, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.terms:
            for term in read_terms(path):
                key = _key(term.text)
                self._terms[key] = (*self._terms.get(key, ()), term)

    @property
    def labels_given(self) -> set[str]:
        """The labels that it can give."""
        terms = [term for several in self._terms.values() for term in several]
        return {term.label for term in terms} - {ANY} if self.policy == "vote" else set()

    def __call__(self, batch: Batch) -> Batch:
        judged = self._voted if self.policy == "vote" else self._vetoed
        return batch.with_spans(
            [
                spans and judged(document.text, spans)
                for document, spans in zip(batch.documents, batch.spans, strict=True)
            ]
        )

    def _of(self, text: str, span: Span) -> tuple[Term, ...]:
        return self._terms.get(_key(text[span.start : span.end]), ())

    def _vetoed(self, text: str, spans: Spans) -> Spans:
        return tuple(
            span for span in spans if not any(term.label in (span.label, ANY) for term in self._of(text, span))
        )

    def _voted(self, text: str, spans: Spans) -> Spans:
        voted = []
        for span in spans:
            terms = self._terms.get(_key(span.text or text[span.start : span.end]))
            if terms is None:
                voted.append(span)
                continue
            same = terms[0]
            for other in terms[1:] if same.label != span.label else ():
                same = same if same.label == span.label else other
            if same.label == span.label:
                score, kb_id = max(sure_of(span), self.score), same.id or span.kb_id
                if (score, kb_id) != (span.score, span.kb_id):
                    span = new_span(span.start, span.end, span.label, score, span.source, kb_id, span.text)
            elif self.score > sure_of(span):
                span = replace(span, label=terms[0].label, score=self.score, source="listed", kb_id=terms[0].id)
            voted.append(span)
        return tuple(voted)


def _key(name: str) -> str:
    if "  " in name or not name.isprintable():
        name = " ".join(name.split())
    return name if len(name) <= 3 or name.isupper() else name.casefold()
