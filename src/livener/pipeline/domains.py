"""Which domain a document is from, or none that is known: TF-IDF of hashed words, and logistic regression."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.pipeline.letters import Letters, strangeness

UNKNOWN = "unknown"
VERSION = "domains.v2"
_WORD = re.compile(r"\w+|[^\w\s]")
_WIDTH = 1 << 16
_CHARACTERS = 20_000  # of a document that are read: enough to tell
_EPOCHS, _BATCH, _RATE, _DECAY = 12, 256, 0.5, 1e-6
_FEWEST = 10  # documents of a domain
_FOLDS = 5
_USUAL = 0.98  # of the known documents are not to be called unknown where no other text was given
_RARE = 0.5  # what rare words count for beside strange letters
_INDEPENDENT = 50  # words of a document that count as if they were

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Domain:
    """The most probable domain of a text, ``"unknown"`` where that is the more probable, and the probability that it
    is none of the known ones."""

    name: str
    unknown: float


@dataclass(frozen=True, slots=True)
class Domains:
    """A classifier of documents into the domains that it was trained on, or none of them.

    ``weights`` (width, classes) and ``bias`` (classes) are those of a logistic regression over hashed words, pairs of
    words, endings and shapes, weighted by ``rarity`` (width). Where training was given text of no domain, it is a
    class of its own. Where not, a text is unknown whose ``letters`` are stranger and whose words are rarer than those
    of known documents usually are: ``usual`` is the mean and the deviation of both, and the limit of their sum.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    rarity: Floats
    usual: tuple[float, ...]
    letters: Letters | None

    def __call__(self, texts: Sequence[str]) -> list[Domain]:
        """The domain of each text."""
        if not texts:
            return []
        rows, columns, values = _features(texts, self.rarity)
        chances = _softmax(_scores(rows, columns, values, self.weights, self.bias, len(texts)))
        if self.letters is None:
            unknown, chances = chances[:, -1], chances[:, :-1]
        else:
            beyond = _together(*_signs(self.letters, self.rarity, texts), self.usual) - self.usual[-1]
            unknown = (1.0 / (1.0 + np.exp(-np.clip(beyond, -30, 30)))).astype(np.float32)
        best = chances.argmax(1) if chances.shape[1] else np.zeros(len(texts), np.int64)
        return [
            Domain(UNKNOWN if off > 0.5 else self.names[which], float(off))
            for off, which in zip(unknown.tolist(), best.tolist(), strict=True)
        ]

    def save(self, path: str | Path) -> None:
        """Write ``domains.json`` and ``domains.npz`` into a folder."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        said = {"version": VERSION, "names": self.names, "usual": self.usual}
        (path / "domains.json").write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
        arrays: dict[str, Any] = {"weights": self.weights, "bias": self.bias, "rarity": self.rarity}
        if self.letters is not None:
            arrays |= {"counts": self.letters.counts, "kinds": self.letters.kinds}
        np.savez_compressed(path / "domains.npz", **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Domains":
        """Read what `save` wrote.

        Raises:
            InputError: the folder holds no classifier, or one of another version.
        """
        path = Path(path)
        try:
            said = json.loads((path / "domains.json").read_text(encoding="utf-8"))
            with np.load(path / "domains.npz", allow_pickle=False) as arrays:
                weights, bias, rarity = arrays["weights"], arrays["bias"], arrays["rarity"]
                letters = Letters(arrays["counts"], arrays["kinds"]) if "counts" in arrays else None
        except (OSError, ValueError, KeyError):
            raise InputError(
                "no classifier of domains", where=str(path), fix="what `livener domains` wrote"
            ) from None
        if said.get("version") != VERSION:
            raise InputError(f"is {said.get('version')}", where=str(path), fix=VERSION)
        return cls(tuple(said["names"]), weights, bias, rarity, tuple(said["usual"]), letters)


def train(known: Mapping[str, Sequence[str]], *, other: Iterable[str] = (), seed: int = 0) -> Domains:
    """Learn the domains of texts, by the name of each. ``other``: texts of no domain, the more kinds the better.

    Raises:
        InputError: no domain, one called "unknown", or one of fewer than ten texts.

    >>> news = [f"Shares of Acme rose {i} percent on Monday, the company said." for i in range(40)]
    >>> law = [f"The Lessee shall indemnify the Lessor under Section {i} hereof." for i in range(40)]
    >>> domains = train({"news": news, "law": law})
    >>> [one.name for one in domains([news[0], law[0], "Preheat the oven; whisk two eggs."])]
    ['news', 'law', 'unknown']
    """
    names, texts, others, wanted = labelled(known, other)
    rng = np.random.default_rng(seed)
    usual = () if others else _usual(texts, rng)
    letters = None if others else Letters.of(texts)
    rarity = _rarity(texts)
    weights, bias = _fit([*texts, *others], wanted, len(names) + bool(others), rarity, rng)
    return Domains(names, weights, bias, rarity, usual, letters)


def labelled(
    known: Mapping[str, Sequence[str]], other: Iterable[str]
) -> tuple[tuple[str, ...], list[str], list[str], Ints]:
    """The names, the texts of all domains, those of none, and the number of the class of each of both.

    Raises:
        InputError: as `train`.
    """
    others = list(other)
    for name, texts in known.items():
        if name == UNKNOWN or len(texts) < _FEWEST:
            problem = f"{len(texts)} texts of the domain {name!r}" if name != UNKNOWN else f"a domain called {name!r}"
            raise InputError(problem, fix=f"at least {_FEWEST} texts each, of domains with names of their own")
    if not known:
        raise InputError("no domain", fix="at least one, with its texts")
    names = tuple(sorted(known))
    wanted = np.concatenate(
        [np.full(len(known[name]), k) for k, name in enumerate(names)] + [np.full(len(others), len(names))]
    )
    return names, [text for name in names for text in known[name]], others, wanted


def _fit(
    texts: Sequence[str], wanted: Ints, classes: int, rarity: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Multinomial logistic regression, every class of equal weight, by Adagrad (Duchi et al. 2011)."""
    rows, columns, values = _features(texts, rarity)
    begins = np.searchsorted(rows, np.arange(len(texts) + 1))
    share = len(texts) / (classes * np.maximum(np.bincount(wanted, minlength=classes), 1))
    weights, bias = np.zeros((_WIDTH, classes), np.float32), np.zeros(classes, np.float32)
    seen = np.full((_WIDTH, classes), 1e-4, np.float32)
    for _ in range(_EPOCHS if classes > 1 else 0):
        order = rng.permutation(len(texts))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            sizes = begins[batch + 1] - begins[batch]
            own = np.repeat(np.arange(len(batch)), sizes)
            at = np.arange(len(own)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(begins[batch], sizes)
            of, value = columns[at], values[at]
            error = _softmax(_scores(own, of, value, weights, bias, len(batch)))
            error[np.arange(len(batch)), wanted[batch]] -= 1.0
            error *= (share[wanted[batch]] / len(batch)).astype(np.float32)[:, None]
            used, place = np.unique(of, return_inverse=True)
            gradient = (
                np.stack(
                    [np.bincount(place, value * error[own, k], len(used)) for k in range(classes)], axis=1
                ).astype(np.float32)
                + _DECAY * weights[used]
            )
            seen[used] += gradient * gradient
            weights[used] -= _RATE * gradient / np.sqrt(seen[used])
            bias -= _RATE * error.sum(0)
    return weights, bias


def _usual(texts: Sequence[str], rng: np.random.Generator) -> tuple[float, ...]:
    """What known documents are like, each to others of them."""
    fold = rng.permutation(len(texts)) % _FOLDS
    signs, sizes = np.zeros((len(texts), 2)), np.zeros(len(texts))
    for k in range(_FOLDS):
        own, rest = ([text for text, of in zip(texts, fold, strict=True) if (of == k) == is_own] for is_own in (1, 0))
        signs[fold == k], sizes[fold == k] = _signs(Letters.of(rest), _rarity(rest), own)
    means = signs.mean(0)
    deviations = np.maximum(((signs - means) * _weight(sizes)[:, None]).std(0), 1e-6)
    found = [float(x) for pair in zip(means, deviations, strict=True) for x in pair]
    return (*found, float(np.quantile(_together(signs, sizes, found), _USUAL)))


def _signs(letters: Letters, rarity: Floats, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """How strange the letters of each text are, and how rare its words (n, 2); and how many words it has (n,)."""
    words = [_words(text) for text in texts]
    rare = np.array([float(rarity[one].mean()) if len(one) else 0.0 for one in words])
    return np.stack([strangeness(letters, texts), rare], axis=1), np.array([len(one) for one in words], np.float64)


def _together(signs: Numbers, sizes: Numbers, usual: Sequence[float]) -> Numbers:
    """Both in deviations, added (n,): of few documents rare words say less, as most of them are names."""
    letters, rare = ((signs[:, i] - usual[2 * i]) / usual[2 * i + 1] for i in (0, 1))
    found: Numbers = (letters + _RARE * rare) * _weight(sizes)
    return found


def _weight(sizes: Numbers) -> Numbers:
    """Means over many words deviate less; those of a document are not independent, which many show."""
    found: Numbers = np.sqrt(np.minimum(sizes, _INDEPENDENT))
    return found


def _rarity(texts: Sequence[str]) -> Floats:
    seen = np.zeros(_WIDTH, np.float32)
    for text in texts:
        seen[np.unique(_codes(text))] += 1
    return (np.log((len(texts) + 1) / (seen + 1)) + 1.0).astype(np.float32)


def _features(texts: Sequence[str], rarity: Floats) -> tuple[Ints, Ints, Floats]:
    """The non-zero values of the table (texts, width) by rows, of length one."""
    rows, columns, values = [], [], []
    for i, text in enumerate(texts):
        found, counts = np.unique(_codes(text), return_counts=True)
        value = (1.0 + np.log(counts)) * rarity[found]
        rows.append(np.full(len(found), i))
        columns.append(found)
        values.append((value / max(float(np.linalg.norm(value)), 1e-9)).astype(np.float32))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def _words(text: str) -> Ints:
    """The slots of the single words of a text."""
    return _hashed(f"w{word.casefold()}" for word in _WORD.findall(text[:_CHARACTERS]))


def _codes(text: str) -> Ints:
    """The slots of its words, of their shapes with their endings, and of its pairs of words."""
    words = _WORD.findall(text[:_CHARACTERS])
    lower = [word.casefold() for word in words]
    single = (f"w{word}" for word in lower)
    named = (f"s{_shape(word)}{word[-3:].casefold()}" for word in words)
    pairs = (f"p{a} {b}" for a, b in pairwise(lower))
    return _hashed(chain(single, named, pairs))


def _hashed(names: Iterable[str]) -> Ints:
    return np.fromiter((crc32(name.encode()) % _WIDTH for name in names), np.int64)


def _shape(word: str) -> str:
    if word.isupper():
        return "X"
    return "Xx" if word[:1].isupper() else "x" if word.islower() else "9" if word.isdigit() else "."


def _scores(rows: Ints, columns: Ints, values: Floats, weights: Floats, bias: Floats, count: int) -> Floats:
    found = [np.bincount(rows, values * weights[columns, k], count) for k in range(len(bias))]
    scores: Floats = np.stack(found, axis=1).astype(np.float32) + bias
    return scores


def _softmax(scores: Floats) -> Floats:
    chances = np.exp(scores - scores.max(1, keepdims=True))
    found: Floats = chances / chances.sum(1, keepdims=True)
    return found
