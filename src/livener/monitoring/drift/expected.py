"""How many spans of each label the words of a document lead to expect, by what the reference made of such words.

How often a word carries a label is learned from the reference: by the word with its neighbours where those were seen,
else by the word, else by the shapes of all three, each estimate drawn towards the next coarser one. Each reference
document is judged by the others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from livener.monitoring.drift.window import Floats, Ints, Window, aligned

_FOLDS = 5
_SHAPES, _WORDS = 4.0, 2.0  # occurrences that the coarser estimate counts for, among shapes and among words


@dataclass(frozen=True, slots=True)
class _Places:
    """What each word (t,) and its surroundings are, as numbers below ``sizes``, from the coarsest on."""

    keys: Sequence[Ints]
    sizes: Sequence[int]

    def where(self, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "_Places":
        return _Places([key[chosen] for key in self.keys], self.sizes)


def expectations(reference: Window, current: Window) -> tuple[Floats, Floats]:
    """Spans per document and label that the words of each document lead to expect: (n, labels) and (m, labels)."""
    a, b = _places(reference, current)
    fold = np.random.default_rng(0).permutation(len(reference)) % _FOLDS
    labels = len(reference.labels)
    found_a, found_b = np.zeros((len(reference), labels)), np.zeros((len(current), labels))
    for k in range(min(_FOLDS, len(reference))):
        inside = fold[reference.word_of] == k
        known, held = a.where(~inside), a.where(inside)
        seen = [np.bincount(key, minlength=size) for key, size in zip(known.keys, known.sizes, strict=True)]
        for i in range(labels):
            mass = reference.mass[~inside, i]
            carried = [np.bincount(key, mass, size) for key, size in zip(known.keys, known.sizes, strict=True)]
            usual = float(mass.mean()) if len(mass) else 0.0
            found_a[:, i] += np.bincount(
                reference.word_of[inside], _chance(held, seen, carried, usual), len(reference)
            )
            found_b[:, i] += np.bincount(current.word_of, _chance(b, seen, carried, usual), len(current)) / _FOLDS
    return found_a, found_b


def residuals(a: Floats, expected_a: Floats, b: Floats, expected_b: Floats) -> tuple[Floats, Floats]:
    """What is left of counts when the line of counts on expectations in the reference is taken away."""
    spread = float(expected_a.var())
    slope = float(((expected_a - expected_a.mean()) * (a - a.mean())).mean()) / spread if spread > 0 else 0.0
    start = float(a.mean()) - slope * float(expected_a.mean())
    return a - start - slope * expected_a, b - start - slope * expected_b


def _chance(at: _Places, seen: Sequence[Ints], carried: Sequence[Floats | Ints], usual: float) -> Floats:
    """The share of a span that each word carries."""

    def drawn(level: int, towards: Floats, weight: float) -> Floats:
        key = at.keys[level]
        found: Floats = (carried[level][key] + weight * towards) / (seen[level][key] + weight)
        return found

    shape = drawn(0, np.full(len(at.keys[0]), usual), 1.0)
    around = [drawn(level, shape, _SHAPES) for level in (1, 2, 3)]
    logits = sum(
        (_logit(one) for one in around), -2.0 * _logit(shape)
    )  # as if they were independent, given the shape
    word = drawn(4, 1.0 / (1.0 + np.exp(-logits)), _WORDS)
    return (drawn(5, word, _WORDS) + drawn(6, word, _WORDS)) / 2.0


def _logit(chance: Floats) -> Floats:
    inside = np.clip(chance, 1e-5, 1.0 - 1e-5)
    found: Floats = np.log(inside / (1.0 - inside))
    return found


def _places(reference: Window, current: Window) -> tuple[_Places, _Places]:
    a, b, vocabulary = aligned(reference, current)
    shapes: dict[str, int] = {}
    shape = np.array([shapes.setdefault(_shape(word), len(shapes) + 1) for word in vocabulary], np.int64)
    of = np.concatenate([reference.word_of, current.word_of + len(reference)])
    words = np.concatenate([a, b]) + 1  # nothing, at either end of a document, is 0
    before, after = np.zeros_like(words), np.zeros_like(words)
    same = of[1:] == of[:-1]
    before[1:], after[:-1] = np.where(same, words[:-1], 0), np.where(same, words[1:], 0)
    shape = np.concatenate([np.zeros(1, np.int64), shape])
    wide, many = len(vocabulary) + 1, len(shapes) + 1
    own = shape[words]
    keys = [
        own,
        (own * many + shape[before]) * many + shape[after],
        own * wide + before,
        own * wide + after,
        words,
        words * wide + before,
        words * wide + after,
    ]
    numbered = [np.unique(key, return_inverse=True)[1] for key in keys]
    sizes = [int(key.max()) + 1 if len(key) else 1 for key in numbered]
    return _Places([key[: len(a)] for key in numbered], sizes), _Places([key[len(a) :] for key in numbered], sizes)


@lru_cache(100_000)
def _shape(word: str) -> str:
    kinds = "".join(
        "X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else "w" if c.isalpha() else c
        for c in word
    )
    return re.sub(r"(.)\1+", r"\1\1", kinds)[:8]
