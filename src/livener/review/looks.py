"""How labels look: the colour and the key of each, as a project chose them. What was not chosen follows the order."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from livener.errors import InputError

COLOURS = ("blue", "orange", "green", "pink", "vermilion", "sky", "violet", "stone")
"""The palette that stays apart for colour-blind eyes."""
KEYS = "123456789bdhijknopqrtvwyz"
"""The keys that do nothing else while somebody reviews, in either set of keys."""

_HEX = re.compile(r"#[0-9a-f]{6}")


def _colour(value: str) -> str:
    if value not in COLOURS and not _HEX.fullmatch(value):
        raise ValueError(f"no colour {value[:20]!r}; one of {', '.join(COLOURS)}, or #rrggbb")
    return value


def _key(value: str) -> str:
    if len(value) != 1 or value not in KEYS:
        raise ValueError(f"no key for a label: {value[:20]!r}; free are {' '.join(KEYS)}")
    return value


class Look(BaseModel):
    """The colour (of the palette, or ``#rrggbb``) and the key of a label; None follows the order of the labels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    colour: Annotated[str, AfterValidator(_colour)] | None = None
    key: Annotated[str, AfterValidator(_key)] | None = None


def looks_of(settings: Mapping[str, Any]) -> dict[str, Look]:
    """The looks of a project's labels (``Project.settings["looks"]``).

    Raises:
        InputError: a colour or a key that cannot be one, or one key for two labels.

    >>> looks_of({"looks": {"ORG": {"colour": "sky", "key": "o"}}})["ORG"].key
    'o'
    >>> looks_of({"looks": {"ORG": {"key": "o"}, "OTHER": {"key": "o"}}})
    Traceback (most recent call last):
    ...
    livener.errors.InputError: looks.OTHER: the key 'o' is that of 'ORG' (expected another key)
    """
    given = settings.get("looks", {})
    if not isinstance(given, Mapping):
        raise InputError("not an object", where="looks", fix='{"ORG": {"colour": "blue", "key": "o"}}')
    looks: dict[str, Look] = {}
    taken: dict[str, str] = {}
    for label, one in given.items():
        try:
            look = looks[label] = Look.model_validate(one)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("looks", label, *first["loc"])))
            raise InputError(first["msg"].removeprefix("Value error, "), where=where) from None
        if look.key and look.key in taken:
            raise InputError(
                f"the key {look.key!r} is that of {taken[look.key]!r}", where=f"looks.{label}", fix="another key"
            )
        if look.key:
            taken[look.key] = label
    return looks


def kept(looks: Mapping[str, Look], labels: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is stored of looks: that of labels that there are, where something was chosen."""
    there = set(labels)
    found = {label: look.model_dump(exclude_none=True) for label, look in looks.items() if label in there}
    return {label: look for label, look in found.items() if look}
