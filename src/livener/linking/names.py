"""How names are compared: folded, by initials, by last word, and by keys that survive a slip of the pen."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_PIECE = 7
_DELETED, _ENDS = 16, 10  # up to so long by deletions, from so long by both ends; between them both
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENDING = re.compile(r"(?:[a-z]?(?:y|ie|ey|s|o|er))?")  # the letter before may be doubled: "Philly"
_NO_WORD = re.compile(r"[\W_]+")


def fold_name(name: str) -> str:
    """A name without case, accents, punctuation, a leading article or ``#``; CamelCase is several words.

    >>> fold_name("The São-Paulo F.C."), fold_name("#NewYorkCity"), fold_name("Ada’s")
    ('sao paulo fc', 'new york city', 'adas')
    """
    if name[:1] in "#@":
        name = _CAMEL.sub(" ", name[1:])
    if not name.isascii():
        parts = unicodedata.normalize("NFKD", name)
        name = "".join(part for part in parts if not unicodedata.combining(part))
    name = name.casefold().replace(".", "").replace("'", "").replace("’", "")
    name = _NO_WORD.sub(" ", name).strip()
    return name.removeprefix("the ")


def initials(folded: str) -> str:
    """The letters that an acronym of a folded name of several words has; small words count for nothing.

    >>> initials("university of california"), initials("oslo")
    ('uc', '')
    """
    words = [word for word in folded.split() if word not in ("of", "the", "and", "for", "in", "de", "du", "des")]
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def clipped(short: str, folded: str) -> bool:
    """Whether a word is how people shorten a folded name: made of beginnings of all its words, of the first at least
    three letters; or of one word at least four, with an ending or without.

    >>> [clipped("joepa", "joe paterno"), clipped("philly", "philadelphia"), clipped("joeb", "joe paterno")]
    [True, True, False]
    """
    first, *others = folded.split(" ")
    same = _alike(short, first)
    if not others:
        return same >= 4 and len(first) >= len(short) and _ENDING.fullmatch(short, same) is not None
    ends = set(range(3, same + 1))
    for word in others:
        ends = {end + more for end in ends for more in range(1, _alike(short[end:], word) + 1)}
    return len(short) in ends


def _alike(one: str, other: str) -> int:
    """With how many letters both begin."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def fuzzy_keys(names: Sequence[str]) -> tuple[Keys, npt.NDArray[np.int64]]:
    """Keys of folded names and, for each key, which name it is of.

    Two names within one edit share a key: short ones have a key for every deletion of one character (Mor and
    Fraenkel 1982, as in SymSpell), long ones for their first and their last seven characters, of which one edit can
    only spoil one.

    >>> a, b, c = ({int(key) for key in fuzzy_keys([name])[0]} for name in ("obama", "obema", "paris"))
    >>> bool(a & b), bool(a & c)
    (True, False)
    """
    lengths = np.array([len(name) for name in names], np.int64)
    keys: list[Keys] = []
    owners: list[npt.NDArray[np.int64]] = []

    def add(codes: npt.NDArray[np.uint32], columns: Sequence[int], salt: int, members: npt.NDArray[np.int64]) -> None:
        hashed = np.full(len(codes), _SEED ^ np.uint64(salt))
        for column in columns:
            hashed = (hashed ^ codes[:, column]) * _PRIME
        keys.append(hashed)
        owners.append(members)

    for length in np.unique(lengths[lengths > 1]):
        members = np.flatnonzero(lengths == length)
        if length <= _DELETED:
            codes = _codes([names[i] for i in members.tolist()], int(length))
            add(codes, range(length), int(length), members)
            for left_out in range(length):
                add(codes, [i for i in range(length) if i != left_out], int(length) - 1, members)
    members = np.flatnonzero(lengths >= _ENDS)
    if len(members):
        add(_codes([names[i][:_PIECE] for i in members.tolist()], _PIECE), range(_PIECE), 1000, members)
        add(_codes([names[i][-_PIECE:] for i in members.tolist()], _PIECE), range(_PIECE), 2000, members)
    if not keys:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    return np.concatenate(keys), np.concatenate(owners)


def _codes(names: list[str], length: int) -> npt.NDArray[np.uint32]:
    return np.frombuffer("".join(names).encode("utf-32-le"), np.uint32).reshape(-1, length)
