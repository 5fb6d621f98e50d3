"""Inference over batches of sentences: the best tags, marginals of tags and of spans, k best, entropy.

A batch is a flat array of emissions of shape (N tokens, K tags) with ``bounds`` of shape (S + 1,): sentence i is
``emissions[bounds[i]:bounds[i + 1]]``. The compiled kernels are loaded by the first of these.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livener.tagging.schemes import TagSet

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chain:
    """A tag set with the weights of its steps.

    ``transitions`` is (K, K) float64, minus infinity where the scheme forbids the step; ``roles`` is (labels, 4)
    int32: the tags that begin, continue, end, and are alone a span of the label.

    >>> chain = Chain.of(TagSet(["PER"], "BIO"), np.zeros((3, 3)))
    >>> chain.decode(np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 2.0]]), np.array([0, 2]))[0]   # I may not come first
    array([1, 2], dtype=int32)
    """

    tagset: TagSet
    transitions: Floats
    roles: Ints

    @classmethod
    def of(cls, tagset: TagSet, weights: npt.NDArray[np.floating]) -> "Chain":
        """The chain with these weights (K, K) where a step is legal."""
        scheme = tagset.scheme
        prefixes = (scheme.begin, scheme.inside, scheme.end, scheme.single)
        roles = [[tagset.index[f"{prefix}-{label}"] for prefix in prefixes] for label in tagset.labels]
        return cls(
            tagset,
            np.where(tagset.allowed, weights, -np.inf).astype(np.float64),
            np.array(roles, np.int32).reshape(-1, 4),
        )

    def decode(self, emissions: npt.NDArray[np.floating], bounds: npt.NDArray[np.integer]) -> tuple[Ints, Floats]:
        """The best legal tags (N,) and the score of each sentence's path (S,) (Viterbi 1967)."""
        from livener.tagging import kernels

        tags, scores = kernels.decode_batch(emissions, bounds, *self._steps)
        return tags, scores

    def marginals(
        self,
        emissions: npt.NDArray[np.floating],
        bounds: npt.NDArray[np.integer],
        mask: Bools | None = None,
    ) -> tuple[Floats, Floats, Floats]:
        """Tag marginals (N, K), log partition function (S,), entropy of the paths in nats (S,).

        ``mask`` (N, K) keeps only paths through its true cells; where none is left, log Z is minus infinity and the
        marginals are zero.
        """
        from livener.tagging import kernels

        if mask is None:
            mask = np.empty((0, len(self.tagset.tags)), np.bool_)
        node, log_z, entropy = kernels.marginals_batch(emissions, bounds, *self._steps, mask)
        return node, log_z, entropy

    def span_marginals(
        self, emissions: npt.NDArray[np.floating], bounds: npt.NDArray[np.integer], spans: Ints
    ) -> Floats:
        """The probability of each span with exactly its boundaries and label, (M,).

        ``spans`` is (M, 4): sentence, first token, token after the last (both within the sentence), label index.
        """
        from livener.tagging import kernels

        order = np.argsort(spans[:, 0], kind="stable")
        out = np.empty(len(spans))
        out[order] = kernels.span_marginals_batch(
            emissions, bounds, *self._steps, np.ascontiguousarray(spans[order]), self.roles
        )
        return out

    def k_best(self, emissions: npt.NDArray[np.floating], k: int) -> list[tuple[Ints, float]]:
        """The up to k best legal paths of one sentence (n, K) with their scores, best first."""
        from livener.tagging import kernels

        if not len(emissions):
            return []
        paths, scores = kernels.k_best(emissions, *self._steps, k)
        return [(path, float(score)) for path, score in zip(paths, scores, strict=True) if score > -np.inf]

    @property
    def _steps(self) -> tuple[Floats, Bools, Bools]:
        return self.transitions, self.tagset.starts, self.tagset.stops
