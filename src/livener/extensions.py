"""What livener has under a name, and what other packages add to it by entry point."""

import difflib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from livener.errors import InputError


def added(group: str) -> set[str]:
    """The names that other packages add to a group of entry points."""
    return {point.name for point in entry_points(group=group)}


def found(name: str, *, group: str, built_in: Mapping[str, str], what: str, fix: Callable[[str], str]) -> Any:
    """The class of a name with or without a version (``"crf.v1"``), which must then be the one that is there.

    ``built_in`` are those of livener as ``module:class``, imported when they are asked for. ``what`` is what they are
    called; ``fix`` says for a class of another version how it is asked for.

    Raises:
        InputError: there is none of that name, or it is of another version.

    >>> crf = {"crf": "livener.recognizers.crf:Crf"}
    >>> found("crf.v2", group="livener.recognizers", built_in=crf, what="recognizer", fix=repr)
    Traceback (most recent call last):
    ...
    livener.errors.InputError: this livener has crf.v1, not crf.v2 (expected 'crf.v1')
    """
    plain = name.partition(".")[0]
    if plain in built_in:
        module, _, attribute = built_in[plain].partition(":")
        kind = getattr(import_module(module), attribute)
    else:
        kind = loaded(plain, group=group, built_in=built_in, what=what, asked=name)
    if "." in name and kind.name != name:
        raise InputError(f"this livener has {kind.name}, not {name}", fix=fix(kind.name))
    return kind


def loaded(name: str, *, group: str, built_in: Mapping[str, Any], what: str, asked: str | None = None) -> Any:
    """What another package has under the name in a group of entry points.

    Raises:
        InputError: nothing; the nearest name that there is, or all of them, are told.
    """
    for point in entry_points(group=group):
        if point.name == name:
            return point.load()
    names = [*built_in, *sorted(added(group) - built_in.keys())]
    near = difflib.get_close_matches(name, names, n=1)
    raise InputError(f"no {what} {asked or name!r}", fix=repr(near[0]) if near else " | ".join(names))
