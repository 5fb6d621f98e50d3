"""The recognizers that are there, by name: those of livener, and those of other packages by entry point."""

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from livener.errors import InputError
from livener.recognizers.base import Recognizer

GROUP = "livener.recognizers"
_BUILT_IN = {
    "bilstm_crf": "livener.recognizers.bilstm_crf:BilstmCrf",
    "cascade": "livener.recognizers.cascade:Cascade",
    "crf": "livener.recognizers.crf:Crf",
    "gazetteer": "livener.recognizers.gazetteer:Gazetteer",
    "llm": "livener.recognizers.llm:Llm",
    "patterns": "livener.recognizers.patterns:Patterns",
    "spacy": "livener.recognizers.spacy:Spacy",
    "transformer": "livener.recognizers.transformer:Transformer",
    "zero_shot": "livener.recognizers.zero_shot:ZeroShot",
}


def names() -> list[str]:
    """Every name that `get` takes, sorted.

    >>> "crf" in names()
    True
    """
    return sorted({*_BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def get(name: str) -> type[Recognizer]:
    """The class of a recognizer; a version (``"crf.v1"``) may be given and must be the one that is there.

    Raises:
        InputError: no such recognizer, or another version of it.
    """
    plain = name.partition(".")[0]
    if plain in _BUILT_IN:
        module, _, attribute = _BUILT_IN[plain].partition(":")
        found = cast("type[Recognizer]", getattr(import_module(module), attribute))
    else:
        points = [point for point in entry_points(group=GROUP) if point.name == plain]
        if not points:
            near = difflib.get_close_matches(plain, names(), n=1)
            raise InputError(f"no recognizer {name!r}", fix=repr(near[0]) if near else " | ".join(names()))
        found = cast("type[Recognizer]", points[0].load())
    if "." in name and found.name != name:
        raise InputError(f"this livener has {found.name}, not {name}", fix=f"a model of {found.name}")
    return found
