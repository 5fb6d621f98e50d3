"""The kernels agree with enumeration of every path."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet, decode, validate


def enumerate_paths(chain: Chain, emissions: np.ndarray) -> list[tuple[tuple[int, ...], float]]:
    """Every legal path and its score, best first: the plain twin of the kernels."""
    tagset, n = chain.tagset, len(emissions)
    paths = []
    for path in product(range(len(tagset.tags)), repeat=n):
        if not validate([tagset.tags[k] for k in path], tagset.scheme.name):
            score = sum(emissions[t, k] for t, k in enumerate(path))
            score += sum(chain.transitions[path[t - 1], path[t]] for t in range(1, n))
            paths.append((path, float(score)))
    return sorted(paths, key=lambda path: -path[1])


@st.composite
def problems(draw: st.DrawFn) -> tuple[Chain, np.ndarray]:
    """A chain over one or two labels in a scheme that a model may use, and emissions of up to four tokens."""
    tagset = TagSet(["A", "B"][: draw(st.integers(1, 2))], draw(st.sampled_from(["BIO", "BIOES", "BILOU"])))
    size = len(tagset.tags)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread = draw(st.sampled_from([0.1, 1.0, 30.0]))
    n = draw(st.integers(1, 4 if size < 6 else 3))
    return Chain.of(tagset, rng.normal(size=(size, size))), rng.normal(size=(n, size)) * spread


@given(problem=problems())
def test_decode_is_the_best_of_all_paths(problem: tuple[Chain, np.ndarray]) -> None:
    chain, emissions = problem
    tags, scores = chain.decode(emissions, np.array([0, len(emissions)]))
    best = enumerate_paths(chain, emissions)[0]
    assert scores[0] == pytest.approx(best[1])
    assert tuple(tags) == best[0]


@given(problem=problems())
def test_marginals_log_z_and_entropy(problem: tuple[Chain, np.ndarray]) -> None:
    chain, emissions = problem
    paths = enumerate_paths(chain, emissions)
    scores = np.array([score for _, score in paths])
    log_z = np.logaddexp.reduce(scores)
    p = np.exp(scores - log_z)
    expected = np.zeros_like(emissions)
    for (path, _), weight in zip(paths, p, strict=True):
        expected[np.arange(len(path)), list(path)] += weight
    node, got_z, entropy = chain.marginals(emissions, np.array([0, len(emissions)]))
    assert got_z[0] == pytest.approx(log_z)
    assert node == pytest.approx(expected, abs=1e-9)
    assert entropy[0] == pytest.approx(-(p * np.log(np.maximum(p, 1e-300))).sum(), abs=1e-6)


@given(problem=problems())
def test_span_marginals_sum_the_paths_that_hold_the_span(problem: tuple[Chain, np.ndarray]) -> None:
    chain, emissions = problem
    tagset, n = chain.tagset, len(emissions)
    paths = enumerate_paths(chain, emissions)
    log_z = np.logaddexp.reduce([score for _, score in paths])
    wanted = [(s, e, i) for s in range(n) for e in range(s + 1, n + 1) for i in range(len(tagset.labels))]
    found = dict.fromkeys(wanted, 0.0)
    for path, score in paths:
        for start, end, label in decode([tagset.tags[k] for k in path], tagset.scheme.name)[0]:
            found[start, end, tagset.labels.index(label)] += float(np.exp(score - log_z))
    spans = np.array([(0, *span) for span in wanted], np.int32)
    got = chain.span_marginals(emissions, np.array([0, n]), spans)
    assert got == pytest.approx([found[span] for span in wanted], abs=1e-9)


@given(problem=problems(), k=st.integers(1, 12))
def test_k_best_is_the_head_of_the_sorted_paths(problem: tuple[Chain, np.ndarray], k: int) -> None:
    chain, emissions = problem
    expected = enumerate_paths(chain, emissions)[:k]
    got = chain.k_best(emissions, k)
    assert [score for _, score in got] == pytest.approx([score for _, score in expected])
    assert len({tuple(path) for path, _ in got}) == len(expected)
    assert tuple(got[0][0]) == expected[0][0]


@given(problem=problems(), data=st.data())
def test_a_mask_leaves_only_the_paths_through_it(problem: tuple[Chain, np.ndarray], data: st.DataObject) -> None:
    chain, emissions = problem
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=emissions.size, max_size=emissions.size)))
    mask = mask.reshape(emissions.shape)
    paths = [(p, s) for p, s in enumerate_paths(chain, emissions) if all(mask[t, k] for t, k in enumerate(p))]
    _, log_z, _ = chain.marginals(emissions, np.array([0, len(emissions)]), mask)
    assert log_z[0] == pytest.approx(np.logaddexp.reduce([s for _, s in paths]) if paths else -np.inf)


def test_a_batch_is_its_sentences_one_by_one_and_empty_sentences_are_allowed() -> None:
    rng = np.random.default_rng(0)
    chain = Chain.of(TagSet(["A", "B", "C"], "BIOES"), rng.normal(size=(13, 13)))
    bounds = np.array([0, 5, 5, 6, 40])
    emissions = rng.normal(size=(40, 13)).astype(np.float32)
    tags, scores = chain.decode(emissions, bounds)
    node, log_z, _ = chain.marginals(emissions, bounds)
    for lo, hi in pairwise(bounds):
        one = np.array([0, hi - lo])
        assert chain.decode(emissions[lo:hi], one)[0].tolist() == tags[lo:hi].tolist()
        assert chain.marginals(emissions[lo:hi], one)[0] == pytest.approx(node[lo:hi])
    assert scores[1] == log_z[1] == 0.0
    assert chain.k_best(emissions[:0], 3) == []
    assert (log_z >= scores).all()
