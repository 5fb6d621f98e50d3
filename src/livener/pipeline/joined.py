"""The sentences of a batch as one text, which every stage that looks for something in all of it searches at once."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from livener.text import Sentence, Span

if TYPE_CHECKING:
    from livener.recognizers.gazetteer import Gazetteer
    from livener.recognizers.gazetteer.folding import Folded

T = TypeVar("T")
Bytes = npt.NDArray[np.uint8]
_BETWEEN = "\0"


class Hit(NamedTuple, Generic[T]):
    """A find in a sentence: ``[start, end)`` of its text."""

    document: int
    sentence: Sentence
    start: int
    end: int
    what: T

    def span(self, label: str, score: float | None, source: str, kb_id: str | None = None) -> Span:
        """It as a span of the document."""
        return self.sentence.span(self.start, self.end, label, score, source, kb_id)


class Joined:
    """Sentences joined, with a NUL behind each: a search is fast where it reads for long, which most do for nothing.

    What several stages need of the text is made once.

    ``sentences``: for each document its sentences. ``text``: all of them.

    >>> from livener.text import Document
    >>> joined = Joined([[Sentence("I saw.", [], Document("I saw. Ada."))]])
    >>> [(hit.document, hit.start, hit.end) for hit in joined.hits([(0, 1, "a word"), (2, 5, "another")])]
    [(0, 0, 1), (0, 2, 5)]
    """

    __slots__ = ("_ascii", "_bounds", "_flat", "_folded", "_texts", "sentences", "text")

    def __init__(self, sentences: Sequence[Sequence[Sentence]]) -> None:
        self.sentences = sentences
        self._flat = [sentence for found in sentences for sentence in found]
        self._texts = [sentence.text for sentence in self._flat]
        self.text = _BETWEEN.join([*self._texts, ""])
        self._ascii: Bytes | None = None
        self._folded: dict[tuple[bool, bool], Folded] = {}
        self._bounds: tuple[list[int], list[int]] | None = None

    @property
    def ascii(self) -> Bytes:
        """A byte for each character and one more, to tell quickly where something cannot be; "?" for what is not
        ASCII."""
        if self._ascii is None:
            self._ascii = np.frombuffer(self.text.encode("ascii", "replace") + b"\0", np.uint8)
        return self._ascii

    def names(self, gazetteer: "Gazetteer") -> Iterator["Hit[tuple[str, str | None]]"]:
        """The terms of a gazetteer, each with its label and id."""
        rules = gazetteer.folds
        if rules not in self._folded:
            self._folded[rules] = gazetteer.fold(self.text)
        return self.hits(gazetteer.find(self._folded[rules]))

    def matches(self, pattern: re.Pattern[str], places: Iterable[int]) -> Iterator["Hit[re.Match[str]]"]:
        """What `re.Pattern.finditer` finds, if ``places`` are, in order, all where a match may begin; no match may
        hold a NUL."""
        return self.hits(self._matches(pattern, places))

    def _matches(self, pattern: re.Pattern[str], places: Iterable[int]) -> Iterator[tuple[int, int, re.Match[str]]]:
        text, match_at, done = self.text, pattern.match, 0
        for place in places:
            if place >= done and (match := match_at(text, place)):
                done = match.end()
                yield place, done, match

    def hits(self, found: Iterable[tuple[int, int, T]]) -> Iterator[Hit[T]]:
        """Each find (start, end, what), in order, none of which reaches over a NUL, with its sentence."""
        for start, end, what in found:
            ends, lasts = self._bounds or self._bounded()
            place = bisect_right(ends, start)
            before = ends[place] - 1 - len(self._texts[place])
            yield Hit(bisect_right(lasts, place), self._flat[place], start - before, end - before, what)

    def _bounded(self) -> tuple[list[int], list[int]]:
        """Where each sentence ends, and how many there are up to the end of each document."""
        ends = list(accumulate([len(text) + 1 for text in self._texts]))
        lasts = list(accumulate(map(len, self.sentences)))
        self._bounds = ends, lasts
        return self._bounds


def beginnings(names: Iterable[str]) -> tuple[int, int, int, int]:
    """How names begin, for `begun`: the lowest and the highest first character, and second, as `Joined.ascii` has
    them."""
    known = [name[:2].encode("ascii", "replace") for name in names]
    firsts, seconds = [one[0] for one in known], [one[1] for one in known if len(one) > 1]
    short = len(seconds) < len(known)
    return min(firsts), max(firsts), 0 if short else min(seconds), 255 if short else max(seconds)


def begun(text: Bytes, like: tuple[int, int, int, int]) -> list[int]:
    """Where a word may begin that begins like some names.

    >>> from livener.text import Document
    >>> text = "The IRS and the FIRST"
    >>> begun(Joined([[Sentence(text, [], Document(text))]]).ascii, beginnings(["IRS", "SEC"]))
    [4]
    """
    low, high, second_low, second_high = (np.uint8(code) for code in like)
    begins = (text[:-1] - low <= high - low) & (text[1:] - second_low <= second_high - second_low)
    begins[1:] &= (text[:-2] | 32) - np.uint8(ord("a")) >= 26
    places: list[int] = np.flatnonzero(begins).tolist()
    return places
