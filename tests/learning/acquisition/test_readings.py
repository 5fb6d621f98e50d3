"""Spans to ask yes or no about, and what the answers add up to."""

from itertools import groupby

import numpy as np
import pytest
from tests.recognizers.samples import marked

from livener.learning.acquisition import Predictions
from livener.learning.acquisition.readings import asked, candidates
from livener.pipeline import Pipeline
from livener.text import Document, Span


def test_candidates_are_the_doubtful_spans_of_likely_readings(nlp: Pipeline, pool: list[Document]) -> None:
    given = Predictions(nlp, pool)
    found = list(candidates(given, low=0.05, high=0.9))
    assert found
    assert [one.number for one in found] == sorted(one.number for one in found)
    for number, group in groupby(found, key=lambda one: one.number):
        scores = [one.span.score or 0.0 for one in group]
        assert scores == sorted(scores, reverse=True)
        assert all(0.05 < score < 0.9 for score in scores)
        assert number < len(pool)
    missed = [one for one in found if one.span not in given.spans[one.number]]
    assert missed, "also what was not predicted"
    for one in found:  # the score is the probability of exactly that span
        i = int(np.flatnonzero(given.owners == one.number)[0])
        if given.owners.tolist().count(one.number) > 1:
            continue
        sentence = given.sentences[i]
        ranges = [sentence.original(*token) for token in sentence.tokens]
        start = [a for a, _ in ranges].index(one.span.start)
        end = [b for _, b in ranges].index(one.span.end) + 1
        label = nlp.labels.index(one.span.label)
        x, bounds = nlp.recognizer.emissions([sentence])
        expected = nlp.recognizer.chain.span_marginals(x, bounds, np.array([[0, start, end, label]], np.int32))
        assert one.span.score == pytest.approx(float(expected[0]))


def test_answers_are_partial_documents_and_what_follows_is_not_asked() -> None:
    gold = marked("[Ann Lee](PER) joined [Acme](ORG) .")
    right = {(span.start, span.end, span.label) for span in gold.spans}
    spans = [Span(0, 3, "PER", 0.9), Span(0, 7, "PER", 0.8), Span(4, 7, "ORG", 0.3), Span(15, 19, "ORG", 0.2)]
    questions = []

    def answer(span: Span) -> bool:
        questions.append((span.start, span.end))
        return (span.start, span.end, span.label) in right

    known, count = asked(Document(gold.text), spans, answer)
    assert questions == [(0, 3), (0, 7), (15, 19)]
    assert count == 3
    assert known.spans == (Span(0, 7, "PER"), Span(15, 19, "ORG"))
    assert known.negatives == (Span(0, 3, "PER"),)
    assert not known.complete
