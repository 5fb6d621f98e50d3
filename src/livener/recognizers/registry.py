"""The recognizers that are there, by name: those of livener, and those of other packages by entry point."""

from typing import cast

from livener.extensions import added, found
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
    return sorted({*_BUILT_IN, *added(GROUP)})


def get(name: str) -> type[Recognizer]:
    """The class of a recognizer; a version (``"crf.v1"``) may be given and must be the one that is there.

    Raises:
        InputError: no such recognizer, or another version of it.
    """
    kind = found(name, group=GROUP, built_in=_BUILT_IN, what="recognizer", fix="a model of {}".format)
    return cast("type[Recognizer]", kind)
