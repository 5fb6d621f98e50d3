"""What numpy says is what the compiled kernels say."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.tagging import vectorised
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet


@given(
    scheme=st.sampled_from(["BIO", "BIOES", "BILOU"]),
    lengths=st.lists(st.integers(0, 9), max_size=12),
    seed=st.integers(0, 2**32),
    ties=st.booleans(),
)
def test_both_find_the_same_tags_and_marginals(scheme: str, lengths: list[int], seed: int, *, ties: bool) -> None:
    tagset = TagSet(["A", "B"], scheme)
    size = len(tagset.tags)
    rng = np.random.default_rng(seed)
    bounds = np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))])
    x = rng.normal(size=(int(bounds[-1]), size)) * 3.0
    steps = rng.normal(size=(size, size))
    if ties:
        x, steps = x.round(), steps.round()
    chain = Chain.of(tagset, steps)
    assert vectorised.decode(chain, x, bounds).tolist() == chain.decode(x, bounds)[0].tolist()
    every = [
        (i, start, end, label)
        for i, n in enumerate(lengths)
        for start in range(n)
        for end in range(start + 1, n + 1)
        for label in range(2)
    ]
    spans = np.array(every, np.int32).reshape(-1, 4)[rng.permutation(len(every))]
    found = vectorised.span_marginals(chain, x, bounds, spans)
    assert found == pytest.approx(chain.span_marginals(x, bounds, spans), abs=1e-12)


def test_a_few_sentences_are_tagged_without_the_compiler() -> None:
    code = """
import sys, numpy as np
from livener.recognizers.neural.decoding import best_spans
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet
x = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 2.0], [3.0, 0.0, 0.0]])
chain = Chain.of(TagSet(["A"], "BIO"), np.zeros((3, 3)))
spans, scores = best_spans(chain, x, np.array([0, 3]), scored=True)
print(spans.tolist(), 0.5 < scores[0] < 1.0, "numba" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[[0, 0, 2, 0]] True False"
