"""The domain of a document by what it means: an encoder's vectors, and logistic regression.

Words that no document of the known domains had say nothing to `livener.pipeline.domains`; an encoder has met them.
Needs the extra ``neural``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.pipeline.domains import UNKNOWN, Domain, Domains, labelled
from livener.pipeline.domains import VERSION as BY_WORDS

VERSION = "domains.encoder.v1"
_SCALE = 8.0  # unit vectors of one language lie close together: without it the regression would take for ever
_STEPS, _RATE, _DECAY = 300, 0.5, 1e-4
_HELD_OUT = 5  # every fifth known document says how near the others are usually
_BELOW = 3.0  # deviations below the usual nearness, at which a text is unknown where no other text was given

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EncodedDomains:
    """A classifier of documents into the domains that it was trained on, or none.

    ``weights`` (dimensions, classes) and ``bias`` (classes) are those of a logistic regression; text of no domain is
    a class of its own where training was given any. Where not, a text is unknown that is further from all
    ``centres`` (domains, dimensions) than known documents usually are: ``usual`` is that limit, and its deviation.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    centres: Floats
    usual: tuple[float, float]
    has_unknown: bool

    def __call__(self, texts: Sequence[str]) -> list[Domain]:
        """The domain of each text.

        Raises:
            MissingDependencyError: without the extra ``neural``.
        """
        if not texts:
            return []
        points = _points(texts)
        chances = _softmax(_SCALE * points @ self.weights + self.bias)
        if self.has_unknown:
            unknown, chances = chances[:, -1], chances[:, :-1]
        else:
            limit, deviation = self.usual
            off = (limit - (points @ self.centres.T).max(1)) / deviation
            unknown = 1.0 / (1.0 + np.exp(-np.clip(4.0 * off, -30.0, 30.0)))
        return [
            Domain(UNKNOWN if off > 0.5 else self.names[which], off)
            for off, which in zip(unknown.tolist(), chances.argmax(1).tolist(), strict=True)
        ]

    def save(self, path: str | Path) -> None:
        """Write ``domains.json`` and ``domains.npz`` into a folder."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        said = {"version": VERSION, "names": self.names, "usual": self.usual, "has_unknown": self.has_unknown}
        (path / "domains.json").write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
        np.savez_compressed(path / "domains.npz", weights=self.weights, bias=self.bias, centres=self.centres)


def read(path: str | Path) -> Domains | EncodedDomains:
    """The classifier in a folder, of either kind.

    Raises:
        InputError: the folder holds none, or one of another version.
    """
    path = Path(path)
    try:
        said = json.loads((path / "domains.json").read_text(encoding="utf-8"))
        if said["version"] != VERSION:
            return Domains.load(path)
        with np.load(path / "domains.npz", allow_pickle=False) as arrays:
            weights, bias, centres = arrays["weights"], arrays["bias"], arrays["centres"]
        low, deviation = said["usual"]
    except (OSError, ValueError, KeyError, TypeError):
        fix = f"what `livener domains` wrote: {BY_WORDS} or {VERSION}"
        raise InputError("no classifier of domains", where=str(path), fix=fix) from None
    return EncodedDomains(tuple(said["names"]), weights, bias, centres, (low, deviation), said["has_unknown"])


def train(known: Mapping[str, Sequence[str]], *, other: Iterable[str] = (), seed: int = 0) -> EncodedDomains:
    """Learn the domains of texts, by the name of each. ``other``: texts of no domain, the more kinds the better.

    Raises:
        InputError: no domain, one called "unknown", or one of fewer than ten texts.
        MissingDependencyError: without the extra ``neural``.
    """
    names, texts, others, wanted = labelled(known, other)
    points = _points([*texts, *others])
    weights, bias = _fit(points, wanted, len(names) + bool(others))
    held = np.random.default_rng(seed).permutation(len(texts))[::_HELD_OUT]
    kept = np.setdiff1d(np.arange(len(texts)), held)
    near = (points[held] @ _centres(points[kept], wanted[kept], len(names)).T).max(1)
    deviation = max(float(near.std()), 1e-3)
    usual = float(near.mean()) - _BELOW * deviation, deviation
    centres = _centres(points[: len(texts)], wanted[: len(texts)], len(names))
    return EncodedDomains(names, weights, bias, centres, usual, bool(others))


def _fit(points: Floats, wanted: npt.NDArray[np.int64], classes: int) -> tuple[Floats, Floats]:
    """Multinomial logistic regression, every class of equal weight, by Adagrad (Duchi et al. 2011)."""
    weights, bias = np.zeros((points.shape[1], classes)), np.zeros(classes)
    seen = np.full_like(weights, 1e-8)
    counts = np.bincount(wanted, minlength=classes)
    share = (1.0 / (classes * np.maximum(counts, 1)))[wanted][:, None]
    target, scaled = np.eye(classes)[wanted], _SCALE * points
    for _ in range(_STEPS):
        error = share * (_softmax(scaled @ weights + bias) - target)
        gradient = scaled.T @ error + _DECAY * weights
        seen += np.square(gradient)
        weights -= _RATE * gradient / np.sqrt(seen)
        bias -= _RATE * error.sum(0)
    return weights, bias


def _centres(points: Floats, wanted: npt.NDArray[np.int64], classes: int) -> Floats:
    sums = np.eye(classes)[wanted].T @ points
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


def _softmax(scores: Floats) -> Floats:
    chances = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(chances / chances.sum(1, keepdims=True))


def _points(texts: Sequence[str]) -> Floats:
    from livener.recognizers.encoding import encoded  # loads torch

    return encoded(texts)
