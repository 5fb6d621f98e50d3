"""The best tags and the marginals of spans in numpy, over padded batches of sentences of about one length.

For a few sentences this is done before the compiled kernels of `livener.tagging.chains` are loaded, which takes as
long as tagging many thousand; for many they are faster. Both say the same.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from livener.tagging.chains import Chain, Floats, Ints

_BATCH = 256


def decode(chain: Chain, x: Floats, bounds: npt.NDArray[np.integer]) -> Ints:
    """The best legal tags (N,) of emissions ``x`` (N, K); sentence i has those from ``bounds[i]`` on.

    >>> from livener.tagging.schemes import TagSet
    >>> chain = Chain.of(TagSet(["PER"], "BIO"), np.zeros((3, 3)))
    >>> decode(chain, np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 2.0]]), np.array([0, 2]))
    array([1, 2], dtype=int32)
    """
    tags = np.empty(len(x), np.int32)
    for n, place, inside in _batches(bounds):
        rows, longest = place.shape
        padded = np.zeros((rows, longest, x.shape[1]))
        padded[inside] = x[place[inside]]
        score = np.where(chain.tagset.starts, padded[:, 0], -np.inf)
        back = np.zeros(padded.shape, np.int32)
        final = score.copy()
        for t in range(1, longest):
            steps = score[:, :, None] + chain.transitions
            back[:, t] = steps.argmax(1)
            score = steps.max(1) + padded[:, t]
            final[t < n] = score[t < n]
        tag = np.where(chain.tagset.stops, final, -np.inf).argmax(1)
        for t in range(longest - 1, -1, -1):
            here = t < n
            tags[place[here, t]] = tag[here]
            tag = np.where(here & (t > 0), back[np.arange(rows), t, tag], tag)
    return tags


def span_marginals(chain: Chain, x: Floats, bounds: npt.NDArray[np.integer], spans: Ints) -> Floats:
    """The probability of each span (M, 4), sentence, start, end, label, with exactly its boundaries and label, (M,).

    Exactly: where the scheme does not mark ends, the next token does not continue the span.
    """
    exp_t = np.exp(chain.transitions)
    a, b, e, scale = _forward_backward(chain, exp_t, x, bounds)
    first = np.asarray(bounds)[spans[:, 0]]
    start, end, stop = first + spans[:, 1], first + spans[:, 2], np.asarray(bounds)[spans[:, 0] + 1]
    begin, inside, last, single = chain.roles[spans[:, 3]].T
    tag = np.where(end - start == 1, single, begin)
    p: Floats = a[start, tag]
    for more in range(1, int((end - start).max(initial=1))):
        at = np.minimum(start + more, end - 1)
        step = np.where(at == end - 1, last, inside)
        factor = exp_t[tag, step] * e[at, step] / scale[at]
        goes_on = start + more < end
        p = np.where(goes_on, p * factor, p)
        tag = np.where(goes_on, step, tag)
    at = np.minimum(end, len(x) - 1)
    after = exp_t[tag] * e[at] * b[at]
    marked = (last != inside)[:, None] | (np.arange(x.shape[1]) != inside[:, None])
    return np.where(end == stop, p, p * (after * marked).sum(1) / scale[at])


def _forward_backward(
    chain: Chain, exp_t: Floats, x: Floats, bounds: npt.NDArray[np.integer]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Scaled forward and backward probabilities and exponentials (N, K), and the scale (N,) (Rabiner 1989)."""
    forward, backward, exponentials, scales = (np.empty_like(x), np.empty_like(x), np.empty_like(x), np.empty(len(x)))
    for n, place, inside in _batches(bounds):
        rows, longest = place.shape
        e = np.ones((rows, longest, x.shape[1]))
        own = x[place[inside]]
        e[inside] = np.exp(own - own.max(1, keepdims=True))
        e[:, 0] *= chain.tagset.starts
        e[np.arange(rows), n - 1] *= chain.tagset.stops
        a, b, scale = np.empty_like(e), np.ones_like(e), np.ones((rows, longest, 1))
        for t in range(longest):
            a[:, t] = e[:, t] if t == 0 else (a[:, t - 1] @ exp_t) * e[:, t]
            scale[:, t] = a[:, t].sum(1, keepdims=True)
            a[:, t] /= scale[:, t]
        for t in range(longest - 2, -1, -1):
            back = (e[:, t + 1] * b[:, t + 1] / scale[:, t + 1]) @ exp_t.T
            b[:, t] = np.where((t < n - 1)[:, None], back, 1.0)
        flat = place[inside]
        forward[flat], backward[flat], exponentials[flat] = a[inside], b[inside], e[inside]
        scales[flat] = scale[..., 0][inside]
    return forward, backward, exponentials, scales


def _batches(
    bounds: npt.NDArray[np.integer],
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]]:
    """Sentences of about one length: their lengths (B,), the places of their tokens (B, longest), and which of these
    are within the sentence."""
    bounds = np.asarray(bounds, np.int64)
    lengths = np.diff(bounds)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    for begin in range(0, len(order), _BATCH):
        chosen = order[begin : begin + _BATCH]
        n = lengths[chosen]
        columns = np.arange(int(n[-1]))
        place: npt.NDArray[np.int64] = bounds[chosen][:, None] + columns
        yield n, place, columns < n[:, None]
