"""What every acquisition function offers."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from livener.learning.acquisition.predictions import Predictions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@runtime_checkable
class Acquisition(Protocol):
    """How much an answer of a person on each document would teach: the higher the score, the sooner it is asked."""

    def score(self, predictions: "Predictions") -> Floats:
        """One number for each document of the pool (n_documents,); only their order means something."""
        ...
