"""Annotators that are played: they know the gold, and get some of it wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from livener.errors import InputError
from livener.text import Document, Range, Span


@dataclass(frozen=True, slots=True)
class Annotator:
    """Somebody who gets a share of the spans wrong: misses, moves or mislabels each with the same chance.

    Where the share is not 0, half as many spans again are put where there is none.

    >>> document = Document("Ann met Bob.", spans=(Span(0, 3, "PER"),))
    >>> Annotator(0.0)(document, np.random.default_rng(0)) == document
    True
    """

    error_rate: float = 0.0
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.error_rate <= 1:
            raise InputError(f"the error rate is {self.error_rate}", fix="0 <= rate <= 1")

    def __call__(self, gold: Document, rng: np.random.Generator) -> Document:
        """The document as this annotator gives it back; spans never overlap."""
        if not self.error_rate:
            return gold
        tokens = list(gold.tokens or ())
        spans: list[Span] = []
        for span in gold.spans:
            made = self._wrong(span, tokens, rng) if rng.random() < self.error_rate else span
            if made and not any(made.overlaps(other) for other in (*spans, *gold.spans) if other is not span):
                spans.append(made)
        for _ in range(rng.binomial(len(gold.spans), self.error_rate / 2)):
            free = [token for token in tokens if not any(s.start < token[1] and token[0] < s.end for s in spans)]
            if free and self.labels:
                start, end = free[rng.integers(len(free))]
                spans.append(Span(start, end, str(rng.choice(self.labels))))
        return replace(gold, spans=tuple(sorted(spans, key=lambda span: span.start)))

    def _wrong(self, span: Span, tokens: Sequence[Range], rng: np.random.Generator) -> Span | None:
        kind = rng.integers(3)
        others = [label for label in self.labels if label != span.label]
        if kind == 1 and others:
            return replace(span, label=str(rng.choice(others)))
        if kind == 2:
            first = next((i for i, token in enumerate(tokens) if token[0] == span.start), None)
            last = next((i for i, token in enumerate(tokens) if token[1] == span.end), None)
            if first is not None and last is not None:
                moved = [(first - 1, last), (first, last + 1), (first + 1, last), (first, last - 1)]
                moved = [(a, b) for a, b in moved if 0 <= a <= b < len(tokens)]
                if moved:
                    a, b = moved[rng.integers(len(moved))]
                    return Span(tokens[a][0], tokens[b][1], span.label)
        return None
