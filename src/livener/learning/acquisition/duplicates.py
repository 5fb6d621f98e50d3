"""Which texts are nearly the same."""

import re
from collections import defaultdict
from collections.abc import Iterable
from math import ceil

_NUMBER = re.compile(r"\d+")


class NearDuplicates:
    """Texts that were seen; `of` says whether one of them is nearly the same as another.

    Two are when their sets of words, numbers made one, are alike to at least ``likeness`` (Jaccard). Texts are found
    by their rarest words only, of which two such texts share at least one (Bayardo et al. 2007), so that looking one
    up costs little however many were seen. ``counts`` come from the texts that may be asked for.

    >>> seen = NearDuplicates(["Invoice 17 is due on 4 May.", "Oslo is cold."])
    >>> seen.add("Invoice 17 is due on 4 May.")
    >>> seen.has("invoice 23 is due on 12 May!"), seen.has("Oslo is cold.")
    (True, False)
    """

    def __init__(self, texts: Iterable[str], *, likeness: float = 0.8) -> None:
        self._likeness = likeness
        self._counts: defaultdict[str, int] = defaultdict(int)
        for text in texts:
            for word in _words(text):
                self._counts[word] += 1
        self._seen: list[frozenset[str]] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, text: str) -> None:
        """Remember a text."""
        words = _words(text)
        for word in self._rarest(words):
            self._by_word[word].append(len(self._seen))
        self._seen.append(words)

    def has(self, text: str) -> bool:
        """Whether a text that was added is nearly the same."""
        words = _words(text)
        near = {number for word in self._rarest(words) for number in self._by_word.get(word, ())}
        return any(
            len(words & self._seen[one]) >= self._likeness * len(words | self._seen[one]) - 1e-9 for one in near
        )

    def _rarest(self, words: frozenset[str]) -> list[str]:
        # Two alike sets share all but (1 − likeness) of the larger: among so many of each, one is common.
        count = len(words) - ceil(self._likeness * len(words) - 1e-9) + 1
        return sorted(words, key=lambda word: (self._counts.get(word, 0), word))[:count]


def _words(text: str) -> frozenset[str]:
    words = frozenset(re.findall(r"\w+", _NUMBER.sub("0", text.casefold())))
    return words or frozenset([text.strip()])
