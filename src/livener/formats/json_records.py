"""What the formats made of JSON share: records from an array or from lines, and errors that say what was expected."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TypeVar

from livener.errors import InputError
from livener.formats.source import Source
from livener.text import Document

_KINDS = {str: "a string", int: "an integer", list: "a list", dict: "an object", bool: "true or false"}
_Kind = TypeVar("_Kind", str, int, bool, list[Any], dict[str, Any])
_ARRAY = re.compile(r"\s*\[\s*(?![\s\"])")  # a line that is a list, as spaCy has them, begins with a string
_SPREAD = re.compile(r"\s*[\[{][ \t\r]*\n")

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def first_record(head: str) -> Any:
    """The first record of a file that begins so, ``None`` where there is none.

    >>> first_record('[{"text": "Ada"}, {"te'), first_record('{"text": "Ada"}'), first_record("Ada left")
    ({'text': 'Ada'}, {'text': 'Ada'}, None)
    """
    text = head.lstrip()
    if _ARRAY.match(text):
        text = text[1:].lstrip()
    try:
        return json.JSONDecoder().raw_decode(text)[0] if text[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def records(source: Source) -> Iterator[tuple[str, Any]]:
    """Every record with the place to name in messages: the items of an array, one object, or one value a line.

    Lines are a stream; an array is read at once.
    """
    head = source.head()
    if _ARRAY.match(head) or _SPREAD.match(head):
        whole = decoded(source.text(), source.name)
        for number, record in enumerate(whole if isinstance(whole, list) else [whole], 1):
            yield f"{source.name}: record {number}", record
        return
    empty = True
    for number, line in enumerate(source.lines(), 1):
        if line and not line.isspace():
            empty = False
            yield f"{source.name}:{number}", decoded(line, f"{source.name}:{number}")
    if empty:
        raise InputError("the file is empty", where=source.name)


def decoded(text: str, where: str) -> Any:
    """The value that a text is as JSON.

    Raises:
        InputError: it is no JSON, or holds half a surrogate pair, NaN or an infinity.
    """
    try:
        value = _DECODE(text)
        if "\\ud" in text or "\\uD" in text:  # the only way in for a lone surrogate
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise InputError(f"not JSON: {error.msg} at {line}column {error.colno}", where=where) from None
    except UnicodeEncodeError as error:
        surrogate = f"lone surrogate U+{ord(error.object[error.start]):04X}"
        raise InputError(surrogate, where=where, fix="text that can be encoded as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", where=where) from None
    return value


def encoded(value: Any, document: Document) -> str:
    """What is written for a document, as JSON on one line.

    Raises:
        InputError: its metadata are not JSON.
    """
    try:
        return _ENCODE(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"cannot be written as JSON: {error}", where=f"document {document.id!r}") from None


def refuse_shadows(one: Document, keys: Iterable[str], format: str) -> None:
    """Refuse metadata that would stand in the place of a key of the format."""
    if shadows := sorted(set(keys).intersection(one.meta)):
        problem = f"the metadata {shadows[0]!r} has the name of a key of {format}"
        raise InputError(problem, where=f"document {one.id!r}", fix="another name")


def wrong(where: str, name: str, value: Any, fix: str, *, missing: bool = False) -> NoReturn:
    """Say that the value of ``name`` is not what it should be."""
    shown = json.dumps(value, ensure_ascii=False)
    problem = f"{name} is missing" if missing else f"{name} is {shown[:40]}{'…' * (len(shown) > 40)}"
    raise InputError(problem, where=where, fix=fix)


def checked(value: Any, kind: type[_Kind], name: str, where: str) -> _Kind:
    """The value, which must be of that kind; ``true`` is no integer."""
    if type(value) is not kind:
        wrong(where, name, value, _KINDS[kind])
    return value


def required(record: Any, key: str, kind: type[_Kind], where: str) -> _Kind:
    """What an object holds under a key that it must have."""
    found = checked(record, dict, "the record", where)
    if key not in found:
        wrong(where, f'"{key}"', None, _KINDS[kind], missing=True)
    return checked(found[key], kind, f'"{key}"', where)


def optional(record: dict[str, Any], key: str, kind: type[_Kind], where: str) -> _Kind | None:
    """What an object holds under a key, ``None`` where it has it not, or ``null``."""
    return None if record.get(key) is None else checked(record[key], kind, f'"{key}"', where)


def score(value: Any, where: str) -> float | None:
    """A score from 0 to 1, or none."""
    if value is not None and not (type(value) in (int, float) and 0 <= value <= 1):
        wrong(where, '"score"', value, "a number from 0 to 1")
    return None if value is None else float(value)


def label(value: Any, where: str) -> str:
    """A label: a string that is not empty."""
    if type(value) is not str or not value:
        wrong(where, '"label"', value, "a string that is not empty")
    return value


def identifier(value: Any, default: str) -> str:
    """An id that may be a number, or the default."""
    return str(value) if type(value) in (str, int) else default


def document(where: str, *values: Any, **named: Any) -> Document:
    """A `Document`; what is wrong with it is told with its place in the file, which says more than its id."""
    try:
        return Document(*values, **named)
    except InputError as error:
        raise InputError(error.problem, where=where, fix=error.fix) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


_DECODE = json.JSONDecoder(parse_constant=_refuse_constant).decode
