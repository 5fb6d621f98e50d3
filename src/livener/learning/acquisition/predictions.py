"""What a model makes of the documents of a pool: computed when it is first asked for, and kept."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats, Ints
from livener.learning.acquisition.embeddings import embed
from livener.pipeline import Pipeline
from livener.tagging.chains import Chain
from livener.text import Document, Sentence, Span


class Predictions:
    """The documents of a pool as a model sees them, and what a choice among them may look at besides.

    ``known`` are the documents that the model learned from; ``errors`` what it got wrong, each as its document and
    the range in it; ``committee`` other models; ``vectors`` how sentences become vectors (see `embed`). ``seed`` is
    that of what is sampled.

    >>> from livener.recognizers.registry import get
    >>> pool = [Document("Pay $5."), Document("No sum here. And none there.")]
    >>> predictions = Predictions(Pipeline(get("patterns")()), pool)
    >>> predictions.tokens.tolist(), [len(spans) for spans in predictions.spans]
    ([4, 8], [1, 0])
    """

    def __init__(
        self,
        nlp: Pipeline,
        documents: Sequence[Document],
        *,
        known: Sequence[Document] = (),
        errors: Sequence[tuple[Document, int, int]] = (),
        committee: Sequence[Pipeline] = (),
        vectors: str = "auto",
        seed: int = 0,
    ) -> None:
        self.nlp = nlp
        self.documents = documents
        self.known = known
        self.errors = errors
        self.committee = committee
        self.vectors = vectors
        self.seed = seed

    def __len__(self) -> int:
        return len(self.documents)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences of all documents, in order (S)."""
        return [sentence for sentences in self._segmented for sentence in sentences]

    @cached_property
    def owners(self) -> Ints:
        """For each sentence (S,) the number of its document."""
        return np.repeat(np.arange(len(self)), [len(sentences) for sentences in self._segmented])

    @cached_property
    def tokens(self) -> Ints:
        """How many tokens each document has (n_documents,)."""
        return self.summed(self.bounds[1:] - self.bounds[:-1]).astype(np.int64)

    @cached_property
    def bounds(self) -> Ints:
        """Where the tokens of each sentence begin, among those of all (S + 1,)."""
        bounds: Ints = np.cumsum([0, *(len(sentence.tokens) for sentence in self.sentences)], dtype=np.int64)
        return bounds

    @cached_property
    def spans(self) -> list[tuple[Span, ...]]:
        """What the pipeline finds in each document."""
        return [document.spans for document in self.nlp.pipe(self.documents)]

    @property
    def chain(self) -> Chain:
        """The chain of the engine.

        Raises:
            InputError: the engine does not score paths of tags.
        """
        chain = getattr(self._engine, "chain", None)
        if not isinstance(chain, Chain):
            raise InputError(
                f"{self._engine.name} gives no probabilities of tags",
                fix="crf, bilstm_crf or transformer; or a strategy that asks for none",
            )
        return chain

    @cached_property
    def emissions(self) -> Floats:
        """The scores of the tags of each token (N, K)."""
        assert self.chain is not None  # before a pool is scored in vain
        emissions: Floats = self._engine.emissions(self.sentences)[0]
        return emissions

    @cached_property
    def marginals(self) -> Floats:
        """The probability of each tag of each token (N, K)."""
        return self._inferred[0]

    @cached_property
    def path_entropy(self) -> Floats:
        """The entropy of the paths of each sentence, in nats (S,)."""
        return self._inferred[2]

    @cached_property
    def best(self) -> Floats:
        """The log-probability of the best path of each sentence (S,)."""
        scores: Floats = np.minimum(self.chain.decode(self.emissions, self.bounds)[1] - self._inferred[1], 0.0)
        return scores

    @cached_property
    def second(self) -> Floats:
        """The log-probability of the second-best path of each sentence (S,); minus infinity where there is none."""
        log_z = self._inferred[1]
        found = np.full(len(self.sentences), -np.inf)
        for i, (lo, hi) in enumerate(zip(self.bounds, self.bounds[1:], strict=False)):
            paths = self.chain.k_best(self.emissions[lo:hi], 2)
            if len(paths) == 2:
                found[i] = paths[1][1] - log_z[i]
        return found

    @cached_property
    def token_entropy(self) -> Floats:
        """The entropy of the tags of each token, in nats (N,)."""
        p = self.marginals
        return np.asarray(-(p * np.log(np.maximum(p, 1e-300))).sum(1))

    @property
    def embeddings(self) -> Floats:
        """A vector of length 1 for each document (n_documents, D), or 0 where there is no token."""
        return self._embedded[0]

    @property
    def known_embeddings(self) -> Floats:
        """The same of what the model learned from (known, D)."""
        return self._embedded[1]

    def summed(self, values: np.ndarray[Any, Any]) -> Floats:
        """Of what was counted by sentence (S,) the sums by document (n_documents,)."""
        return np.bincount(self.owners, values.astype(np.float64), minlength=len(self)).astype(np.float64)

    def by_sentence(self, values: Floats) -> Floats:
        """Of what was counted by token (N,) the sums by sentence (S,)."""
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(sums[self.bounds[1:]] - sums[self.bounds[:-1]])

    def by_length(self, values: Floats, power: float) -> Floats:
        """Sums by document (n_documents,) over the length in tokens to the ``power``."""
        return np.asarray(values / np.maximum(self.tokens, 1) ** power)

    @property
    def _engine(self) -> Any:
        return self.nlp.recognizer

    @cached_property
    def _segmented(self) -> list[list[Sentence]]:
        return [self.nlp.segmenter.sentences(document) for document in self.documents]

    @cached_property
    def _inferred(self) -> tuple[Floats, Floats, Floats]:
        return self.chain.marginals(self.emissions, self.bounds)

    @cached_property
    def _embedded(self) -> tuple[Floats, Floats]:
        known = [self.nlp.segmenter.sentences(document) for document in self.known]
        sentences = [*self.sentences, *(sentence for those in known for sentence in those)]
        owners = np.repeat(np.arange(len(self) + len(known)), [len(those) for those in [*self._segmented, *known]])
        # Together: how much a word counts depends on all the text that there is.
        vectors = embed(sentences, how=self.vectors)
        out = np.zeros((len(self) + len(known), vectors.shape[1]))
        np.add.at(out, owners, vectors * np.array([[len(sentence.tokens)] for sentence in sentences]).reshape(-1, 1))
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
        return out[: len(self)], out[len(self) :]
