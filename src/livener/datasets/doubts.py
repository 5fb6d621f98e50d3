"""Annotations that a model doubts which has not seen their documents: most are errors of people."""

from collections.abc import Iterator, Sequence

import numpy as np

from livener.datasets.quality import Finding
from livener.datasets.splits import text_key
from livener.errors import InputError
from livener.recognizers.base import Progress
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter, Span

_SURE = 0.95
_UNLIKELY = 0.02


def doubts(
    documents: Sequence[Document],
    *,
    folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
    segmenter: Segmenter | None = None,
) -> list[Finding]:
    """For each of ``folds`` parts of the documents, what a CRF that learned from the others doubts, surest first.

    A gold span that it gives at most 2 %, and a span of its own that it is 95 % sure of and that overlaps no gold
    span, are doubted. Copies of a text are in one part, so that none is judged by itself.

    Raises:
        InputError: fewer documents than folds, or no spans.

    Source: Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", of which this is
    the idea for spans: out-of-sample probabilities against given labels.
    """
    keys = [text_key(document.text) for document in documents]
    different = sorted(set(keys))
    if len(different) < folds or not any(document.spans for document in documents):
        raise InputError("too little to learn doubts from", fix=f"at least {folds} annotated documents")
    order = np.random.default_rng(seed).permutation(len(different)).tolist()
    fold_of = {different[number]: place % folds for place, number in enumerate(order)}
    segmenter = segmenter or Segmenter()
    found: list[tuple[float, Finding]] = []
    for fold in range(folds):
        others = [
            s for d, key in zip(documents, keys, strict=True) if fold_of[key] != fold for s in segmenter.sentences(d)
        ]
        crf = Crf.create({"overlaps": "outermost"})
        crf.fit(others, [], seed=seed)
        for document, key in zip(documents, keys, strict=True):
            if fold_of[key] == fold and document.complete:
                found += _doubted(crf, document, segmenter)
        if progress:
            progress(fold + 1, folds, {"doubted": float(len(found))})
    return [finding for _, finding in sorted(found, key=lambda pair: pair[0])]


def _doubted(crf: Crf, document: Document, segmenter: Segmenter) -> Iterator[tuple[float, Finding]]:
    sentences = segmenter.sentences(document)
    if not sentences:
        return
    for spans in crf.predict(sentences):
        for span in spans:
            score = span.score or 0.0
            if score >= _SURE and not any(span.overlaps(gold) for gold in document.spans):
                message = f"{span.text!r} is not marked; a model is {score:.1%} sure that it is {span.label}"
                yield 1 - score, Finding("doubted", document.id, span, message)
    places = []
    golds: list[Span] = []
    for i, sentence in enumerate(sentences):
        ranges = [sentence.original(*token) for token in sentence.tokens]
        first, last = {start: t for t, (start, _) in enumerate(ranges)}, {end: t for t, (_, end) in enumerate(ranges)}
        for span in document.spans:
            a, b = first.get(span.start), last.get(span.end)
            if a is not None and b is not None and a <= b and span.label in crf.labels:
                places.append((i, a, b + 1, crf.labels.index(span.label)))
                golds.append(span)
    if not places:
        return
    emissions, bounds = crf.emissions(sentences)
    chances = crf.chain.span_marginals(emissions, bounds, np.array(places, np.int32))
    for span, chance in zip(golds, chances.tolist(), strict=True):
        if chance <= _UNLIKELY:
            message = f"{span.text!r} is {span.label}; a model gives that {chance:.1%}"
            yield chance, Finding("doubted", document.id, span, message)
