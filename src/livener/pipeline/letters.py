"""How much more a text is like any text than like the known ones, letter by letter.

Two models of the next letter, one of the known texts and one of text of many kinds that livener brings along: their
difference, as some text is hard to foresee for every model (a likelihood ratio: Ren et al. 2019, "Likelihood ratios
for out-of-distribution detection"). A letter is foreseen from the three before it, and from fewer where these were
seen seldom (Witten and Bell 1991, interpolated). A few thousand letters are enough to learn from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Slots = npt.NDArray[np.int64]

_ORDER = 4
_SLOTS = 1 << 18
_CHARACTERS = 4000  # of a text that are read
_ALPHABET = 300.0  # letters that a text may have, each as probable where nothing is known
_PAD = "\n" * (_ORDER - 1)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_KINDS = ("clinical", "finance", "legal", "news", "retail", "support")


@dataclass(frozen=True, slots=True)
class Letters:
    """How often each run of up to four letters was seen (5, slots), and how many kinds of letter came after each of
    up to three (4, slots).

    >>> one = Letters.of(["The tenant shall pay the rent."] * 10)
    >>> [round(float(x), 1) for x in one.surprise(["The tenant shall pay.", "zzz!"])]
    [0.8, 10.7]
    """

    counts: Floats
    kinds: Floats

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Learn from texts."""
        counts, kinds = (np.zeros((size, _SLOTS), np.float32) for size in (_ORDER + 1, _ORDER))
        found = [_runs(text) for text in texts]
        for length in range(1, _ORDER + 1):
            runs = np.concatenate([one[length][_ORDER - 1 :] for one in found])
            before = np.concatenate([one[length - 1][_ORDER - 2 : -1] for one in found])
            counts[length] = np.bincount(runs, minlength=_SLOTS)
            kinds[length - 1] = np.bincount(before[np.unique(runs, return_index=True)[1]], minlength=_SLOTS)
            counts[length - 1] = np.bincount(before, minlength=_SLOTS)  # those that something came after
        return cls(counts, kinds)

    def surprise(self, texts: Sequence[str]) -> Floats:
        """How badly the letters of each text are foreseen (n,), in nats a letter; 0 of an empty text."""
        return np.array([self._surprise(text) for text in texts], np.float32)

    def _surprise(self, text: str) -> float:
        runs = _runs(text)
        if len(runs[0]) < _ORDER:
            return 0.0
        chance = np.full(len(runs[0]) - _ORDER + 1, 1.0 / _ALPHABET)
        for length in range(1, _ORDER + 1):
            before = runs[length - 1][_ORDER - 2 : -1]
            seen, kinds = self.counts[length - 1][before], self.kinds[length - 1][before]
            of_run = np.minimum(self.counts[length][runs[length][_ORDER - 1 :]], seen)
            chance = np.where(seen > 0, (of_run + kinds * chance) / np.maximum(seen + kinds, 1.0), chance)
        return float(-np.log(np.maximum(chance, 1e-9)).mean())


def strangeness(known: Letters, texts: Sequence[str]) -> Floats:
    """How much worse the letters of each text (n,) are foreseen from the known texts than from any text."""
    found: Floats = known.surprise(texts) - _any_text().surprise(texts)
    return found


@cache
def _any_text() -> Letters:
    """Text of six kinds that was written for livener: what the templates of projects say and show."""
    folder = files("livener.pipeline.templates")
    texts = [
        (folder / kind / name).read_text(encoding="utf-8")
        for kind in _KINDS
        for name in ("guidelines.md", "examples.inline")
    ]
    return Letters.of([line for text in texts for line in _LINK.sub(r"\1", text).splitlines() if line.strip()])


def _runs(text: str) -> list[Slots]:
    """The slots of the runs of no letter, one, two … that end at each letter, the padding before them included."""
    read = _PAD + " ".join(text[:_CHARACTERS].split())
    codes = np.frombuffer(read.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    runs = [np.zeros(len(codes), np.uint64)]
    for _ in range(_ORDER):
        longer = np.empty_like(codes)
        longer[0] = 0
        longer[1:] = runs[-1][:-1]
        mixed = (longer + codes + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        runs.append(mixed ^ (mixed >> np.uint64(29)))
    return [(run >> np.uint64(20)).astype(np.int64) % _SLOTS for run in runs]
