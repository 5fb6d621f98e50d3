"""Documents of which the model is unsure."""

from dataclasses import dataclass

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats
from livener.learning.acquisition.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Random:
    """Every document alike: what all others are measured against."""

    def score(self, predictions: Predictions) -> Floats:
        """Ones: the order of documents with the same score is random."""
        return np.ones(len(predictions))


@dataclass(frozen=True, slots=True)
class LeastConfidence:
    """The probability that the best tags are not all right (Culotta and McCallum 2005): long documents come first."""

    def score(self, predictions: Predictions) -> Floats:
        """1 − P(best path of every sentence)."""
        return np.asarray(-np.expm1(predictions.summed(predictions.best)))


@dataclass(frozen=True, slots=True)
class Mnlp:
    """The log-probability of the best tags by token (Shen et al. 2018): length does not matter."""

    def score(self, predictions: Predictions) -> Floats:
        """−log P(best path) / tokens."""
        return predictions.by_length(-predictions.summed(predictions.best), 1.0)


@dataclass(frozen=True, slots=True)
class TokenEntropy:
    """The entropy of the tags, summed over the tokens, over their number to the ``power``.

    With 0 long documents come first, which is right where each costs the same; with 1 those of which every token is
    unsure, which is right where tokens are paid: by a weak model, unsure of everything, length is all that 0.5 ranks.
    """

    power: float = 1.0

    def score(self, predictions: Predictions) -> Floats:
        """In nats."""
        entropy = predictions.summed(predictions.by_sentence(predictions.token_entropy))
        return predictions.by_length(entropy, self.power)


@dataclass(frozen=True, slots=True)
class SequenceEntropy:
    """The entropy of the whole paths of tags (Kim et al. 2006), over the number of tokens to the ``power``."""

    power: float = 1.0

    def score(self, predictions: Predictions) -> Floats:
        """In nats."""
        return predictions.by_length(predictions.summed(predictions.path_entropy), self.power)


@dataclass(frozen=True, slots=True)
class Margin:
    """How near the second-best path comes to the best one (Scheffer et al. 2001)."""

    def score(self, predictions: Predictions) -> Floats:
        """P(second path of the document) − P(best one): the second differs in the sentence that costs least."""
        nearest = np.full(len(predictions), -np.inf)
        np.maximum.at(nearest, predictions.owners, predictions.second - predictions.best)
        best = predictions.summed(predictions.best)
        return np.asarray(np.exp(best + nearest) - np.exp(best))


@dataclass(frozen=True, slots=True)
class Bald:
    """What a network's dropout changes in its answers (Houlsby et al. 2011; Gal and Ghahramani 2016)."""

    samples: int = 8
    power: float = 1.0

    def score(self, predictions: Predictions) -> Floats:
        """The mutual information of tags and weights, in nats, over the number of tokens to the ``power``.

        Raises:
            InputError: the engine has no dropout.
            MissingDependencyError: torch is not installed.
        """
        from livener.recognizers.neural.tagger import NeuralTagger
        from livener.recognizers.neural.uncertainty import disagreement

        tagger = predictions.nlp.recognizer
        if not isinstance(tagger, NeuralTagger):
            raise InputError(f"{tagger.name} has no dropout to sample from", fix="a transformer or bilstm_crf")
        found = disagreement(tagger, predictions.sentences, samples=self.samples, seed=predictions.seed)
        return predictions.by_length(predictions.summed(found), self.power)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the engines of a committee, each with one vote, find different spans (Dagan and Engelson 1995)."""

    power: float = 1.0

    def score(self, predictions: Predictions) -> Floats:
        """The entropy of the votes over each span that any of them found, summed, by length.

        Raises:
            InputError: there is no second engine.
        """
        if not predictions.committee:
            raise InputError("a committee of one agrees with itself", fix="other models as the committee")
        voices = [
            predictions.spans,
            *([document.spans for document in one.pipe(predictions.documents)] for one in predictions.committee),
        ]
        sums = np.zeros(len(predictions))
        for i, found in enumerate(zip(*voices, strict=True)):
            keys = [{(span.start, span.end, span.label) for span in spans} for spans in found]
            for key in set().union(*keys):
                p = sum(key in those for those in keys) / len(keys)
                sums[i] -= p * np.log(p) + ((1 - p) * np.log(1 - p) if p < 1 else 0.0)
        return predictions.by_length(sums, self.power)
