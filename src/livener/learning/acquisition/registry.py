"""The acquisition functions that are there, by name: those of livener, and those of other packages by entry point."""

from collections.abc import Mapping
from typing import Any

from livener.errors import InputError
from livener.extensions import added, loaded
from livener.learning.acquisition.base import Acquisition
from livener.learning.acquisition.diversity import CoreSet, Density, NewDomain
from livener.learning.acquisition.mixture import Mixture
from livener.learning.acquisition.rarity import PastErrors, RareForms, RareLabels
from livener.learning.acquisition.uncertainty import (
    Bald,
    Disagreement,
    LeastConfidence,
    Margin,
    Mnlp,
    Random,
    SequenceEntropy,
    TokenEntropy,
)

GROUP = "livener.acquisition"
_BUILT_IN: dict[str, type[Any]] = {
    "bald": Bald,
    "core_set": CoreSet,
    "density": Density,
    "disagreement": Disagreement,
    "least_confidence": LeastConfidence,
    "margin": Margin,
    "mixture": Mixture,
    "mnlp": Mnlp,
    "new_domain": NewDomain,
    "past_errors": PastErrors,
    "random": Random,
    "rare_forms": RareForms,
    "rare_labels": RareLabels,
    "sequence_entropy": SequenceEntropy,
    "token_entropy": TokenEntropy,
}


def names() -> list[str]:
    """Every name that `create` takes, sorted.

    >>> "mnlp" in names()
    True
    """
    return sorted({*_BUILT_IN, *added(GROUP)})


def create(name: str, settings: Mapping[str, Any] | None = None) -> Acquisition:
    """An acquisition function with its settings.

    Raises:
        InputError: there is none of that name, or it has no such setting.

    >>> create("token_entropy", {"power": 0.5})
    TokenEntropy(power=0.5)
    """
    kind = _BUILT_IN.get(name) or loaded(name, group=GROUP, built_in=_BUILT_IN, what="strategy")
    settings = dict(settings or {})
    numbers = {
        one: default
        for one in getattr(kind, "__dataclass_fields__", {})
        if isinstance(default := getattr(kind(), one), int | float)
    }
    if unknown := sorted(settings.keys() - numbers.keys()):
        raise InputError(
            f"no setting {unknown[0]!r}", where=name, fix=" | ".join(numbers) if numbers else "no settings"
        )
    for key, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, type(numbers[key]) | int) or value < 0:
            raise InputError(f"{key} is {value!r}", where=name, fix=f"{type(numbers[key]).__name__} >= 0")
    made: Acquisition = kind(**settings)
    return made
