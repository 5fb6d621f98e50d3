"""Static word vectors for the CRF: a few dense features and clusters at several grains, also for unseen words.

A resource is a table of pieces with one quantised vector each; the vector of a word is the mean over its pieces. It
is a few MB, stored in the model, and needs nothing else at prediction time.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.crf.encoder_files import encoder_files, read_embeddings, read_pieces
from livener.recognizers.crf.features import case_of

Floats32 = npt.NDArray[np.float32]
GRAINS = (64, 512)
DIMENSIONS = 128
_CLUSTERED = 48
"""Clusters look at the leading dimensions, those of the largest variance."""
_ROUNDS = 6
_LENGTH = 4.0
"""The length that vectors are given: long enough beside features of value 1 to be learned from as fast."""


@dataclass(frozen=True)
class WordVectors:
    """Vectors of pieces (P, D) int8 with one scale, and the centres of clusters, one array (k, D) for each grain.

    ``pieces`` are WordPiece units, ``##`` before those that continue a word (Wu et al. 2016); ``lower``
    says that they are in lower case and without accents.
    """

    pieces: tuple[str, ...]
    table: npt.NDArray[np.int8]
    centres: tuple[Floats32, ...]
    lower: bool = True

    def features(self, words: Sequence[str]) -> tuple[list[list[str]], Floats32]:
        """For each word its cluster features, without and with the case of the word, and its vector (n, D)."""
        vectors = self.vectors(words)
        names: list[list[str]] = [[] for _ in words]
        for grain, centres in enumerate(self.centres):
            for i, nearest in enumerate(_nearest(vectors[:, : centres.shape[1]] / _LENGTH, centres)):
                names[i].append(f"c{grain}={nearest}")
                names[i].append(f"c{grain}{case_of(words[i])}={nearest}")
        return names, vectors

    def vectors(self, words: Sequence[str]) -> Floats32:
        """Vectors of one length (n, D), the mean over the pieces of each word; zero where no piece is known."""
        out = np.zeros((len(words), self.table.shape[1]), np.float32)
        for i, word in enumerate(words):
            ids = self.split(word)
            if ids:
                vector = self.table[ids].astype(np.float32).mean(0)
                out[i] = vector * (_LENGTH / max(float(np.linalg.norm(vector)), 1e-9))
        return out

    def split(self, word: str) -> list[int]:
        """The numbers of a word's pieces, greedily longest first; none for a part that has an unknown piece."""
        index = self._index
        found: list[int] = []
        inner: list[int]
        for part in _parts(word, lower=self.lower):
            start, inner = 0, []
            while start < len(part):
                end = min(len(part), start + self._longest)
                while end > start and (number := index.get(("##" if start else "") + part[start:end])) is None:
                    end -= 1
                if number is None:
                    inner = []
                    break
                inner.append(number)
                start = end
            found += inner
        return found

    @cached_property
    def _longest(self) -> int:
        return max((len(piece.removeprefix("##")) for piece in self.pieces), default=1)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {piece: i for i, piece in enumerate(self.pieces)}

    @classmethod
    def from_encoder(cls, name: str, *, dimensions: int = DIMENSIONS, seed: int = 0) -> "WordVectors":
        """The input embeddings of an encoder, reduced by PCA and quantised to int8.

        ``name`` is ``"offline"``, a folder with ``model.safetensors`` and ``tokenizer.json``, an installed package
        that carries such a folder as ``model``, or a checkpoint of the Hugging Face hub (``"owner/name"``).

        Raises:
            InputError: no such encoder, or no vocabulary of pieces in it.
            MissingDependencyError: what is needed to reach it is not installed.
        """
        weights, tokenizer = encoder_files(name)
        embeddings = read_embeddings(weights)
        pieces, lower = read_pieces(tokenizer)
        keep = [number for number in sorted(pieces) if number < len(embeddings)]
        return cls.from_table(
            [pieces[number] for number in keep], embeddings[keep], dimensions=dimensions, lower=lower, seed=seed
        )

    @classmethod
    def from_text(
        cls, sentences: Iterable[Sequence[str]], *, dimensions: int = DIMENSIONS, seed: int = 0
    ) -> "WordVectors":
        """Vectors learned from unlabelled sentences: positive pointwise mutual information with the most frequent
        neighbours on either side, reduced by its principal components (Bullinaria and Levy 2012).

        Raises:
            InputError: there is too little text.
        """
        counts: dict[str, int] = {}
        texts = [[word.lower() for word in sentence] for sentence in sentences]
        for text in texts:
            for word in text:
                counts[word] = counts.get(word, 0) + 1
        frequent = sorted((w for w, n in counts.items() if n >= 2), key=lambda w: (-counts[w], w))[:30_000]
        if len(frequent) < 2 * dimensions:
            raise InputError(f"{len(frequent)} words occur twice: too few for vectors", fix="more unlabelled text")
        index = {word: i for i, word in enumerate(frequent)}
        contexts = min(1_000, len(frequent))
        matrix = np.zeros((len(frequent), 2 * contexts), np.float32)
        for text in texts:
            numbers = [index.get(word, -1) for word in text]
            for left, right in pairwise(numbers):
                if left >= 0 and right >= 0:
                    if right < contexts:
                        matrix[left, right] += 1.0
                    if left < contexts:
                        matrix[right, contexts + left] += 1.0
        total = max(float(matrix.sum()), 1.0)
        expected = np.outer(matrix.sum(1), matrix.sum(0)) / total
        with np.errstate(divide="ignore", invalid="ignore"):
            matrix = np.maximum(np.log(matrix / expected), 0.0, where=matrix > 0, out=np.zeros_like(matrix))
        return cls.from_table(frequent, matrix, dimensions=dimensions, seed=seed)

    @classmethod
    def from_table(
        cls, pieces: Sequence[str], vectors: Floats32, *, dimensions: int, lower: bool = True, seed: int = 0
    ) -> "WordVectors":
        """From the vector of each piece (P, any width)."""
        centred = vectors - vectors.mean(0)
        _, axes = np.linalg.eigh(centred.T @ centred)
        reduced = centred @ axes[:, ::-1][:, :dimensions]
        reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-9)
        table = np.round(reduced * (127.0 / np.abs(reduced).max())).astype(np.int8)
        whole = reduced[[not piece.startswith("##") for piece in pieces]].astype(np.float32)
        rng = np.random.default_rng(seed)
        centres = tuple(_k_means(whole[:, :_CLUSTERED], k, rng) for k in GRAINS if k <= len(whole) // 4)
        return cls(tuple(pieces), table, centres, lower)

    def save(self, path: Path) -> None:
        """Write ``vectors.npz`` and ``pieces.json`` into a folder."""
        (path / "pieces.json").write_text(json.dumps(self.pieces, ensure_ascii=False), encoding="utf-8")
        centres: dict[str, Any] = {f"centres{i}": c for i, c in enumerate(self.centres)}
        np.savez(path / "vectors.npz", table=self.table, lower=self.lower, **centres)

    @classmethod
    def load(cls, path: Path) -> "WordVectors":
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing, or the files do not belong together.
        """
        for name in ("pieces.json", "vectors.npz"):
            if not (path / name).is_file():
                raise InputError(f"there is no file {name}", where=str(path), fix="the folder of saved vectors")
        pieces = json.loads((path / "pieces.json").read_text(encoding="utf-8"))
        with np.load(path / "vectors.npz", allow_pickle=False) as arrays:
            centres = tuple(arrays[f"centres{i}"] for i in range(len(arrays.files) - 2))
            vectors = cls(tuple(pieces), arrays["table"], centres, bool(arrays["lower"]))
        if len(vectors.pieces) != len(vectors.table):
            raise InputError("its files do not belong together", where=str(path))
        return vectors


def _parts(word: str, *, lower: bool) -> list[str]:
    """Punctuation apart and, for a vocabulary in lower case, lower case without accents (BERT's pre-tokenisation)."""
    if word.isascii() and word.isalnum():
        return [word.lower() if lower else word]
    if lower:
        word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
    return "".join(c if c.isalnum() else f" {c} " for c in word).split()


def _nearest(vectors: Floats32, centres: Floats32) -> npt.NDArray[np.int64]:
    nearest: npt.NDArray[np.int64] = np.argmax(vectors @ centres.T - 0.5 * (centres * centres).sum(1), axis=1)
    return nearest


def _k_means(vectors: Floats32, k: int, rng: np.random.Generator) -> Floats32:
    """Lloyd's algorithm; a cluster that falls empty is moved to a random vector."""
    centres = vectors[rng.choice(len(vectors), k, replace=False)].copy()
    for _ in range(_ROUNDS):
        nearest = _nearest(vectors, centres)
        order = np.argsort(nearest, kind="stable")
        sizes = np.bincount(nearest, minlength=k)
        filled = sizes > 0
        begins = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        centres[filled] = np.add.reduceat(vectors[order], begins[filled], axis=0) / sizes[filled, None]
        centres[~filled] = vectors[rng.choice(len(vectors), int((~filled).sum()))]
    return centres
