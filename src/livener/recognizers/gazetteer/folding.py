"""Case and accent folding that knows where every folded character came from."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]

OTHER, SPACE, WORD, UNSPACED, MARK = range(5)
"""Classes of characters: a word ends where its letters do, except in scripts that put no space between words."""

_UNICODE = 0x110000
_ASSIGNED = 0x323B0  # no letter or mark lies beyond the ideographs that end here, selectors (which are marks) apart
_UNSPACED = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),  # Thai, Lao; Myanmar; Khmer
    *((0x2E80, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, _ASSIGNED)),  # Han, kana
)
_ALIKE = {"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"}  # what term lists and texts write differently
_STROKED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as arrays of one item per folded character.

    ``folded`` and ``exact`` hold code points (the folded one, and the original one that it came from), ``classes``
    the class of the original character; ``source``, one longer, its position in the original text, and then the
    length of that text. A character that folds to two occurs twice, one that folds to nothing does not occur.
    """

    folded: Codes
    exact: Codes
    classes: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]


def fold(text: str, *, ignore_case: bool = True, ignore_accents: bool = True) -> Folded:
    """Fold ``text``: case by Unicode's full case folding, accents by dropping combining diacritical marks.

    White space becomes a blank, curly apostrophes and the many hyphens become the plain ones.

    >>> folded = fold("Die Straße")
    >>> "".join(map(chr, folded.folded)), folded.source.tolist()
    ('die strasse', [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10])

    Source: The Unicode Standard, section 3.13 (default case folding) and chapter 7.9 (combining marks).
    """
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    table, longer = _folding(ignore_case, ignore_accents)
    folded, classes, several = _looked_up(codes, table, _classes())
    source = np.arange(len(codes) + 1, dtype=np.int32)
    if several:
        odd = np.flatnonzero(folded >= _UNICODE)
        lengths = np.ones(len(codes), np.int64)
        replacement = longer[folded[odd] - _UNICODE]
        lengths[odd] = (replacement > 0).sum(axis=1)
        positions = np.repeat(np.arange(len(codes), dtype=np.int32), lengths)
        place = np.arange(len(positions)) - (np.cumsum(lengths) - lengths)[positions]
        folded = folded[positions]
        odd = np.flatnonzero(folded >= _UNICODE)
        folded[odd] = longer[folded[odd] - _UNICODE, place[odd]]
        codes, classes = codes[positions], classes[positions]
        source = np.append(positions, np.int32(len(text)))
    return Folded(folded, codes, classes, source)


@numba.njit(cache=True)
def _looked_up(codes: Any, table: Any, classes: Any) -> Any:
    """Both tables at once, and whether some character folds to none or several."""
    folded, found, several = np.empty(len(codes), np.uint32), np.empty(len(codes), np.uint8), False
    for i in range(len(codes)):
        folded[i], found[i] = table[codes[i]], classes[codes[i]]
        several |= folded[i] >= _UNICODE
    return folded, found, several


@cache
def _folding(ignore_case: bool, ignore_accents: bool) -> tuple[Codes, Codes]:
    """Code point to folded code point, or to ``_UNICODE + row`` of a table of replacements that are not one long."""
    table = np.arange(_UNICODE, dtype=np.uint32)
    longer: dict[str, int] = {}
    for code in range(0x1E944):
        if 0x3400 <= code < 0xA640 or 0xAC00 <= code < 0xF900:  # ideographs, Hangul, surrogates, private use
            continue
        character = chr(code)
        folded = _fold_character(character, ignore_case, ignore_accents)
        if len(folded) == 1:
            table[code] = ord(folded)
        elif folded != character:
            table[code] = _UNICODE + longer.setdefault(folded, len(longer))
    replacements = np.zeros((len(longer), max(map(len, longer), default=0)), np.uint32)
    for folded, row in longer.items():
        replacements[row, : len(folded)] = [ord(character) for character in folded]
    return table, replacements


def _fold_character(character: str, ignore_case: bool, ignore_accents: bool) -> str:
    if character.isspace():
        return " "
    folded = _ALIKE.get(character, character)
    if ignore_case:
        folded = folded.casefold()
    if ignore_accents:
        parts = unicodedata.normalize("NFD", folded)
        bare = "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
        folded = unicodedata.normalize("NFC", "".join(_STROKED.get(part, part) for part in bare))
    return folded


@cache
def _classes() -> npt.NDArray[np.uint8]:
    classes = np.zeros(_UNICODE, np.uint8)
    for code in range(_ASSIGNED):
        character = chr(code)
        if character.isalnum():
            classes[code] = WORD
        elif character.isspace():
            classes[code] = SPACE
        elif unicodedata.category(character)[0] == "M":
            classes[code] = MARK
    for first, last in _UNSPACED:
        block = classes[first : last + 1]
        block[block == WORD] = UNSPACED
    return classes
