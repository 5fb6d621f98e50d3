"""Settings of recognizers: a frozen dataclass each, filled from untrusted keys and values."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from livener.errors import InputError

S = TypeVar("S")


def parse_settings(kind: type[S], values: Mapping[str, Any], *, where: str) -> S:
    """An instance of the dataclass ``kind`` with these values, each checked against its field's type.

    Raises:
        InputError: an unknown key (the nearest right one is named) or a value of the wrong type.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Example:
    ...     rate: float = 0.1
    >>> parse_settings(Example, {"rat": 1}, where="crf")
    Traceback (most recent call last):
    ...
    livener.errors.InputError: crf: no setting 'rat' (expected 'rate')
    """
    import pydantic  # checking is only for training: prediction starts without it

    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for key in values:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            raise InputError(
                f"no setting {key!r}", where=where, fix=repr(near[0]) if near else " | ".join(sorted(names))
            )
    try:
        return pydantic.TypeAdapter(kind).validate_python(dict(values))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        wanted = first["msg"].removeprefix("Input should be ")
        raise InputError(f"setting {place} = {first['input']!r}", where=where, fix=wanted) from None
