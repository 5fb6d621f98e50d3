"""The choice: its size, its randomness, and what it leaves out."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recognizers.samples import news

from livener.errors import InputError
from livener.learning.acquisition import Choice, Cost, Predictions, create, select, sentences_of
from livener.learning.acquisition.duplicates import NearDuplicates
from livener.pipeline import Pipeline
from livener.text import Document, Span


def choose(nlp: Pipeline, pool: list[Document], *, known: list[Document] | None = None, **options) -> list[Choice]:
    options = {"rng": np.random.default_rng(0), "random_share": 0.0} | options
    return select(Predictions(nlp, pool, known=known or ()), create("mnlp"), **options)


@pytest.fixture
def many() -> list[Document]:
    return [sentence.document for sentence in news(60)]


def test_the_highest_scores_first(nlp: Pipeline, pool: list[Document]) -> None:
    chosen = choose(nlp, pool, count=3)
    scores = create("mnlp").score(Predictions(nlp, pool))
    assert [choice.score for choice in chosen] == sorted(scores[:5].tolist(), reverse=True)[:3]
    assert all(choice.document is pool[choice.number] for choice in chosen)


def test_no_document_without_a_token_and_none_twice(nlp: Pipeline, pool: list[Document]) -> None:
    chosen = choose(nlp, [*pool, *pool], count=100)
    assert sorted(choice.document.id for choice in chosen) == ["p0", "p1", "p2", "p3", "p4"]
    assert len(choose(nlp, [*pool, *pool], count=100, likeness=2.0)) == 10


def test_what_is_nearly_known_is_not_asked(nlp: Pipeline, pool: list[Document]) -> None:
    known = [Document("Ha! ann lee JOINED Acme Corp. in  Oslo last week. Else this text is about other things.")]
    assert "p0" not in {choice.document.id for choice in choose(nlp, pool, count=9, known=known)}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_a_fixed_share_is_random(nlp: Pipeline, many: list[Document], share: float) -> None:
    chosen = choose(nlp, many, count=40, random_share=share, likeness=2.0)
    assert sum(choice.random for choice in chosen) == pytest.approx(40 * share)
    assert len({choice.number for choice in chosen}) == 40


def test_the_generator_decides(nlp: Pipeline, many: list[Document]) -> None:
    def numbers(seed: int, share: float) -> list[int]:
        rng = np.random.default_rng(seed)
        return [c.number for c in choose(nlp, many, count=12, random_share=share, rng=rng)]

    assert numbers(1, 0.5) == numbers(1, 0.5)
    assert numbers(1, 0.5) != numbers(2, 0.5)
    firsts = {numbers(seed, 1.0)[0] for seed in range(40)}
    assert len(firsts) > 20, "equal chances, so that many different ones come first"


def test_a_budget_is_kept_and_used(nlp: Pipeline, many: list[Document]) -> None:
    chosen = choose(nlp, many, budget=100, likeness=2.0)
    assert sum(choice.cost for choice in chosen) <= 100
    assert 100 - sum(choice.cost for choice in chosen) < 5  # the shortest has five tokens
    seconds = choose(nlp, many, budget=100, likeness=2.0, cost=Cost(5.0, 0.2, 2.0))
    for choice in seconds:
        tokens, spans = len(choice.document.text.split()), len(nlp(choice.document).spans)
        assert choice.cost == pytest.approx(5.0 + 0.2 * tokens + 2.0 * spans, abs=0.21)  # "Corp." may be two


@pytest.mark.parametrize(
    "options",
    [{}, {"count": 1, "budget": 5}, {"count": -1}, {"budget": -0.5}, {"count": 1, "random_share": 1.5}],
)
def test_an_unclear_question_is_refused(nlp: Pipeline, pool: list[Document], options: dict) -> None:
    with pytest.raises(InputError):
        choose(nlp, pool, **options)


def test_times_as_they_were_measured() -> None:
    rng = np.random.default_rng(0)
    tokens, spans = rng.integers(5, 60, 200), rng.integers(0, 6, 200)
    seconds = 4 + 0.3 * tokens + 2.5 * spans + rng.normal(0, 0.5, 200)
    found = Cost.measured(tokens.tolist(), spans.tolist(), seconds.tolist())
    assert (found.per_document, found.per_token, found.per_span) == pytest.approx((4, 0.3, 2.5), abs=0.3)
    assert Cost.measured([1, 2, 3], [0, 0, 0], [9, 6, 3]).per_token == 0.0, "nothing costs less than nothing"
    with pytest.raises(InputError):
        Cost.measured([1, 2], [0, 0], [3, 4])


TOKENS = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "Oslo", "7", "42", "."])
WORDS = st.lists(TOKENS, max_size=12).map(" ".join)


def likeness(a: str, b: str) -> float:
    """Jaccard, by its definition."""
    one, other = ({*re.findall(r"\w+", re.sub(r"\d+", "0", text.casefold()))} for text in (a, b))
    one, other = one or {a.strip()}, other or {b.strip()}
    return len(one & other) / len(one | other)


@given(st.lists(WORDS, max_size=8), WORDS, st.sampled_from([0.5, 0.8, 1.0]))
def test_near_duplicates_are_those_that_a_comparison_of_all_finds(texts: list[str], text: str, limit: float) -> None:
    seen = NearDuplicates([*texts, text], likeness=limit)
    for one in texts:
        seen.add(one)
    assert seen.has(text) == any(likeness(one, text) >= limit - 1e-9 for one in texts)


def test_sentences_keep_their_place() -> None:
    whole = Document(
        "Ann left .  Bob 🎉 came to Oslo .", "d", {"a": 1}, (Span(12, 15, "PER"), Span(26, 30, "LOC", 0.5))
    )
    first, second = sentences_of([whole])
    assert (first.text, first.spans) == ("Ann left .", ())
    assert [(span.text, span.label, span.score) for span in second.spans] == [
        ("Bob", "PER", None),
        ("Oslo", "LOC", 0.5),
    ]
    assert second.meta == {"a": 1, "document": "d", "start": 12}
    assert whole.text[12:].startswith(second.text)
