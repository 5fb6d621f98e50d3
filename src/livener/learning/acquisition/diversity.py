"""Documents that stand for many others, or for what the model has not seen."""

from dataclasses import dataclass

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats
from livener.learning.acquisition.predictions import Predictions
from livener.learning.acquisition.uncertainty import TokenEntropy

_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Density:
    """Token entropy, times how near the document is to the others on average (Settles and Craven 2008)."""

    beta: float = 1.0

    def score(self, predictions: Predictions) -> Floats:
        """Entropy times mean similarity to the ``beta``."""
        vectors = predictions.embeddings
        similarity = np.clip(vectors @ _mean(vectors), 0.0, None)
        return np.asarray(TokenEntropy().score(predictions) * similarity**self.beta)


@dataclass(frozen=True, slots=True)
class CoreSet:
    """Documents so that every other is near one of them, or near one that is known (Sener and Savarese 2018).

    Greedy: the next is always the one that is farthest from all that are chosen, ``steps`` times.
    """

    steps: int = 1000

    def score(self, predictions: Predictions) -> Floats:
        """The distance at which each was chosen, or, of the rest, that to the nearest chosen one: it only falls."""
        vectors = predictions.embeddings
        distance = _nearest(vectors, predictions.known_embeddings)
        if not len(predictions.known):
            distance = 1.0 - vectors @ _mean(vectors) + 2.0  # the first stands at the edge; all are far from nothing
        score = np.full(len(vectors), -1.0)
        for _ in range(min(self.steps, len(vectors))):
            farthest = int(np.argmax(np.where(score < 0.0, distance, -1.0)))
            score[farthest] = distance[farthest]
            distance = np.minimum(distance, 1.0 - vectors @ vectors[farthest])
        return np.where(score < 0.0, np.clip(distance, 0.0, None), score)


@dataclass(frozen=True, slots=True)
class NewDomain:
    """How far a document is from all that the model learned from."""

    def score(self, predictions: Predictions) -> Floats:
        """1 − the cosine to the nearest known document.

        Raises:
            InputError: nothing is known.
        """
        if not len(predictions.known):
            raise InputError("what is new shows only beside what is known", fix="the documents of the training")
        return _nearest(predictions.embeddings, predictions.known_embeddings)


def _mean(vectors: Floats) -> Floats:
    return np.asarray(vectors.sum(0) / max(len(vectors), 1))


def _nearest(vectors: Floats, others: Floats) -> Floats:
    """The distance of each vector to the nearest of the others (n,), in blocks, so that memory stays small."""
    distance = np.full(len(vectors), 2.0)
    for at in range(0, len(vectors) if len(others) else 0, _BLOCK):
        rows = vectors[at : at + _BLOCK]
        for other in range(0, len(others), _BLOCK):
            near = 1.0 - (rows @ others[other : other + _BLOCK].T).max(1)
            distance[at : at + _BLOCK] = np.minimum(distance[at : at + _BLOCK], near)
    return distance
