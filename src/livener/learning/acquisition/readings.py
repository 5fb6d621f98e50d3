"""Spans to ask yes or no about: those of the likely readings of a sentence, that on the best path and others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from livener.learning.acquisition.predictions import Predictions
from livener.tagging.schemes import decode
from livener.text import Document, Span

_PATHS = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be there; its score is the probability, by the model, that it is, boundaries and label."""

    number: int
    span: Span


def candidates(predictions: Predictions, *, low: float = 0.02, high: float = 0.98) -> Iterator[Candidate]:
    """For each document, most likely first, the spans of the best readings of which the model is neither sure way.

    "Yes" to a span that was not predicted teaches what was missed, as no answer about predictions can.

    Raises:
        InputError: the engine does not score paths of tags.
    """
    chain = predictions.chain
    labels, scheme = chain.tagset.labels, chain.tagset.scheme.name
    bounds = predictions.bounds.tolist()
    found: list[list[Span]] = [[] for _ in range(len(predictions))]
    for i, (sentence, number) in enumerate(zip(predictions.sentences, predictions.owners.tolist(), strict=True)):
        x = predictions.emissions[bounds[i] : bounds[i + 1]]
        spans = sorted(
            {
                span
                for tags, _ in chain.k_best(x, _PATHS)
                for span in decode([chain.tagset.tags[tag] for tag in tags], scheme)[0]
            }
        )
        if not spans:
            continue
        places = np.array([(0, start, end, labels.index(label)) for start, end, label in spans], np.int32)
        chances = chain.span_marginals(x, np.array([0, len(x)]), places).tolist()
        for (start, end, label), chance in zip(spans, chances, strict=True):
            if low < chance < high:
                tokens = sentence.tokens
                found[number].append(sentence.span(tokens[start][0], tokens[end - 1][1], label, min(chance, 1.0)))
    for number, those in enumerate(found):
        for span in sorted(those, key=lambda span: -(span.score or 0.0)):
            yield Candidate(number, span)


def asked(document: Document, spans: list[Span], answer: Callable[[Span], bool]) -> tuple[Document, int]:
    """The partial document of yes and no to ``spans`` in their order, and how many answers it took.

    What overlaps a span that is right is wrong: it is not asked.

    >>> document = Document("Ann Lee left.")
    >>> spans = [Span(0, 7, "PER"), Span(0, 3, "PER"), Span(8, 12, "LOC")]
    >>> known, answers = asked(document, spans, lambda span: span.end == 7)
    >>> len(known.spans), len(known.negatives), answers
    (1, 1, 2)
    """
    right: list[Span] = []
    wrong: list[Span] = []
    for span in spans:
        if not any(span.overlaps(one) for one in right):
            bare = replace(span, score=None, source=None)
            (right if answer(span) else wrong).append(bare)
    ordered = tuple(sorted(right, key=lambda span: span.start))
    return replace(document, spans=ordered, negatives=tuple(wrong), complete=False), len(right) + len(wrong)
