"""Patterns of the user's own, from TOML."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]

from livener.errors import InputError
from livener.text import Range

_FIELDS: dict[str, tuple[type, ...]] = {
    "label": (str,),
    "regex": (str,),
    "name": (str,),
    "flags": (str,),
    "score": (float, int),
    "group": (int, str),
}


@dataclass(frozen=True, slots=True)
class UserPattern:
    """A regular expression in the syntax of the package ``regex``, which extends that of ``re``.

    ``group``: the number or the name of the group that is the span, by default all of the match. ``flags``: letters
    out of ``imsx``, as in ``(?i)``. ``score``: an estimate of how often it is right. ``name`` is for messages.

    Raises:
        InputError: the expression cannot be compiled or has no such group; an empty label, a wrong flag or score.

    >>> list(UserPattern("TICKET", r"ticket (\\d+)", flags="i", group=1).find("Ticket 7 and ticket 12", timeout=1))
    [(7, 8), (20, 22)]
    """

    label: str
    regex: str
    name: str = ""
    flags: str = ""
    score: float = 0.9
    group: int | str = 0
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = f"pattern {self.name or self.label!r}"
        if not self.label or not set(self.flags) <= set("imsx") or not 0 <= self.score <= 1:
            raise InputError("a wrong value", where=where, fix="a label, flags out of imsx, a score from 0 to 1")
        try:
            compiled = regex.compile(f"(?{self.flags}){self.regex}" if self.flags else self.regex)
        except regex.error as error:
            raise InputError(f"{self.regex!r}: {error}", where=where, fix="a regular expression") from None
        if self.group not in {*range(compiled.groups + 1), *compiled.groupindex}:
            raise InputError(f"{self.regex!r} has no group {self.group!r}", where=where)
        object.__setattr__(self, "_compiled", compiled)

    def find(self, text: str, *, timeout: float) -> Iterator[Range]:
        """The ranges that it matches, without empty ones.

        Raises:
            TimeoutError: all of the text took more than ``timeout`` seconds of processor time.
        """
        for match in self._compiled.finditer(text, timeout=timeout):
            start, end = match.span(self.group)
            if start < end:
                yield start, end

    def settings(self) -> dict[str, Any]:
        """As a table of TOML or JSON."""
        return {key: getattr(self, key) for key in _FIELDS}


def read_patterns(path: str | Path) -> list[UserPattern]:
    """The tables ``[[pattern]]`` of a TOML file, each with the fields of `UserPattern`.

    Raises:
        InputError: no such file, not TOML, an unknown key, a value of the wrong type, an expression that is wrong.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ours.toml")
    ...     _ = path.write_text("[[pattern]]\\nlabel = 'CASE'\\nregex = '[A-Z]{2}-[0-9]{4}'\\n")
    ...     read_patterns(path)
    [UserPattern(label='CASE', regex='[A-Z]{2}-[0-9]{4}', name='', flags='', score=0.9, group=0)]
    """
    try:
        with Path(path).open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML: {error}", where=str(path)) from None
    tables = content.get("pattern", [])
    if content.keys() - {"pattern"} or not isinstance(tables, list):
        raise InputError("not a list of patterns", where=str(path), fix="tables [[pattern]] and nothing else")
    return [pattern_from(table, where=f"{path}: pattern {number}") for number, table in enumerate(tables, 1)]


def pattern_from(table: Any, *, where: str) -> UserPattern:
    """A pattern from one table of TOML or JSON."""
    if not isinstance(table, Mapping) or not {"label", "regex"} <= table.keys() <= _FIELDS.keys():
        raise InputError("not a pattern", where=where, fix=f"label, regex, and none but {', '.join(_FIELDS)}")
    for key, value in table.items():
        if type(value) not in _FIELDS[key]:
            raise InputError(f"{key} is {value!r}", where=where, fix=" or ".join(k.__name__ for k in _FIELDS[key]))
    try:
        return UserPattern(**table)
    except InputError as error:
        raise InputError(error.problem, where=f"{where} ({table['label']})", fix=error.fix) from None
