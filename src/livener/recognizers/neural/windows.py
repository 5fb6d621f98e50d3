"""Long sentences as overlapping windows, and windows of like length as batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens ``[first, last)`` that a window shows, and of these ``[low, high)`` that are read from it."""

    first: int
    last: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Row:
    """One window as the network sees it: ``arrays`` of equal first dimension, one entry per position.

    ``reads`` (T,) are the positions of the tokens that are read here, the first of which is token ``at`` of all.
    """

    at: int
    reads: npt.NDArray[np.int64]
    arrays: Arrays

    @property
    def length(self) -> int:
        """The number of positions."""
        return len(next(iter(self.arrays.values())))


def windows(sizes: npt.NDArray[np.integer], *, capacity: int, overlap: int) -> list[Window]:
    """Windows of at most ``capacity`` positions over tokens that take ``sizes`` (n,) positions each.

    Neighbours share about ``overlap`` positions; each token is read from the window where it is farther from the
    border, so that every token is read exactly once. A token larger than ``capacity`` has a window of its own.

    >>> [(w.first, w.last, w.low, w.high) for w in windows(np.ones(10, int), capacity=6, overlap=2)]
    [(0, 6, 0, 5), (4, 10, 5, 10)]
    """
    count = len(sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    found = []
    first = low = 0
    while True:
        last = max(int(np.searchsorted(ends, ends[first] + capacity, side="right")) - 1, first + 1)
        if last >= count:
            found.append(Window(first, count, low, count))
            return found
        following = max(int(np.searchsorted(ends, ends[last] - overlap)), first + 1)
        middles = ends[following:last] + ends[following + 1 : last + 1]
        high = following + int(np.searchsorted(middles, ends[following] + ends[last], side="right"))
        found.append(Window(first, last, low, high))
        first, low = following, high


def pack(lengths: Sequence[int] | npt.NDArray[np.integer], budget: int) -> list[npt.NDArray[np.int64]]:
    """The rows in batches of like length, shortest first; rows × longest stays within ``budget`` positions.

    >>> [batch.tolist() for batch in pack([3, 9, 4, 1], 8)]
    [[3, 0], [2], [1]]
    """
    order = np.argsort(lengths, kind="stable")
    return [order[start:end] for start, end in cuts(np.asarray(lengths)[order].tolist(), budget)]


def cuts(lengths: Sequence[int], budget: int) -> list[tuple[int, int]]:
    """Ranges of rows in their given order; rows × longest stays within ``budget`` positions.

    >>> cuts([2, 3, 2, 9], 6)
    [(0, 2), (2, 3), (3, 4)]
    """
    ranges: list[tuple[int, int]] = []
    start = longest = 0
    for i, length in enumerate(lengths):
        longest = max(longest, length)
        if i > start and (i - start + 1) * longest > budget:
            ranges.append((start, i))
            start, longest = i, length
    return [*ranges, (start, len(lengths))] if lengths else []


def collate(rows: Sequence[Row], padding: Mapping[str, int]) -> Arrays:
    """The arrays of several rows, each (rows, longest, …), and ``mask``: 1 where there is something to see.

    >>> collate([Row(0, np.arange(1), {"ids": np.array([5])}), Row(1, np.arange(2), {"ids": np.array([6, 7])})], {})
    {'ids': array([[5, 0],
           [6, 7]]), 'mask': array([[1, 0],
           [1, 1]])}
    """
    longest = max(row.length for row in rows)
    first = rows[0].arrays
    batch: Arrays = {
        name: np.full((len(rows), longest, *array.shape[1:]), padding.get(name, 0), array.dtype)
        for name, array in first.items()
    }
    batch["mask"] = np.zeros((len(rows), longest), np.int64)
    for i, row in enumerate(rows):
        length = row.length
        for name, array in row.arrays.items():
            batch[name][i, :length] = array
        batch["mask"][i, :length] = 1
    return batch
