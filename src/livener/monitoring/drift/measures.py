"""What a drift test is, and what it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from livener.monitoring.drift.window import Window


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was compared: how it stands in the reference and now, by how much it moved and how surely.

    ``subject`` is a label or what else is meant, ``quantity`` says what of it. ``effect`` is a size that does not
    grow with the number of documents, ``scale`` says which; a movement below ``minimum`` is of no interest however
    sure. ``p_value`` is before correction for the number of comparisons.
    """

    test: str
    subject: str
    quantity: str
    reference: float
    current: float
    statistic: float
    p_value: float
    effect: float
    scale: str
    minimum: float
    extra: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class DriftTest(Protocol):
    """Compares two windows in one respect. ``name`` carries a version; ``about`` is ``"text"`` or ``"spans"``: what
    moves without the model having changed, and what may move for either reason.

    A class without arguments; a package announces its own in the entry-point group ``livener.drift_tests``.
    """

    name: ClassVar[str]
    about: ClassVar[str]

    def __call__(self, reference: Window, current: Window) -> Iterable[Measure]: ...
