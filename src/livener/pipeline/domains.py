"""Which domain a document is from, or none that is known: TF-IDF of hashed words, and logistic regression."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from livener.errors import InputError

UNKNOWN = "unknown"
VERSION = "domains.v1"
_WORD = re.compile(r"\w+|[^\w\s]")
_WIDTH = 1 << 16
_CHARACTERS = 20_000  # of a document that are read: enough to tell
_EPOCHS, _BATCH, _RATE, _DECAY = 12, 256, 0.5, 1e-6
_FEWEST = 10  # documents of a domain
_HELD_OUT = 5  # every fifth known document says what is usual
_USUAL = 0.98  # of the known documents are not to be called unknown where no other text was given

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


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
    class of its own. Where not, a text is unknown whose words are rarer than those of the known documents usually
    are: ``usual`` is the mean and the deviation of a word's rarity, and the limit in deviations.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    rarity: Floats
    usual: tuple[float, float, float]
    has_unknown: bool

    def __call__(self, texts: Sequence[str]) -> list[Domain]:
        """The domain of each text."""
        if not texts:
            return []
        rows, columns, values, words = _features(texts, self.rarity)
        chances = _softmax(_scores(rows, columns, values, self.weights, self.bias, len(texts)))
        if self.has_unknown:
            unknown, chances = chances[:, -1], chances[:, :-1]
        else:
            unknown = self._strange(words)
        best = chances.argmax(1) if chances.shape[1] else np.zeros(len(texts), np.int64)
        return [
            Domain(UNKNOWN if off > 0.5 else self.names[which], float(off))
            for off, which in zip(unknown.tolist(), best.tolist(), strict=True)
        ]

    def _strange(self, words: Sequence[Ints]) -> Floats:
        mean, deviation, limit = self.usual
        found = [(_strangeness(self.rarity, one, mean, deviation) - limit) for one in words]
        chances: Floats = (1.0 / (1.0 + np.exp(-np.clip(found, -30, 30)))).astype(np.float32)
        return chances

    def save(self, path: str | Path) -> None:
        """Write ``domains.json`` and ``domains.npz`` into a folder."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        said = {"version": VERSION, "names": self.names, "usual": self.usual, "has_unknown": self.has_unknown}
        (path / "domains.json").write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
        np.savez_compressed(path / "domains.npz", weights=self.weights, bias=self.bias, rarity=self.rarity)

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
        except (OSError, ValueError, KeyError):
            raise InputError(
                "no classifier of domains", where=str(path), fix="what `livener domains` wrote"
            ) from None
        if said.get("version") != VERSION:
            raise InputError(f"is {said.get('version')}", where=str(path), fix=VERSION)
        low, high, limit = said["usual"]
        return cls(tuple(said["names"]), weights, bias, rarity, (low, high, limit), said["has_unknown"])


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
    held = np.zeros(len(texts), bool)
    if not others:
        held[rng.permutation(len(texts))[::_HELD_OUT]] = True
    kept = [text for text, out in zip(texts, held, strict=True) if not out]
    rarity = _rarity(kept)
    weights, bias = _fit([*texts, *others], wanted, len(names) + bool(others), rarity, rng)
    usual = (0.0, 1.0, 0.0) if others else _usual(rarity, [t for t, out in zip(texts, held, strict=True) if out])
    return Domains(names, weights, bias, rarity, usual, bool(others))


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
    rows, columns, values, _ = _features(texts, rarity)
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


def _usual(rarity: Floats, held: Sequence[str]) -> tuple[float, float, float]:
    """What the words of known documents are like, from those that the rarities were not counted on."""
    found = [_codes(text)[1] for text in held]
    values = np.concatenate([rarity[one] for one in found])
    mean, deviation = float(values.mean()), float(values.std()) or 1.0
    strange = [_strangeness(rarity, one, mean, deviation) for one in found]
    return mean, deviation, max(float(np.quantile(strange, _USUAL)), 1.0)


def _strangeness(rarity: Floats, words: Ints, mean: float, deviation: float) -> float:
    """How much rarer the words are than usual, in standard errors of their mean; a document is not independent words,
    which the limit knows from other documents."""
    if not len(words):
        return 0.0
    return (float(rarity[words].mean()) - mean) / deviation * math.sqrt(min(len(words), 50))


def _rarity(texts: Sequence[str]) -> Floats:
    seen = np.zeros(_WIDTH, np.float32)
    for text in texts:
        seen[np.unique(_codes(text)[0])] += 1
    return (np.log((len(texts) + 1) / (seen + 1)) + 1.0).astype(np.float32)


def _features(texts: Sequence[str], rarity: Floats) -> tuple[Ints, Ints, Floats, list[Ints]]:
    """The non-zero values of the table (texts, width) by rows, of length one; and the single words of each text."""
    rows, columns, values, words = [], [], [], []
    for i, text in enumerate(texts):
        codes, single = _codes(text)
        found, counts = np.unique(codes, return_counts=True)
        value = (1.0 + np.log(counts)) * rarity[found]
        rows.append(np.full(len(found), i))
        columns.append(found)
        values.append((value / max(float(np.linalg.norm(value)), 1e-9)).astype(np.float32))
        words.append(single)
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values), words


def _codes(text: str) -> tuple[Ints, Ints]:
    words = _WORD.findall(text[:_CHARACTERS])
    lower = [word.casefold() for word in words]
    single = [f"w{word}" for word in lower]
    named = [f"s{_shape(word)}{word[-3:].casefold()}" for word in words]
    pairs = [f"p{a} {b}" for a, b in pairwise(lower)]
    of_words = np.array([crc32(name.encode()) % _WIDTH for name in single], np.int64)
    rest = np.array([crc32(name.encode()) % _WIDTH for name in (*named, *pairs)], np.int64)
    return np.concatenate([of_words, rest]), of_words


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
