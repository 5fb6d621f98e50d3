"""The features of one word: its form, affixes, shape and kinds of characters."""

import re

_RUN = re.compile(r"(.)\1+")
_LONG_RUN = re.compile(r"(.)\1{2,}")


class _Shapes(dict[int, str]):
    """A table for `str.translate` that learns the class of a character when it first meets it."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isupper():
            shape = "X"
        elif character.islower():
            shape = "x"
        elif character.isdigit():
            shape = "d"
        elif character.isalpha():
            shape = "a"
        else:
            shape = character
        self[code] = shape
        return shape


_SHAPES = _Shapes()


def word_features(word: str) -> list[str]:
    """The names of the features that are true of a word.

    >>> word_features("U.S.")[:4]
    ['w=u.s.', 'W=U.S.', 'p1=u', 's1=.']
    """
    lower = word.lower()
    features = ["bias", "w=" + lower] if lower == word else ["bias", "w=" + lower, "W=" + word]
    for size in range(1, min(7, len(lower) + 1)):
        features.append(f"p{size}={lower[:size]}")
        features.append(f"s{size}={lower[-size:]}")
    shape = word.translate(_SHAPES)
    features.append("shape=" + _LONG_RUN.sub(r"\1\1", shape))
    features.append("short=" + _RUN.sub(r"\1", shape))
    if word.isupper():
        features.append("upper")
    elif word[:1].isupper():
        features.append("title")
    if "d" in shape:
        features.append("digits" if word.isdigit() else "digit")
    if "-" in word:
        features.append("hyphen")
    return features[1:] + features[:1]


def case_of(word: str) -> str:
    """U for upper case, T for a capital first, l for the rest; joined to the coarse clusters."""
    return "U" if word.isupper() else "T" if word[:1].isupper() else "l"
