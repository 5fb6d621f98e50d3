"""From the best tags of a batch to spans."""

import numpy as np
import numpy.typing as npt

from livener.tagging import vectorised
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet

_FEW = 4096
"""So many tokens are tagged in numpy in less time than it takes to load the compiled kernels."""


def spans_of(tags: npt.NDArray[np.integer], bounds: npt.NDArray[np.integer], tagset: TagSet) -> npt.NDArray[np.int32]:
    """The spans (M, 4) sentence, start, end, label of legal tags (N,); sentence i has those from ``bounds[i]`` on.

    >>> tagset = TagSet(["LOC", "PER"], "BIO")
    >>> tags = [tagset.index[tag] for tag in ("B-PER", "I-PER", "B-PER", "O", "B-LOC")]
    >>> spans_of(np.array(tags), np.array([0, 2, 2, 5]), tagset).tolist()
    [[0, 0, 2, 1], [2, 0, 1, 1], [2, 2, 3, 0]]
    """
    scheme = tagset.scheme
    prefixes = np.array([tag.partition("-")[0] for tag in tagset.tags])
    labels = np.array([tagset.labels.index(tag.partition("-")[2]) if tag != "O" else -1 for tag in tagset.tags])
    starts = np.flatnonzero(np.isin(prefixes, (scheme.begin, scheme.single))[tags])
    goes_on = np.isin(prefixes, [part for part in (scheme.inside, scheme.end) if part != scheme.single])[tags]
    breaks = np.append(np.flatnonzero(~goes_on), len(tags))
    ends = breaks[np.searchsorted(breaks, starts, side="right")]
    sentence = np.searchsorted(bounds, starts, side="right") - 1
    offset = bounds[sentence]
    return np.stack([sentence, starts - offset, ends - offset, labels[tags[starts]]], axis=1).astype(np.int32)


def best_spans(
    chain: Chain, x: npt.NDArray[np.float64], bounds: npt.NDArray[np.int64], *, scored: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """The spans (M, 4) of the best legal paths, and their marginals (ones where not ``scored``)."""
    few = len(x) <= _FEW
    tags = vectorised.decode(chain, x, bounds) if few else chain.decode(x, bounds)[0]
    spans = spans_of(tags, bounds, chain.tagset)
    if not scored:
        return spans, np.ones(len(spans))
    return spans, vectorised.span_marginals(chain, x, bounds, spans) if few else chain.span_marginals(
        x, bounds, spans
    )
