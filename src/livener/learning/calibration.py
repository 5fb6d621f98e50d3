"""Thresholds from annotated documents: what a model predicts there, what of it is right, and how sure it was."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from livener.errors import InputError
from livener.learning.acceptance import lowest_threshold
from livener.learning.routing import Group, Judged, Routing, RoutingRules, Verdict
from livener.pipeline import Pipeline
from livener.pipeline.batch import position_of
from livener.text import Document, Sentence, Span


def calibrate(nlp: Pipeline, documents: Sequence[Document], *, rules: RoutingRules, model: str = "") -> Routing:
    """The thresholds of a pipeline from annotated documents that neither its training nor its calibration saw.

    ``model`` is the `model_key` of its directory.

    Raises:
        InputError: no documents with spans, or one that is only partly annotated.

    >>> from livener.recognizers.registry import get
    >>> documents = [Document(f"Paid ${n}.", spans=(Span(5, 9, "MONEY"),)) for n in range(100, 400)]
    >>> routing = calibrate(Pipeline(get("patterns")()), documents, rules=RoutingRules())
    >>> routing.labels["MONEY"].acceptance.threshold
    0.97
    """
    for document in documents:
        if not document.complete:
            raise InputError("is only partly annotated", where=f"document {document.id!r}", fix="whole annotations")
    if not any(document.spans for document in documents):
        raise InputError("the documents have no annotated spans: nothing to calibrate on")
    found: dict[str | None, list[Verdict]] = {None: [], **{label: [] for label in nlp.labels}}
    for verdicts in judge(nlp, documents):
        for verdict in verdicts:
            found.setdefault(verdict.label, []).append(verdict)
    groups = {label: _group(verdicts, rules) for label, verdicts in found.items()}
    sentences = groups.pop(None)
    labels = {label: groups[label] for label in sorted(filter(None, groups))}
    return Routing(model, rules.limit, rules.confidence, rules.audit_share, labels, sentences)


def judge(nlp: Pipeline, documents: Sequence[Document]) -> Iterator[list[Verdict]]:
    """For each annotated document, of every predicted span with a score and of every sentence, whether it was right.

    A sentence is right when its predicted spans are all right and none is missed; a span is where it begins.
    """
    for document, predicted in zip(documents, nlp.pipe(documents), strict=True):
        gold = {position_of(span) for span in document.spans}
        verdicts = [
            Verdict(span.label, span.score, position_of(span) in gold)
            for span in predicted.spans
            if span.score is not None
        ]
        sentences = nlp.segmenter.sentences(document)
        starts = [sentence.original(*sentence.tokens[0])[0] for sentence in sentences]
        sides: list[list[list[Span]]] = []
        for spans in (document.spans, predicted.spans) if sentences else ():
            sides.append([[] for _ in sentences])
            for span in spans:
                sides[-1][max(0, bisect_right(starts, span.start) - 1)].append(span)
        if sides:
            keys = [[{position_of(span) for span in spans} for spans in side] for side in sides]
            scores = sentence_scores(nlp, sentences, sides[1])
            verdicts += [
                Verdict(None, score, wanted == found) for score, wanted, found in zip(scores, *keys, strict=True)
            ]
        yield verdicts


def sentence_scores(nlp: Pipeline, sentences: Sequence[Sentence], spans: Sequence[Sequence[Span]]) -> list[float]:
    """For each sentence the probability, by the model, that its predicted spans are all there is.

    Of an engine that scores paths of tags (used without a ``pipeline.toml``) that of its best path; else the product
    of the scores of the spans, which knows nothing of what may be missed.
    """
    engine: Any = nlp.recognizer
    if nlp.config is None and hasattr(engine, "emissions") and hasattr(engine, "chain"):
        emissions, bounds = engine.emissions(sentences)
        best, log_z = engine.chain.decode(emissions, bounds)[1], engine.chain.marginals(emissions, bounds)[1]
        return [min(1.0, float(p)) for p in np.exp(best - log_z)]
    return [float(np.prod([span.score or 0.0 for span in those])) for those in spans]


def _group(verdicts: Sequence[Verdict], rules: RoutingRules) -> Group:
    held_out = Judged.of(verdicts)
    return Group(
        lowest_threshold(held_out.scores, held_out.right, limit=rules.limit, confidence=rules.confidence), held_out
    )
