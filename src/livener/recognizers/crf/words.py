"""Words as the CRF sees them: numbers, with their features computed once and kept."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from livener.recognizers.crf import kernels
from livener.recognizers.crf.features import word_features
from livener.recognizers.crf.vectors import WordVectors

Floats32 = npt.NDArray[np.float32]
CHANNEL = "\x03"
"""Words that begin with a character up to this one are not forms: their only feature is their name."""
BORDERS = ("\x02", "\x03")
"""The words before and after a sentence."""


class WordTable:
    """Numbers words as they come and keeps, for each, the numbers and values of its features.

    Features that training has not seen are left out, unless ``growing`` (in training). ``limit`` bounds the words
    kept: beyond it the table is emptied, so that memory stays flat over an endless stream.
    """

    def __init__(self, features: Iterable[str], vectors: WordVectors | None, *, limit: int = 1_000_000) -> None:
        self.features = {name: i for i, name in enumerate(features)}
        self.vectors = vectors
        self.limit = limit
        self.growing = False
        self.clear()

    def __len__(self) -> int:
        return len(self._index)

    def clear(self) -> None:
        """Forget every word (their features may have changed), not the features."""
        self._new: list[str] = []
        self._index = _Index(self._new)
        self._first = _Growing(np.zeros(1, np.int64))
        self._ids = _Growing(np.empty(0, np.int32))
        self._values = _Growing(np.empty(0, np.float32))
        for border in BORDERS:
            self._index[border]

    def numbers(self, words: list[str]) -> npt.NDArray[np.int32]:
        """The numbers of words, shape (len(words),); new words get theirs."""
        if len(self._index) > self.limit:
            self.clear()
        ids = np.fromiter(map(self._index.__getitem__, words), np.int32, len(words))
        if self._new:
            self._add_new()
        return ids

    def arrays(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Floats32]:
        """For all words: where each one's features begin (words + 1,), the features' numbers and their values."""
        if self._new:
            self._add_new()
        return self._first.view, self._ids.view, self._values.view

    def _add_new(self) -> None:
        new = self._new.copy()
        self._new.clear()
        inner = [word for word in new if word[0] > CHANNEL]
        clusters, dense = self.vectors.features(inner) if self.vectors is not None else (None, None)
        first: list[int] = []
        ids: list[int] = []
        values: list[float] = []
        at, begin = 0, int(self._first.view[-1])
        for word in new:
            if word[0] <= CHANNEL:
                ids += self._known([word])
            else:
                ids += self._known(word_features(word))
                if clusters is not None and dense is not None:
                    ids += self._known(clusters[at])
                    values += [1.0] * (len(ids) - len(values))
                    known = self._known([f"v{d}" for d in range(dense.shape[1])])
                    ids += known
                    values += dense[at, : len(known)].tolist()
                    at += 1
            values += [1.0] * (len(ids) - len(values))
            first.append(begin + len(ids))
        self._first.extend(np.array(first, np.int64))
        self._ids.extend(np.array(ids, np.int32))
        self._values.extend(np.array(values, np.float32))

    def _known(self, names: list[str]) -> list[int]:
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
        self._size = len(start)

    @property
    def view(self) -> npt.NDArray[Scalar]:
        return self._room[: self._size]

    def extend(self, more: npt.NDArray[Scalar]) -> None:
        size = self._size + len(more)
        if size > len(self._room):
            room = np.empty(2 * size, self._room.dtype)
            room[: self._size] = self.view
            self._room = room
        self._room[self._size : size] = more
        self._size = size


class _Index(dict[str, int]):
    """Words to numbers; a word that is not there gets the next number and is noted as new."""

    def __init__(self, new: list[str]) -> None:
        self._new = new

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        self._new.append(word)
        return number


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
        self._count = -1

    def rows(self, words: npt.NDArray[np.int32], weights: Floats32) -> Floats32:
        """The rows (words, width), of which at least those of ``words`` (N, channels) are right."""
        size = len(self._table)
        if size != self._count:
            if size < self._count:
                self._fresh[:] = False
            self._count = size
            if size > len(self._fresh):
                rows = np.empty((2 * size, self._width), np.float32)
                fresh = np.zeros(2 * size, np.bool_)
                rows[: len(self._rows)], fresh[: len(self._fresh)] = self._rows, self._fresh
                self._rows, self._fresh = rows, fresh
        kernels.refresh_rows(words, self._rows, self._fresh, *self._table.arrays(), weights)
        return self._rows
