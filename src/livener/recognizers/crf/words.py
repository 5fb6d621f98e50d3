"""Words as the CRF sees them: numbers, with their features computed once and kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from threading import RLock
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from livener.recognizers.crf import kernels
from livener.recognizers.crf.features import word_features
from livener.recognizers.crf.vectors import WordVectors
from livener.text import Sentence

flatten = chain.from_iterable
Floats32 = npt.NDArray[np.float32]
_Features = Callable[[Sequence[str]], Iterable[tuple[list[int], Floats32]]]
_NONE: Floats32 = np.empty(0, np.float32)

CHANNEL = "\x03"
"""The names of places in a gazetteer's match begin so."""
BORDERS = ("\x02", "\x03")
"""The words before and after a sentence."""


class Lock:
    """A lock that its holder may take again; what is copied to another process gets its own."""

    def __init__(self) -> None:
        self._lock = RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type["Lock"], tuple[()]]:
        return Lock, ()


class WordTable:
    """Numbers words as they come and keeps, for each, the numbers and values of its features.

    Forms are known by a 64-bit hash of their code points, so that tagging makes no strings. Features that training
    has not seen are left out, unless ``growing`` (in training). ``limit`` bounds the words that `trim` leaves, so
    that memory stays flat over an endless stream. ``version`` tells how often the numbers began anew. Whoever uses
    numbers holds ``lock`` from when they are given: threads share the table.
    """

    def __init__(self, features: Iterable[str], vectors: WordVectors | None, *, limit: int = 200_000) -> None:
        self.features = {name: i for i, name in enumerate(features)}
        self.vectors = vectors
        self.limit = limit
        self.growing = False
        self.lock = Lock()
        self.version = 0
        self.clear()

    def __len__(self) -> int:
        return self._first.size - 1

    def trim(self) -> None:
        """Forget every word where there are more than ``limit``; numbers given before must not be used again."""
        if len(self) > self.limit:
            self.clear()

    def clear(self) -> None:
        """Forget every word (their features may have changed), not the features."""
        self.version += 1
        self._named: dict[str, int] = {}
        self._hashes = np.zeros(1 << 12, np.uint64)
        self._numbers = np.zeros(1 << 12, np.int32)
        self._first = _Growing(np.zeros(1, np.int64))
        self._ids = _Growing(np.empty(0, np.int32))
        self._values = _Growing(np.empty(0, np.float32))
        self.named(BORDERS)

    def numbers(self, sentences: Sequence[Sentence], count: int) -> npt.NDArray[np.int32]:
        """The numbers of the words of sentences with ``count`` tokens in all, (count,); new words get theirs."""
        if 2 * (len(self) + count) > len(self._hashes):
            size = 1 << (4 * (len(self) + count)).bit_length()
            self._hashes, self._numbers = kernels.grow_words(self._hashes, self._numbers, size)
        texts = [sentence.text for sentence in sentences]
        text = "".join(texts)
        tokens = [sentence.tokens for sentence in sentences]
        ranges = np.fromiter(flatten(flatten(tokens)), np.int64, 2 * count).reshape(-1, 2)
        begins = np.cumsum([0, *map(len, texts)])[:-1]
        ranges += np.repeat(begins, [len(one) for one in tokens])[:, None]
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        numbers: npt.NDArray[np.int32]
        numbers, new = kernels.number_words(codes, ranges, self._hashes, self._numbers, len(self))
        if len(new):
            self._add([text[start:end] for start, end in ranges[new].tolist()], self._forms)
        return numbers

    def named(self, names: Sequence[str]) -> npt.NDArray[np.int32]:
        """The numbers of words that are no forms (a border, a place in a match): their name is their only feature."""
        new = [name for name in dict.fromkeys(names) if name not in self._named]
        self._named |= zip(new, range(len(self), len(self) + len(new)), strict=True)
        self._add(new, lambda names: [(self._known([name]), _NONE) for name in names])
        return np.array([self._named[name] for name in names], np.int32)

    def arrays(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Floats32]:
        """For all words: where each one's features begin (words + 1,), the features' numbers and their values."""
        return self._first.view, self._ids.view, self._values.view

    def _forms(self, words: Sequence[str]) -> Iterator[tuple[list[int], Floats32]]:
        """For each form the numbers of its features, and the values of the last of them, those before being one."""
        if self.vectors is None:
            for word in words:
                yield self._known(word_features(word)), _NONE
            return
        clusters, dense = self.vectors.features(words)
        kept = [d for d in range(dense.shape[1]) if self._known([f"v{d}"])]
        dimensions = self._known([f"v{d}" for d in kept])
        for word, names, vector in zip(words, clusters, dense[:, kept], strict=True):
            yield self._known(word_features(word)) + self._known(names) + dimensions, vector

    def _add(self, words: Sequence[str], features: _Features) -> None:
        ids: list[int] = []
        values: list[Floats32] = [_NONE]
        first: list[int] = []
        begin = self._ids.size
        for numbers, last in features(words):
            ids += numbers
            values += [np.ones(len(numbers) - len(last), np.float32), last]
            first.append(begin + len(ids))
        self._first.extend(np.array(first, np.int64))
        self._ids.extend(np.array(ids, np.int32))
        self._values.extend(np.concatenate(values))

    def _known(self, names: Sequence[str]) -> list[int]:
        if self.growing:
            features = self.features
            return [features.setdefault(name, len(features)) for name in names]
        get = self.features.get
        return [i for name in names if (i := get(name)) is not None]


Scalar = TypeVar("Scalar", bound=np.generic)


class _Growing(Generic[Scalar]):
    """A flat array that grows at its end in amortised constant time."""

    def __init__(self, start: npt.NDArray[Scalar]) -> None:
        self._room = start
        self.size = len(start)

    @property
    def view(self) -> npt.NDArray[Scalar]:
        return self._room[: self.size]

    def extend(self, more: npt.NDArray[Scalar]) -> None:
        size = self.size + len(more)
        if size > len(self._room):
            room = np.empty(2 * size, self._room.dtype)
            room[: self.size] = self.view
            self._room = room
        self._room[self.size : size] = more
        self.size = size


class RowCache:
    """The rows of the words of a table under the present weights, filled as words are met."""

    def __init__(self, table: WordTable, width: int) -> None:
        self._table = table
        self._width = width
        self.clear()

    def clear(self) -> None:
        """The weights changed: every row is stale."""
        self._rows = np.empty((1024, self._width), np.float32)
        self._fresh = np.zeros(1024, np.bool_)
        self._version = self._table.version

    def rows(self, words: npt.NDArray[np.int32], weights: Floats32) -> Floats32:
        """The rows (words, width), of which at least those of ``words`` (N, channels) are right."""
        if self._version != self._table.version:
            self.clear()
        size = len(self._table)
        if size > len(self._fresh):
            rows = np.empty((2 * size, self._width), np.float32)
            fresh = np.zeros(2 * size, np.bool_)
            rows[: len(self._rows)], fresh[: len(self._fresh)] = self._rows, self._fresh
            self._rows, self._fresh = rows, fresh
        kernels.refresh_rows(words, self._rows, self._fresh, *self._table.arrays(), weights)
        return self._rows
