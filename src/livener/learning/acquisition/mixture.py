"""Several acquisition functions as one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Acquisition, Floats
from livener.learning.acquisition.diversity import Density
from livener.learning.acquisition.predictions import Predictions
from livener.learning.acquisition.rarity import RareForms, RareLabels
from livener.learning.acquisition.uncertainty import TokenEntropy


def _usual() -> dict[Acquisition, float]:
    return {TokenEntropy(): 0.6, Density(): 0.2, RareLabels(): 0.1, RareForms(): 0.1}


@dataclass(frozen=True, slots=True)
class Mixture:
    """The weighted mean of where each of the ``parts`` ranks a document; a random share is the selector's."""

    parts: Mapping[Acquisition, float] = field(default_factory=_usual)

    def score(self, predictions: Predictions) -> Floats:
        """From 0, last everywhere, to 1, first everywhere.

        Raises:
            InputError: there are no parts, or one has a negative weight.
        """
        if not self.parts or min(self.parts.values()) < 0 or sum(self.parts.values()) <= 0:
            raise InputError("a mixture of nothing", fix="parts with positive weights")
        ranks = [weight * _ranks(part.score(predictions)) for part, weight in self.parts.items()]
        return np.asarray(sum(ranks) / sum(self.parts.values()))


def _ranks(scores: Floats) -> Floats:
    """Of each score the share of those that are lower, equal ones counted half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    return np.asarray(((below + 0.5 * (counts - 1)) / max(len(scores) - 1, 1))[inverse]) if len(values) else scores
