"""Thresholds of a real model, from documents it never saw."""

import numpy as np
import pytest

from livener.errors import InputError
from livener.learning.calibration import calibrate, sentence_scores
from livener.learning.routing import RoutingRules
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Span
from livener.text.segment import Segmenter

NAMES = ("Ann", "Bob", "Eve", "Kim", "Liz", "Tom")


def document(n: int, *, gold: bool = True) -> Document:
    """Two sentences with a name in each; without ``gold`` the second name was not annotated."""
    first, second = NAMES[n % 6], NAMES[n // 6 % 6]
    text = f"Then {first} left at {n % 50} . We saw {second} there ."
    start = text.index(f"saw {second}") + 4
    spans = (Span(5, 5 + len(first), "PER"), Span(start, start + len(second), "PER"))
    return Document(text, str(n), spans=spans if gold else spans[:1])


@pytest.fixture(scope="module")
def nlp() -> Pipeline:
    segmenter, crf = Segmenter(), Crf.create({"epochs": 3})
    crf.fit([sentence for n in range(60) for sentence in segmenter.sentences(document(n))], [])
    return Pipeline(crf, segmenter)


def test_spans_and_sentences_are_judged(nlp: Pipeline) -> None:
    routing = calibrate(nlp, [document(n, gold=n % 4 > 0) for n in range(300)], rules=RoutingRules())
    spans, sentences = routing.labels["PER"], routing.sentences
    assert (spans.acceptance.judged, sentences.acceptance.judged) == (600, 600)
    assert spans.held_out.errors == sentences.held_out.errors == 75
    assert sentences.acceptance.threshold is None


def test_a_model_that_is_right_is_accepted(nlp: Pipeline) -> None:
    routing = calibrate(nlp, [document(n) for n in range(300)], rules=RoutingRules(audit_share=0.2))
    assert routing.labels["PER"].acceptance.share == routing.sentences.acceptance.share == 1.0
    assert routing.audit_share == 0.2
    found = nlp(document(7))
    score = sentence_scores(nlp, nlp.segmenter.sentences(found)[:1], [found.spans[:1]])[0]
    assert routing.decide(found.spans[:1], score, key="7:0").tier == "accept"


def test_the_score_of_a_sentence_is_that_of_its_best_path(nlp: Pipeline) -> None:
    sentences = nlp.segmenter.sentences(document(3))
    scores = sentence_scores(nlp, sentences, nlp.recognizer.predict(sentences))
    crf = nlp.recognizer
    assert isinstance(crf, Crf)
    emissions, bounds = crf.emissions(sentences)
    for i, score in enumerate(scores):
        paths = crf.chain.k_best(emissions[bounds[i] : bounds[i + 1]], 200_000)
        every = np.array([path for _, path in paths])
        if len(every) < 200_000:  # all of them
            assert score == pytest.approx(np.exp(every[0] - np.logaddexp.reduce(every)), abs=1e-6)
    assert all(0 < score <= 1 for score in scores)


def test_nothing_to_calibrate_on_is_refused(nlp: Pipeline) -> None:
    with pytest.raises(InputError, match="no annotated spans"):
        calibrate(nlp, [Document("Nobody ."), Document("")], rules=RoutingRules())
    with pytest.raises(InputError, match="document 'p'"):
        calibrate(nlp, [document(1), Document("Ann .", "p", complete=False)], rules=RoutingRules())
