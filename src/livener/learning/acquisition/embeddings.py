"""Sentences as vectors: by an encoder, by the mean of word vectors, or by features where neither is there."""

import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from zlib import crc32

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Floats
from livener.recognizers.crf.encoder_files import OFFLINE
from livener.recognizers.crf.features import word_features
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.encoding import encoded
from livener.text import Sentence

_DIMENSIONS = 256
_COMMON = 1e-3  # words more frequent than that say little of what a sentence is about


def embed(sentences: Sequence[Sentence], *, how: str = "auto") -> Floats:
    """A vector of length 1 for each sentence (S, D); 0 for one without a known word.

    ``how``: ``encoder``, the offline MiniLM (extra ``neural``; about 200 sentences a second on one core); ``words``,
    the mean of its word vectors, frequent words counting less (extra ``vectors``; Arora et al. 2017); ``features``,
    the same of words' forms and affixes, hashed; ``auto``, ``words`` where they are installed, else ``features``.

    Raises:
        InputError: another ``how``.
        MissingDependencyError: the extra that it needs is not installed.

    >>> from livener.text import Document, Segmenter
    >>> texts = "The bank lends money.", "That bank lent money.", "He scored twice."
    >>> a, b, c = embed([Segmenter().sentences(Document(text))[0] for text in texts], how="features")
    >>> bool(a @ b > a @ c)
    True
    """
    if how == "auto":
        how = "words" if importlib.util.find_spec(OFFLINE) else "features"
    if how == "encoder":
        return encoded([sentence.text for sentence in sentences])
    of_words: dict[str, Callable[[Sequence[str]], Floats]] = {"words": _by_pieces, "features": _by_features}
    if how not in of_words:
        raise InputError(f"no vectors {how!r}", fix="auto | encoder | words | features")
    return _means([[word.lower() for word in sentence.words] for sentence in sentences], of_words[how])


def _means(texts: Sequence[Sequence[str]], vectors_of: Callable[[Sequence[str]], Floats]) -> Floats:
    words, inverse, counts = np.unique(
        np.array([*chain.from_iterable(texts)], dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    if not len(words):
        return np.zeros((len(texts), vectors_of(["a"]).shape[1]))
    vectors = vectors_of(words.tolist())
    vectors *= (_COMMON / (_COMMON + counts / counts.sum()))[:, None]
    out = np.zeros((len(texts), vectors.shape[1]))
    np.add.at(out, np.repeat(np.arange(len(texts)), [len(text) for text in texts]), vectors[inverse])
    return _unit(out)


@lru_cache(maxsize=1)
def _offline_vectors() -> WordVectors:
    return WordVectors.from_encoder("offline")


def _by_pieces(words: Sequence[str]) -> Floats:
    return _offline_vectors().vectors(words).astype(np.float64)


def _by_features(words: Sequence[str]) -> Floats:
    out = np.zeros((len(words), _DIMENSIONS))
    for row, word in zip(out, words, strict=True):
        for name in word_features(word):
            number = crc32(name.encode())
            row[number % _DIMENSIONS] += 1.0 if number & (1 << 31) else -1.0
    return _unit(out)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
