"""Texts without the names in them."""

import hashlib
import hmac
import os
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from livener.errors import InputError
from livener.pipeline.batch import SPANS, Batch, Spans, position_of
from livener.text import Document, Span


@dataclass(frozen=True, slots=True)
class Redact:
    """Replace entities by placeholders or by pseudonyms, so that a text can be shown to others.

    ``by``: ``"placeholder"``, "[PERSON]", or ``"pseudonym"``, "PERSON_3f2a90b1": the same for the same name whatever
    its case, in every document. A pseudonym is a keyed hash (HMAC-SHA-256, cut to 32 bits); its secret key is read
    from the environment variable ``key``, as without a key anybody could try out names. ``labels``: which entities,
    by default all. Of spans that overlap the union is replaced, under the label of the first. The other spans move
    along; ids and tokens, which would tell who it was, are dropped. What was not found is not redacted, and metadata
    are not looked at. Idempotent: a placeholder or pseudonym stays what it is.

    Raises:
        InputError: pseudonyms are asked for and there is no key.

    >>> batch = Batch([Document("Ada left Oslo.")], spans=[(Span(0, 3, "PERSON"), Span(9, 13, "GPE"))])
    >>> redacted = Redact(labels=("PERSON",))(batch)
    >>> redacted.documents[0].text, [span.text for span in redacted.spans[0]]
    ('[PERSON] left Oslo.', ['[PERSON]', 'Oslo'])
    """

    name: ClassVar[str] = "redact.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = frozenset({"documents", "spans"})
    by: Literal["placeholder", "pseudonym"] = "placeholder"
    labels: tuple[str, ...] = ()
    key: str = "LIVENER_REDACT_KEY"
    _secret: bytes = field(init=False, repr=False, compare=False, default=b"")

    def __post_init__(self) -> None:
        secret = os.environ.get(self.key, "").encode()
        if self.by == "pseudonym" and not secret:
            raise InputError("redact: pseudonyms need a secret key", fix=f"the environment variable {self.key}")
        object.__setattr__(self, "_secret", secret)

    def __call__(self, batch: Batch) -> Batch:
        redacted = [self._redacted(*item) for item in zip(batch.documents, batch.spans, strict=True)]
        return Batch(
            [document for document, _ in redacted], spans=[spans for _, spans in redacted], notes=batch.notes
        )

    def _redacted(self, document: Document, spans: Spans) -> tuple[Document, Spans]:
        hidden = _regions([span for span in spans if not self.labels or span.label in self.labels])
        if not hidden:
            return document, spans
        pieces: list[str] = []
        named: list[Span] = []
        ends, shifts = [0], [0]  # behind each region, how far what follows has moved
        for start, end, span in hidden:
            shown = self._name(span.label, document.text[start:end])
            pieces += (document.text[ends[-1] : start], shown)
            place = start + shifts[-1]
            named.append(Span(place, place + len(shown), span.label, span.score, span.source, None, shown))
            ends.append(end)
            shifts.append(shifts[-1] + len(shown) - (end - start))
        pieces.append(document.text[ends[-1] :])
        starts = [start for start, _, _ in hidden]
        for span in spans:
            before = bisect_right(ends, span.start) - 1
            if before == bisect_left(starts, span.end):  # touches no region
                shift = shifts[before]
                moved = replace(span, start=span.start + shift, end=span.end + shift)
                named.append(replace(moved, text=document.text[span.start : span.end]))
        text = "".join(pieces)
        return Document(text, document.id, document.meta), tuple(sorted(named, key=position_of))

    def _name(self, label: str, name: str) -> str:
        placeholder = f"[{label}]"
        if self.by == "placeholder" or name == placeholder:
            return placeholder
        if re.fullmatch(rf"{re.escape(label)}_[0-9a-f]{{8}}", name):
            return name
        folded = f"{label}\0{' '.join(name.casefold().split())}"
        return f"{label}_{hmac.new(self._secret, folded.encode(), hashlib.sha256).hexdigest()[:8]}"


def _regions(spans: list[Span]) -> list[tuple[int, int, Span]]:
    """Unions of spans that overlap, each with its first."""
    regions: list[tuple[int, int, Span]] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.label)):
        if regions and span.start < regions[-1][1]:
            start, end, first = regions[-1]
            regions[-1] = start, max(end, span.end), first
        else:
            regions.append((span.start, span.end, span))
    return regions
