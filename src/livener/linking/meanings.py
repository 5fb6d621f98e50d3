"""A vector index of entities: what a name may mean by the sense of its words, where its letters tell nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from livener.linking.names import fold_name
from livener.recognizers.crf.vectors import WordVectors

_FOLDER, _TABLE = "meanings", "entities.npy"
_BATCH = 20_000
_LEAST = 0.6


class Meanings:
    """The mean of the vectors of the words of each entity's name and description, (entities, D), of length 1.

    A search compares with all of them, so that its time grows with their number.

    >>> from livener.recognizers.crf.vectors import WordVectors
    >>> table = np.array([[1.0, 0.1], [0.9, 0.2], [-1.0, 0.3]])
    >>> words = WordVectors.from_table(["river", "stream", "bank"], table, dimensions=2)
    >>> index = Meanings.build(words, ["river", "bank"])
    >>> [place for place, _ in index.nearest("Stream", 5)]
    [0]
    """

    def __init__(self, words: WordVectors, table: npt.NDArray[np.float16]) -> None:
        self._words, self._table = words, table

    @classmethod
    def build(cls, words: WordVectors, texts: Iterable[str]) -> Self:
        """An index of texts, one for each entity."""
        iterator, parts = iter(texts), []
        while part := list(islice(iterator, _BATCH)):
            parts.append(np.stack([_sense(words, text) for text in part]).astype(np.float16))
        width = words.table.shape[1]
        return cls(words, np.concatenate(parts) if parts else np.zeros((0, width), np.float16))

    def nearest(self, text: str, limit: int) -> Iterator[tuple[int, float]]:
        """The entities (from 0) whose sense is most like that of the text, with the cosine, the closest first."""
        sense = _sense(self._words, text)
        if not sense.any() or not len(self._table):
            return
        likeness = np.concatenate(
            [self._table[i : i + _BATCH].astype(np.float32) @ sense for i in range(0, len(self._table), _BATCH)]
        )
        best = np.argsort(-likeness, kind="stable")[:limit]
        yield from ((int(place), min(1.0, float(likeness[place]))) for place in best if likeness[place] >= _LEAST)

    def save(self, folder: Path) -> None:
        """Write into a folder of its own below ``folder``."""
        (folder / _FOLDER).mkdir()
        self._words.save(folder / _FOLDER)
        np.save(folder / _FOLDER / _TABLE, self._table)

    @classmethod
    def load(cls, folder: Path) -> "Meanings | None":
        """Read what `save` wrote, if anything."""
        if not (folder / _FOLDER / _TABLE).is_file():
            return None
        table: Any = np.load(folder / _FOLDER / _TABLE, mmap_mode="r")
        return cls(WordVectors.load(folder / _FOLDER), table)


def _sense(words: WordVectors, text: str) -> npt.NDArray[np.float32]:
    mean: npt.NDArray[np.float32] = words.vectors(fold_name(text).split() or [""]).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / np.float32(length) if length else mean
