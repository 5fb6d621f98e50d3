"""Lists in parts: where the last part ended travels as an opaque cursor."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import Field

from livener.errors import InputError

MAX_ID = 2**63 - 1

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the part before.")]

_Row = TypeVar("_Row")


def page(
    rows: Sequence[_Row], *, limit: int, key: Callable[[_Row], Sequence[Any]], answer: Callable[[_Row], Any]
) -> dict[str, Any]:
    """One part of a list, of rows of which one more than ``limit`` was asked for.

    >>> part = page([1, 2, 3], limit=2, key=lambda row: [row], answer=str)
    >>> part["items"], after(part["next"], of=(int,))
    (['1', '2'], (2,))
    """
    more = len(rows) > limit
    return {"items": [answer(row) for row in rows[:limit]], "next": cursor(key(rows[limit - 1])) if more else None}


def cursor(values: Sequence[Any]) -> str:
    """The cursor of a list that goes on after the row with these values of its order."""
    return base64.urlsafe_b64encode(json.dumps(list(values), separators=(",", ":")).encode()).decode().rstrip("=")


def after(given: str | None, *, of: Sequence[type]) -> tuple[Any, ...] | None:
    """The values of a cursor, or None for the beginning of the list.

    They say only where to go on: what may be seen is decided without them, so that they need no signature.

    Raises:
        InputError: it is none that this server gave out for such a list.

    >>> after("WzJd", of=(str,))
    Traceback (most recent call last):
    ...
    livener.errors.InputError: query.cursor: not a cursor of this list (expected `next` of an earlier answer)
    """
    if given is None:
        return None
    try:
        values = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        values = None
    fits = isinstance(values, list) and len(values) == len(of)
    if not fits or not all(type(value) is kind for value, kind in zip(values, of, strict=True)):
        raise _refused()
    if any(
        (kind is int and abs(value) > MAX_ID) or (kind is str and not _storable(value))
        for value, kind in zip(values, of, strict=True)
    ):
        raise _refused()
    return tuple(values)


def _storable(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _refused() -> InputError:
    return InputError("not a cursor of this list", where="query.cursor", fix="`next` of an earlier answer")
