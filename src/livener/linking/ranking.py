"""Which candidate is meant, and whether any is: two logistic regressions over a few features."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.linking.knowledge_base import KINDS, Candidate

Floats = npt.NDArray[np.float64]
_FEATURES = ("share", "first", "popularity", "similarity", *KINDS, "type", "other type", "context", "coherence")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SMALL = (
    "about after and are been before being but can could for from had has have her here his into its just not our "
    "out over should than that the their them then there they this under was were what who will with would you your"
)
_NOTHING = frozenset(_SMALL.split())
_STRENGTH = 0.3  # of the pull of all weights towards zero


def words_of(text: str) -> frozenset[str]:
    """The words that say what a text is about.

    >>> sorted(words_of("The mayor of Paris and the river"))
    ['mayor', 'paris', 'river']
    """
    return frozenset(_WORD.findall(text.casefold())) - _NOTHING


class Asked(NamedTuple):
    """One span to be linked: its label, the words around it, the words of what its neighbours may mean."""

    label: str
    words: frozenset[str]
    beside: frozenset[str]
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Ranker:
    """Scores candidates by prior, match of names, type, context and coherence, and says how sure the best one is.

    ``weights`` are for the features of a candidate, ``sureness`` for the log-odds of the best candidate, its lead
    over the next one, and a constant. The defaults are hand-set: fit them where links are known.
    """

    weights: tuple[float, ...] = (2.0, 1.0, 0.3, 2.0, 1.0, 0.5, -0.5, -1.0, -0.5, -1.5, 1.0, -1.0, 5.0, 1.0, -4.0)
    sureness: tuple[float, float, float] = (1.0, 0.5, 0.0)

    def best(self, asked: Asked) -> tuple[int, float]:
        """The position of the best candidate and the probability that it is meant; there must be one."""
        odds = _features(asked) @ np.array(self.weights)
        order = np.argsort(-odds, kind="stable")
        return int(order[0]), float(_probability(np.array(_lead(odds[order])) @ np.array(self.sureness)))

    @classmethod
    def fit(cls, asked: Sequence[Asked], meant: Sequence[str | None]) -> "Ranker":
        """Learn from spans whose meaning (an id, or ``None`` for no entry) is known.

        Raises:
            InputError: for no span is the right entry among the candidates.
        """
        known = [(one, identity) for one, identity in zip(asked, meant, strict=True) if one.candidates]
        rows = [_features(one) for one, _ in known]
        right = [np.array([c.id == identity for c in one.candidates]) for one, identity in known]
        if not any(one.any() for one in right):
            raise InputError("no span's meaning is among its candidates", fix="spans with a kb_id")
        weights = _logistic(np.concatenate(rows), np.concatenate(right))
        leads, firsts = [], []
        for row, truth in zip(rows, right, strict=True):
            odds = row @ weights
            order = np.argsort(-odds, kind="stable")
            leads.append(_lead(odds[order]))
            firsts.append(bool(truth[order[0]]))
        sureness = _logistic(np.array(leads), np.array(firsts))
        return cls(tuple(weights.tolist()), (float(sureness[0]), float(sureness[1]), float(sureness[2])))

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        path.write_text(json.dumps({"features": _FEATURES} | asdict(self)) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Ranker":
        """Read what `save` wrote."""
        record = json.loads(path.read_text(encoding="utf-8"))
        if tuple(record["features"]) != _FEATURES:
            raise InputError("other features than this livener has", where=str(path), fix="a ranker fitted again")
        return cls(tuple(record["weights"]), tuple(record["sureness"]))


def _features(asked: Asked) -> Floats:
    """(candidates, features and a constant)."""
    total = sum(one.uses for one in asked.candidates) + 1.0
    most = max(one.uses for one in asked.candidates)
    rows = []
    for one in asked.candidates:
        same_type = bool(one.type) and one.type.casefold() == asked.label.casefold()
        context = {**dict.fromkeys(words_of(one.description), 1.0), **one.context} if asked.words else {}
        rows.append(
            (
                (one.uses + 0.5) / total,
                float(one.uses == most),
                math.log1p(one.popularity) / 5.0,
                one.similarity,
                *[float(one.kind == kind) for kind in KINDS],
                float(same_type),
                float(bool(one.type) and not same_type),
                _cosine(asked.words, context),
                _cosine(asked.beside, context) if asked.beside else 0.0,
                1.0,
            )
        )
    return np.array(rows)


def _cosine(words: frozenset[str], weights: Mapping[str, float]) -> float:
    shared = sum(math.sqrt(weights[word]) for word in words & weights.keys())
    return shared / math.sqrt(len(words) * sum(weights.values())) if shared else 0.0


def _lead(odds: Floats) -> tuple[float, float, float]:
    """Of log-odds from the highest: the first, its lead over the second, and a constant."""
    return float(odds[0]), float(min(odds[0] - odds[1], 8.0)) if len(odds) > 1 else 4.0, 1.0


def _probability(odds: Floats) -> Floats:
    p: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -50.0, 50.0)))
    return p


def _logistic(x: Floats, y: npt.NDArray[np.bool_]) -> Floats:
    """Ridge logistic regression by Newton's method; the last column is the constant, which is not pulled."""
    pull = np.full(x.shape[1], _STRENGTH)
    pull[-1] = 1e-3
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = _probability(x @ w)
        hessian = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(pull)
        step = np.linalg.solve(hessian, x.T @ (p - y) + pull * w)
        w -= np.clip(step, -4.0, 4.0)
        if np.abs(step).max() < 1e-8:
            break
    return w
