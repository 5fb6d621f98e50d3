"""What an answer costs: tokens, or seconds as they were measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a document: so much for it, for each of its tokens and for each of its spans.

    The default counts tokens.

    >>> Cost()(np.array([12, 30]), np.array([0, 2])).tolist()
    [12.0, 30.0]
    >>> Cost.measured([10, 20, 40, 10], [1, 0, 2, 3], [8, 9, 18, 12])(np.array([20]), np.array([1])).round(1).tolist()
    [10.8]
    """

    per_document: float = 0.0
    per_token: float = 1.0
    per_span: float = 0.0

    def __call__(self, tokens: "np.typing.ArrayLike", spans: "np.typing.ArrayLike") -> Floats:
        """For documents with these numbers of tokens and spans (n,)."""
        return np.asarray(self.per_document + self.per_token * np.asarray(tokens) + self.per_span * np.asarray(spans))

    @classmethod
    def measured(cls, tokens: Sequence[float], spans: Sequence[float], seconds: Sequence[float]) -> "Cost":
        """From the active seconds that people needed for documents: least squares, nothing costing less than 0.

        Raises:
            InputError: fewer than three documents, or none that took any time.
        """
        wanted = np.asarray(seconds, np.float64)
        if len(wanted) < 3 or not wanted.sum() > 0:
            raise InputError("too few measured times to tell what a document costs", fix="at least three documents")
        columns = np.stack([np.ones(len(wanted)), np.asarray(tokens, float), np.asarray(spans, float)], axis=1)
        best, parts = np.inf, np.zeros(3)
        for size in (1, 2, 3):  # the best non-negative solution has some of the three at 0, and is free in the others
            for free in combinations(range(3), size):
                found = np.linalg.lstsq(columns[:, free], wanted, rcond=None)[0]
                error = float(((columns[:, free] @ found - wanted) ** 2).sum())
                if (found >= 0).all() and error < best - 1e-9:
                    best, parts = error, np.zeros(3)
                    parts[list(free)] = found
        return cls(*parts.tolist())
