"""Gold as the arrays that training and its stopping rule read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from livener.recognizers.alignment import TokenGold
from livener.tagging.schemes import TagSet

Ints = npt.NDArray[np.int32]
_BIASES = (0.0, *(sign * size for size in (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5) for sign in (-1, 1)))


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences to learn from.

    ``gold`` (N,) holds the tags of complete sentences. A partial sentence i has its tags' possibilities in ``masks``
    from row ``mask_at[i]`` on (−1 for a complete one), and the spans it must not have in ``negatives[
    negative_bounds[i]:negative_bounds[i + 1]]``: start, end, label.
    """

    bounds: npt.NDArray[np.int64]
    gold: Ints
    mask_at: npt.NDArray[np.int64]
    masks: npt.NDArray[np.bool_]
    negative_bounds: npt.NDArray[np.int64]
    negatives: Ints

    @classmethod
    def of(cls, golds: Sequence[TokenGold], bounds: npt.NDArray[np.int64], tagset: TagSet) -> Self:
        """The arrays of sentences whose tokens begin at ``bounds``."""
        gold = np.zeros(int(bounds[-1]), np.int32)
        mask_at = np.full(len(golds), -1, np.int64)
        masks: list[npt.NDArray[np.bool_]] = []
        rows = 0
        negatives: list[tuple[int, int, int]] = []
        negative_bounds = [0]
        for i, one in enumerate(golds):
            lo, n = int(bounds[i]), int(bounds[i + 1] - bounds[i])
            if one.complete and not one.unknown and not one.open:
                for start, end, label in one.spans:
                    gold[lo + start : lo + end] = tagset.roles(end - start, label)
            else:
                mask_at[i] = rows
                masks.append(_possible(one, n, tagset))
                rows += n
                negatives += [(start, end, tagset.labels.index(label)) for start, end, label in one.negatives]
            negative_bounds.append(len(negatives))
        size = len(tagset.tags)
        return cls(
            bounds,
            gold,
            mask_at,
            np.concatenate(masks) if masks else np.empty((0, size), np.bool_),
            np.array(negative_bounds, np.int64),
            np.array(negatives, np.int32).reshape(-1, 3),
        )

    def step_counts(self, size: int) -> npt.NDArray[np.int64]:
        """How often each step occurs in the complete sentences, (K, K)."""
        counts = np.zeros((size, size), np.int64)
        for i, (lo, hi) in enumerate(pairwise(self.bounds.tolist())):
            if self.mask_at[i] < 0 and hi - lo > 1:
                np.add.at(counts, (self.gold[lo : hi - 1], self.gold[lo + 1 : hi]), 1)
        return counts


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Sentences that training does not see: strict F1, the best bias for it, and which predictions are right."""

    words: Ints
    bounds: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]
    support: int
    labels: int

    @classmethod
    def of(
        cls, golds: Sequence[TokenGold], words: Ints, bounds: npt.NDArray[np.int64], labels: Sequence[str]
    ) -> Self:
        """Gold with a label other than the model's ``labels`` counts as missed."""
        index = {label: i for i, label in enumerate(labels)}
        spans = [
            (i, start, end, index[label])
            for i, gold in enumerate(golds)
            for start, end, label in gold.spans
            if label in index
        ]
        support = sum(len(gold.spans) + gold.lost for gold in golds)
        keys = _keys(np.array(spans, np.int64).reshape(-1, 4), bounds, len(index))
        return cls(words, bounds, keys, support, len(index))

    def correct(self, spans: Ints) -> npt.NDArray[np.bool_]:
        """Whether each predicted span (M, 4) is gold."""
        return np.isin(_keys(spans.astype(np.int64), self.bounds, self.labels), self.keys)

    def best_bias(self, predict: Callable[[float], Ints]) -> tuple[float, float]:
        """The best strict F1 over a range of biases towards O, and that bias; nearer to none where equal.

        ``predict`` gives the spans (M, 4) of these sentences under a bias.
        """
        best = (-1.0, 0.0)
        for bias in _BIASES:
            spans = predict(bias)
            right = int(self.correct(spans).sum())
            f1 = 2.0 * right / max(len(spans) + self.support, 1)
            if f1 > best[0]:
                best = (f1, bias)
        return best


def _keys(spans: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64], labels: int) -> npt.NDArray[np.int64]:
    """One number per (sentence, start, end, label): spans of different sentences never share a first token."""
    start = bounds[spans[:, 0]] + spans[:, 1]
    keys: npt.NDArray[np.int64] = (start * (1 << 20) + spans[:, 2] - spans[:, 1]) * max(labels, 1) + spans[:, 3]
    return keys


def _possible(gold: TokenGold, n: int, tagset: TagSet) -> npt.NDArray[np.bool_]:
    """The tags that each token may still have, (n, K)."""
    mask = np.zeros((n, len(tagset.tags)), np.bool_)
    if gold.complete:
        mask[:, 0] = True
        mask[:, [tagset.index[tag] for tag in tagset.tags if tag.partition("-")[2] in gold.open]] = True
        mask[gold.unknown] = True
    else:
        mask[:] = True
    inside = tagset.scheme.inside
    for start, end, label in gold.spans:
        mask[start:end] = False
        mask[np.arange(start, end), tagset.roles(end - start, label)] = True
        if end < n and not tagset.scheme.closes:
            mask[end, tagset.index[f"{inside}-{label}"]] = False
    return mask
