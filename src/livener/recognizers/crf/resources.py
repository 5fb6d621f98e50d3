"""What a CRF may know beside its training data: word vectors, and term lists."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from livener.errors import InputError
from livener.formats import read
from livener.recognizers.crf.settings import CrfSettings
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.crf.words import CHANNEL
from livener.recognizers.gazetteer import Gazetteer
from livener.text import Sentence
from livener.text.segment import Segmenter


def vectors_of(settings: CrfSettings, seed: int) -> WordVectors | None:
    """The word vectors that the settings ask for; those of an encoder are kept for the next training."""
    if settings.vectors is None:
        return None
    if settings.vectors != "unlabelled":
        return _encoder_vectors(settings.vectors, seed)
    if not settings.unlabelled:
        raise InputError("vectors=unlabelled needs text", where="crf", fix="the setting unlabelled: text files")
    return WordVectors.from_text(_sentences(settings.unlabelled), seed=seed)


@lru_cache(maxsize=2)
def _encoder_vectors(name: str, seed: int) -> WordVectors:
    return WordVectors.from_encoder(name, seed=seed)


def _sentences(paths: Sequence[str]) -> Iterator[list[str]]:
    segmenter = Segmenter()
    for path in paths:
        for document in read(path):
            for sentence in segmenter.sentences(document):
                yield sentence.words


def gazetteer_of(settings: CrfSettings) -> Gazetteer | None:
    """The gazetteer of the term lists in the settings."""
    return Gazetteer.create({"files": list(settings.gazetteers)}) if settings.gazetteers else None


def gazetteer_words(gazetteer: Gazetteer, sentences: Sequence[Sentence]) -> list[str]:
    """For each token the name of its place in a match of the gazetteer, as a word of its own."""
    words: list[str] = []
    for sentence, spans in zip(sentences, gazetteer.predict(sentences), strict=True):
        here = [CHANNEL + "O"] * len(sentence.tokens)
        m = 0  # matches come in order, as tokens do
        for t, (start, end) in enumerate(sentence.tokens if spans else ()):
            begin, stop = sentence.original(start, end)
            while m < len(spans) and spans[m].end <= begin:
                m += 1
            if m < len(spans) and spans[m].start <= begin and stop <= spans[m].end:
                here[t] = f"{CHANNEL}{'B' if begin == spans[m].start else 'I'}-{spans[m].label}"
        words += here
    return words
