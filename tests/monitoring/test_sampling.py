"""Which documents are drawn, and for how many each stands."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livener.monitoring.sampling import chances, draw, strata
from livener.text import Document, Span

GROUPS = st.lists(st.sampled_from([("news", ""), ("news", "PER"), ("contract", "ORG"), ("", "")]), min_size=1)


@given(GROUPS, st.integers(1, 60))
def test_chances_add_up_and_nobody_has_none(groups: list[tuple[str, str]], size: int) -> None:
    found = chances(groups, size)
    assert np.isclose(found.sum(), min(size, len(groups)))
    assert (found > 0).all()
    assert (found <= 1 + 1e-9).all()
    assert (1 / found <= 2 * len(groups) / size + 1e-6).all() or size >= len(groups)


def population() -> list[Document]:
    """500 documents without a span, 20 with a rare label, 5 of another domain."""
    rare = (Span(0, 1, "PER"),)
    found = [Document("x", f"n{i}", {"domain": "news"}) for i in range(500)]
    found += [Document("x", f"p{i}", {"domain": "news"}, rare) for i in range(20)]
    return found + [Document("x", f"c{i}", {"domain": "contract"}) for i in range(5)]


def test_every_stratum_is_seen_and_the_sample_has_its_size() -> None:
    documents = population()
    for seed in range(50):
        drawn = draw(documents, 20, seed=seed)
        assert len({one.document.id for one in drawn}) == 20
        assert {one.document.id[0] for one in drawn} == {"n", "p", "c"}
        assert drawn == draw(documents, 20, seed=seed)
    assert [one.weight for one in draw(documents[:3], 10, seed=1)] == [1.0] * 3
    assert draw([], 10, seed=1) == draw(documents, 0, seed=1) == []


def test_weights_count_the_population() -> None:
    documents = population()
    sums: Counter[str] = Counter()
    for seed in range(200):
        for one in draw(documents, 20, seed=seed):
            sums[one.document.id[0]] += one.weight / 200
    assert abs(sums["n"] - 500) < 10
    assert abs(sums["p"] - 20) < 2
    assert abs(sums["c"] - 5) < 1


def test_a_document_without_a_span_is_in_a_stratum_of_its_own() -> None:
    assert strata([Document("x"), Document("x", spans=(Span(0, 1, "PER"),))]) == [("", ""), ("", "PER")]
