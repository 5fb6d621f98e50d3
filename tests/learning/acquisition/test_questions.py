"""Questions about a few words: what is asked, and what an answer adds."""

from dataclasses import replace

import numpy as np
import pytest
from tests.recognizers.samples import marked

from livener.errors import InputError
from livener.learning.acquisition import Predictions, Question, answered, questions
from livener.pipeline import Pipeline
from livener.recognizers.alignment import align
from livener.text import Document, Span


def ask(nlp: Pipeline, pool: list[Document], **options) -> list[Question]:
    return questions(Predictions(nlp, pool), **({"rng": np.random.default_rng(0), "count": 100} | options))


def test_unsure_words_and_only_those_are_asked(nlp: Pipeline, pool: list[Document]) -> None:
    given = Predictions(nlp, pool)
    found = ask(nlp, pool, floor=0.3)
    assert found
    asked = set()
    for one in found:
        tokens = {
            t
            for i, sentence in enumerate(given.sentences)
            for t, token in enumerate(sentence.tokens, start=int(given.bounds[i]))
            if given.owners[i] == one.number and one.start <= sentence.original(*token)[0] < one.end
        }
        assert len(tokens) == one.tokens
        assert (given.token_entropy[sorted(tokens)] > 0.3).any()
        assert one.score == pytest.approx(given.token_entropy[sorted(tokens)].sum() / np.sqrt(one.tokens))
        assert not tokens & asked
        asked |= tokens
    assert asked >= set(np.flatnonzero(given.token_entropy > 0.3).tolist())
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:  # a predicted span is asked whole or not at all
        for span in given.spans[one.number]:
            assert not span.start < one.start < span.end
            assert not span.start < one.end < span.end


def test_what_is_known_is_not_asked_again(nlp: Pipeline, pool: list[Document]) -> None:
    first = ask(nlp, pool, count=1)[0]
    said = replace(first.document, complete=False, known=((first.start, first.end),))
    again = ask(nlp, [said if one is first.document else one for one in pool])
    assert again
    assert not any(one.document is said and one.start < first.end and first.start < one.end for one in again)


def test_a_budget_counts_tokens_and_a_share_is_random(nlp: Pipeline, pool: list[Document]) -> None:
    every = ask(nlp, pool, floor=0.02)
    some = ask(nlp, pool, floor=0.02, count=None, budget=5)
    assert 0 < sum(one.tokens for one in some) <= 5
    shared = ask(nlp, pool, floor=0.02, random_share=0.5)
    assert {(one.number, one.start) for one in shared} == {(one.number, one.start) for one in every}
    assert sum(one.random for one in shared) == pytest.approx(len(every) / 2, abs=1)
    with pytest.raises(InputError):
        ask(nlp, pool, count=None)
    with pytest.raises(InputError):
        ask(nlp, pool, budget=3)


def test_answers_add_up_to_the_whole(nlp: Pipeline) -> None:
    gold = marked("[Ann Lee](PER) joined [Zenith](ORG) in [Lima](LOC) .")
    document = Document(gold.text)
    for start, end in ((4, 14), (0, 5), (15, 30), (30, len(gold.text))):
        said = tuple(span for span in gold.spans if span.start < end and start < span.end)
        document = answered(document, start, end, said)
    (known,) = align(nlp.segmenter.sentences(document))
    (whole,) = align(nlp.segmenter.sentences(gold))
    assert (known.spans, known.unknown) == (whole.spans, [])


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    first = answered(Document("Ann met Bob in May."), 8, 11, (Span(8, 11, "LOC"),))
    assert answered(first, 8, 11, (Span(8, 11, "PER"),)).spans == (Span(8, 11, "PER"),)
    assert answered(first, 4, 9, ()).spans == ()
    doubted = replace(first, negatives=(Span(0, 3, "ORG"), Span(8, 11, "PER")))
    assert answered(doubted, 0, 7, (Span(0, 3, "PER"),)).negatives == (Span(8, 11, "PER"),)
