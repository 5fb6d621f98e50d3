"""Spans of tags are those that the scheme's own reader finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.recognizers.neural.decoding import spans_of
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet, decode


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "BILOU"])
@given(seed=st.integers(0, 1 << 30), lengths=st.lists(st.integers(0, 6), max_size=8))
def test_they_are_those_of_the_reader(scheme: str, seed: int, lengths: list[int]) -> None:
    tagset = TagSet(["LOC", "PER"], scheme)
    size = len(tagset.tags)
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    x = np.random.default_rng(seed).normal(size=(bounds[-1], size))
    tags, _ = Chain.of(tagset, np.zeros((size, size))).decode(x, bounds)
    wanted = []
    for i, length in enumerate(lengths):
        names = [tagset.tags[k] for k in tags[bounds[i] : bounds[i] + length]]
        wanted += [[i, a, b, tagset.labels.index(label)] for a, b, label in decode(names, scheme, strict=True)[0]]
    assert spans_of(tags, bounds, tagset).tolist() == wanted
