"""The drift tests that are there, by name: those of livener, and those of other packages by entry point."""

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from livener.errors import InputError
from livener.monitoring.drift.measures import DriftTest

GROUP = "livener.drift_tests"
BUILT_IN = {
    "label_rates": "livener.monitoring.drift.labels:LabelRates",
    "label_shares": "livener.monitoring.drift.labels:LabelShares",
    "labels_given_words": "livener.monitoring.drift.labels:LabelsGivenWords",
    "span_lengths": "livener.monitoring.drift.scores:SpanLengths",
    "confidence": "livener.monitoring.drift.scores:Confidence",
    "entropy": "livener.monitoring.drift.scores:Entropy",
    "low_confidence": "livener.monitoring.drift.scores:LowConfidence",
    "unknown_words": "livener.monitoring.drift.texts:UnknownWords",
    "new_forms": "livener.monitoring.drift.texts:NewForms",
    "document_lengths": "livener.monitoring.drift.texts:DocumentLengths",
    "languages": "livener.monitoring.drift.texts:Languages",
    "origins": "livener.monitoring.drift.texts:Origins",
    "embedding": "livener.monitoring.drift.embedding:Embedding",
}


def names() -> list[str]:
    """Every name that `get` takes, without versions.

    >>> names()[:2]
    ['label_rates', 'label_shares']
    """
    return [*BUILT_IN, *sorted({point.name for point in entry_points(group=GROUP)} - BUILT_IN.keys())]


def get(name: str) -> DriftTest:
    """A drift test, by its name with or without a version, which must then be the one that is there.

    Raises:
        InputError: no such test, or another version of it.

    >>> get("entropy.v1").name
    'entropy.v1'
    """
    plain = name.partition(".")[0]
    if plain in BUILT_IN:
        module, _, attribute = BUILT_IN[plain].partition(":")
        found = cast("type[DriftTest]", getattr(import_module(module), attribute))
    else:
        points = [point for point in entry_points(group=GROUP) if point.name == plain]
        if not points:
            near = difflib.get_close_matches(plain, names(), n=1)
            raise InputError(f"no drift test {name!r}", fix=repr(near[0]) if near else " | ".join(names()))
        found = cast("type[DriftTest]", points[0].load())
    if "." in name and found.name != name:
        raise InputError(f"this livener has {found.name}, not {name}", fix=found.name)
    return found()
