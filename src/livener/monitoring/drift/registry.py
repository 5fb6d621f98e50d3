"""The drift tests that are there, by name: those of livener, and those of other packages by entry point."""

from typing import cast

from livener.extensions import added, found
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
    "text_distance": "livener.monitoring.drift.distance:TextDistance",
    "encoder_distance": "livener.monitoring.drift.distance:EncoderDistance",
}
USUAL = tuple(name for name in BUILT_IN if not name.endswith("_distance"))
"""Those that are run when none are named: the others take longer, and one needs an extra."""


def names() -> list[str]:
    """Every name that `get` takes, without versions.

    >>> names()[:2]
    ['label_rates', 'label_shares']
    """
    return [*BUILT_IN, *sorted(added(GROUP) - BUILT_IN.keys())]


def get(name: str) -> DriftTest:
    """A drift test, by its name with or without a version, which must then be the one that is there.

    Raises:
        InputError: no such test, or another version of it.

    >>> get("entropy.v1").name
    'entropy.v1'
    """
    kind = found(name, group=GROUP, built_in=BUILT_IN, what="drift test", fix=str)
    return cast("type[DriftTest]", kind)()
