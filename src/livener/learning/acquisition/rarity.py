"""Documents with what was seldom seen: labels, surface forms, and the like of past errors."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats, Ints
from livener.learning.acquisition.embeddings import embed
from livener.learning.acquisition.predictions import Predictions
from livener.text import Document, Segmenter, Sentence

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class RareLabels:
    """How many spans of seldom seen labels a document is expected to hold."""

    def score(self, predictions: Predictions) -> Floats:
        """Expected spans of each label over the root of how often it is known, summed, over √tokens."""
        chain = predictions.chain
        seen = Counter(span.label for document in predictions.known for span in document.spans)
        sums = np.zeros(len(predictions.marginals))
        for label, roles in zip(chain.tagset.labels, chain.roles.tolist(), strict=True):
            begins = predictions.marginals[:, sorted({roles[0], roles[3]})].sum(1)
            sums += begins / np.sqrt(1 + seen[label])
        return predictions.by_length(predictions.summed(predictions.by_sentence(sums)), 0.5)


@dataclass(frozen=True, slots=True)
class RareForms:
    """How many spans a document is expected to hold whose surface form is known from few documents.

    ``seen``: from how many spans on a form is known well.
    """

    seen: int = 10

    def score(self, predictions: Predictions) -> Floats:
        """Over the predicted spans, what is missing in how often their form is known, summed, over √tokens."""
        known = Counter(span.text.lower() for document in predictions.known for span in document.spans)
        sums = np.array(
            [
                sum(max(0.0, 1.0 - known[span.text.lower()] / self.seen) for span in spans)
                for spans in predictions.spans
            ]
        )
        return predictions.by_length(sums, 0.5)


@dataclass(frozen=True, slots=True)
class PastErrors:
    """Documents with predictions like those that were wrong before; errors of a kind that came often weigh more.

    The words around each error (``window`` on either side) become a vector, and the vectors ``clusters``.
    """

    clusters: int = 16
    window: int = 3

    def score(self, predictions: Predictions) -> Floats:
        """Over the predicted spans, the highest similarity to a cluster of errors times the root of its share.

        Raises:
            InputError: no errors are given.
        """
        if not predictions.errors:
            raise InputError("no errors to learn from", fix="annotated documents that the model gets wrong")
        segmenter = predictions.nlp.segmenter
        errors = [_around(segmenter, *error, self.window) for error in predictions.errors]
        owners, windows = [], []
        for i, (document, spans) in enumerate(zip(predictions.documents, predictions.spans, strict=True)):
            owners += [i] * len(spans)
            windows += [_around(segmenter, document, span.start, span.end, self.window) for span in spans]
        vectors = embed([*errors, *windows], how=predictions.vectors)  # at once: frequent words are those of both
        centres, shares = _clusters(vectors[: len(errors)], self.clusters, np.random.default_rng(predictions.seed))
        scores = np.zeros(len(predictions))
        if owners:
            likeness = (vectors[len(errors) :] @ centres.T * np.sqrt(shares)).max(1)
            np.maximum.at(scores, np.array(owners), np.clip(likeness, 0.0, None))
        return scores


def _around(segmenter: Segmenter, document: Document, start: int, end: int, window: int) -> Sentence:
    """The words of a range and a few on either side, as a sentence."""
    text = document.text
    words = segmenter.sentences(Document(text[max(0, start - 20 * window) : start]))
    before = [word for sentence in words for word in sentence.words][-window:]
    words = segmenter.sentences(Document(text[end : end + 20 * window]))
    after = [word for sentence in words for word in sentence.words][:window]
    found = " ".join([*before, text[start:end], *after])
    tokens = [token for sentence in segmenter.sentences(Document(found)) for token in _placed(sentence)]
    return Sentence(found, tokens, Document(found))


def _placed(sentence: Sentence) -> list[tuple[int, int]]:
    return [sentence.original(*token) for token in sentence.tokens]


def _clusters(vectors: Floats, k: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Centres (k, D) of length 1 and the share of the vectors in each (k,), by spherical k-means."""
    k = min(k, len(vectors))
    centres = vectors[rng.choice(len(vectors), k, replace=False)]
    nearest: Ints = np.zeros(len(vectors), np.int64)
    for _ in range(_ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.maximum(norms, 1e-12), centres)
    return centres, np.bincount(nearest, minlength=k) / len(vectors)
