"""An index of a million terms: a trie over words, kept as one open hash table of the terms' prefixes.

A prefix of a term that ends where a word ends is a key (64-bit FNV-1a over folded code points). Looking for terms
walks from every beginning of a word, word by word, while what was read is a key. Two of three million prefixes
share a hash with a chance of one in four million.

An Aho–Corasick automaton of the same terms spends a cache miss on every character, not on every word, and reports
every match inside words, to be thrown away; benchmarks/gazetteer.py shows both.
"""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from livener.recognizers.gazetteer.folding import MARK, SPACE, WORD, Codes, Folded

Ints = npt.NDArray[np.int64]
Starts = npt.NDArray[np.int32]

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_HALF = np.uint64(32)
SEPARATOR = "\0"
"""Stands between two terms, and between two texts that are searched together; no term contains it."""


@dataclass(frozen=True, slots=True)
class Index:
    """Terms by their folded prefixes.

    ``table`` uint64 (slots, 2): the hash of a prefix (0 = free), and 0 where no term ends, else the first such term:
    ``(term + 1) << 1``, plus 1 where it is exact. ``following`` int32 (terms,): the next term with the same folded
    form, or -1. Of an exact term ``t``, in which case and accents count, ``codes[offsets[t]:offsets[t + 1]]`` is what
    the original must be; a term that is not exact has an empty range. ``firsts`` uint8 (32768,): 1 for the first
    three folded characters of every term, five bits of each; what begins with no such three is not looked up.
    """

    table: npt.NDArray[np.uint64]
    following: npt.NDArray[np.int32]
    codes: Codes
    offsets: Ints
    firsts: npt.NDArray[np.uint8]

    @classmethod
    def build(cls, terms: Folded, exact: npt.NDArray[np.bool_]) -> "Index":
        """Index terms that were joined by `SEPARATOR` and folded, with a separator after the last one.

        >>> from livener.recognizers.gazetteer.folding import fold
        >>> index = Index.build(fold("New York\\0York\\0"), np.array([False, False]))
        >>> [array.tolist() for array in index.search(fold("in new york."))]
        [[3], [11], [0]]
        """
        ends = np.flatnonzero(terms.folded == ord(SEPARATOR))
        starts = np.append(0, ends[:-1] + 1)[: len(ends)]
        words = int(_count_words(terms.classes, terms.source)) - len(ends)  # a separator counts as one
        slots = 1 << (words * 3 // 2 + 8).bit_length()  # from a third to two thirds are taken
        table, following = np.zeros((slots, 2), np.uint64), np.full(len(exact), -1, np.int32)
        _fill(terms.folded, terms.classes, terms.source, starts, ends, exact, table, following)
        lengths = np.where(exact, ends - starts, 0)
        exact_code = np.repeat(exact, ends + 1 - starts) & (terms.folded != ord(SEPARATOR))
        firsts = np.zeros(1 << 15, np.uint8)
        _note_firsts(terms.folded, starts, ends, firsts)
        return cls(table, following, terms.exact[exact_code], np.append(0, np.cumsum(lengths)), firsts)

    def search(self, text: Folded) -> tuple[Starts, Starts, Ints]:
        """The leftmost longest terms that begin and end where words do, as (starts, ends, terms).

        Starts and ends are offsets of the original text, without overlaps, in order.
        """
        starts, ends, terms = _scan(
            *(text.folded, text.exact, text.classes, text.source),
            *(self.table, self.following, self.codes, self.offsets, self.firsts),
        )
        return text.source[starts], text.source[ends], terms


@numba.njit(cache=True)
def _edges(classes: Any, source: Any) -> Any:
    """Where a word may begin or end, by how many characters stand before, from none to all.

    Not between the letters of one, not before a mark, and not within a character that folded to two. A loop without
    branches, so that it is done for many characters at once: the others then ask for one byte.
    """
    edges = np.ones(len(classes) + 1, np.uint8)
    for i in range(1, len(classes)):
        before, after = classes[i - 1], classes[i]
        goes_on = (after == WORD) & ((before == WORD) | (before == MARK))
        edges[i] = 0 if goes_on | (after == MARK) | (source[i] == source[i - 1]) else 1
    return edges


@numba.njit(cache=True)
def _count_words(classes: Any, source: Any) -> int:
    edges = _edges(classes, source)
    words = 0
    for position in range(1, len(edges)):
        words += edges[position] and classes[position - 1] != SPACE
    return words


@numba.njit(cache=True)
def _slot(table: Any, key: Any) -> Any:
    """Where ``key`` is, or the free slot where it belongs."""
    mask = len(table) - 1
    slot = np.int64((key ^ (key >> _HALF)) & np.uint64(mask))
    while table[slot, 0] != 0 and table[slot, 0] != key:
        slot = (slot + 1) & mask
    return slot


@numba.njit(cache=True)
def _fill(
    folded: Any, classes: Any, source: Any, starts: Any, ends: Any, exact: Any, table: Any, following: Any
) -> None:
    edges = _edges(classes, source)
    for term in range(len(starts) - 1, -1, -1):  # backwards, because each becomes the first of its list
        key, slot = _SEED, np.int64(-1)
        for position in range(starts[term] + 1, ends[term] + 1):
            key = (key ^ np.uint64(folded[position - 1])) * _PRIME
            slot = np.int64(-1)
            if classes[position - 1] != SPACE and (edges[position] or position == ends[term]):
                slot = _slot(table, key)
                table[slot, 0] = key
        if slot < 0:  # nothing was left by folding, or a blank at the end: no text is this term
            continue
        following[term] = np.int64(table[slot, 1] >> np.uint64(1)) - 1
        table[slot, 1] = np.uint64((term + 1) * 2 + exact[term])


@numba.njit(cache=True)
def _note_firsts(folded: Any, starts: Any, ends: Any, firsts: Any) -> None:
    """Mark how the terms begin; of one that is shorter than three characters, with all that can follow it."""
    for term in range(len(starts)):
        length = min(3, ends[term] - starts[term])
        if length > 0:
            key = np.int64(0)
            for position in range(starts[term], starts[term] + length):
                key = key * 32 + np.int64(folded[position] & np.uint32(31))
            free = 1 << (5 * (3 - length))
            firsts[key * free : (key + 1) * free] = 1


@numba.njit(cache=True)
def _beginnings(folded: Any, classes: Any, edges: Any, firsts: Any) -> Any:
    """Where a term may begin, by what its first three characters can be."""
    length = len(folded)
    places, count = np.empty(length + 1, np.int32), 0
    for i in range(length):
        second = np.int64(folded[i + 1] & np.uint32(31)) if i + 1 < length else 0
        third = np.int64(folded[i + 2] & np.uint32(31)) if i + 2 < length else 0
        three = np.int64(folded[i] & np.uint32(31)) << 10 | second << 5 | third
        places[count] = i
        count += edges[i] & firsts[three] & (classes[i] != SPACE)  # no branch
    return places[:count]


@numba.njit(cache=True)
def _first_right(term: Any, written: Any, following: Any, codes: Any, offsets: Any) -> Any:
    """The first in the list from ``term`` that is not exact, or is exactly what is written; else -1."""
    while term >= 0:
        first, last = offsets[term], offsets[term + 1]
        if first == last or (last - first == len(written) and np.all(codes[first:last] == written)):
            return term
        term = following[term]
    return -1


@numba.njit(cache=True)
def _scan(
    folded: Any,
    original: Any,
    classes: Any,
    source: Any,
    table: Any,
    following: Any,
    codes: Any,
    offsets: Any,
    firsts: Any,
) -> Any:
    length = len(folded)
    edges = _edges(classes, source)
    found, count = np.empty((16, 3), np.int64), 0
    done = 0
    for start in _beginnings(folded, classes, edges, firsts):
        if start < done:
            continue
        key, best, best_end = _SEED, np.int64(-1), 0
        for position in range(start + 1, length + 1):
            key = (key ^ np.uint64(folded[position - 1])) * _PRIME
            if not edges[position] or classes[position - 1] == SPACE:
                continue
            slot = _slot(table, key)
            if table[slot, 0] == 0:
                break
            term = np.int64(table[slot, 1] >> np.uint64(1)) - 1
            if table[slot, 1] & np.uint64(1):
                term = _first_right(term, original[start:position], following, codes, offsets)
            if term >= 0:
                best, best_end = term, position
        if best >= 0:
            if count == len(found):
                found = np.concatenate((found, np.empty_like(found)))
            found[count, 0], found[count, 1], found[count, 2] = start, best_end, best
            count, done = count + 1, best_end
    return found[:count, 0], found[:count, 1], found[:count, 2]
