"""How sure a score is, and whether one of two systems is better."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics.spans import Evaluation, evaluate
from livener.text import Span

NO_DIFFERENCE = "no difference shown"
_LIMITS = (0.025, 0.975)
_CELLS = 4_000_000
"""Weights held at a time: 32 MB."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """Strict F1 of two systems, ``b`` − ``a`` with its 95 % interval, and the p-value of no difference.

    ``verdict`` is ``"a"`` or ``"b"`` (the better one) where the interval excludes zero and p < 0.05, otherwise
    ``"no difference shown"``.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` found: overall and per label, with the two evaluations it rests on.

    Each label stands alone: among twenty labels without a difference one is expected to show one by chance.
    """

    overall: Difference
    per_label: Mapping[str, Difference]
    a: Evaluation = field(repr=False)
    b: Evaluation = field(repr=False)

    @property
    def verdict(self) -> str:
        """``"a"``, ``"b"`` or ``"no difference shown"``, over all labels."""
        return self.overall.verdict

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "verdict": self.verdict,
            "documents": len(self.a.counts),
            "overall": asdict(self.overall),
            "per_label": {label: asdict(difference) for label, difference in self.per_label.items()},
        }


def bootstrap_interval(
    evaluation: Evaluation, *, label: str | None = None, samples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile interval of strict F1 (of one label, or over all) over resampled documents (Efron 1979).

    Documents, not spans, are drawn with replacement, because the spans of one document stand and fall together.

    Raises:
        InputError: no documents, fewer than one sample, or a label that does not occur.

    >>> gold = [[Span(0, 5, "ORG")]] * 20
    >>> low, high = bootstrap_interval(evaluate(gold, [*gold[:15], [], [], [], [], []]))
    >>> low < 30 / 35 < high
    True
    """
    if label is not None and label not in evaluation.labels:
        raise InputError(f"label {label!r} does not occur", fix=f"one of {', '.join(evaluation.labels)}")
    column = 0 if label is None else 1 + evaluation.labels.index(label)
    table = _table(evaluation, evaluation.labels)[:, :, [column]]
    rng = np.random.default_rng(seed)
    values = np.concatenate([_f1(weights, table) for weights in _resamples(len(table), samples, rng)])
    low, high = np.quantile(values, _LIMITS).tolist()
    return low, high


def compare(
    gold: Sequence[Sequence[Span]],
    a: Sequence[Sequence[Span]],
    b: Sequence[Sequence[Span]],
    *,
    samples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Whether ``a`` or ``b`` predicts the gold spans better, overall and per label, by strict F1.

    The outer index of all three is the document. The interval of the difference is that of a paired bootstrap over
    documents (Efron and Tibshirani 1993). The two-sided p-value is that of approximate randomisation, which swaps the
    two systems in random documents (Noreen 1989; Yeh 2000): unlike the bootstrap it claims nothing from a handful of
    documents.

    Raises:
        InputError: no documents, different numbers of documents, or fewer than one sample.

    >>> gold = [[Span(0, 5, "ORG")]] * 20
    >>> result = compare(gold, a=[[]] * 10 + gold[10:], b=gold)
    >>> result.verdict, round(result.overall.difference, 2)
    ('b', 0.33)
    """
    of_a, of_b = evaluate(gold, a), evaluate(gold, b)
    labels = sorted({*of_a.labels, *of_b.labels})
    table_a, table_b = _table(of_a, labels), _table(of_b, labels)
    rng = np.random.default_rng(seed)
    resampled = np.concatenate(
        [_f1(weights, table_b) - _f1(weights, table_a) for weights in _resamples(len(gold), samples, rng)]
    )
    low, high = np.quantile(resampled, _LIMITS, axis=0)
    every = np.ones((1, len(gold)))
    f1_a, f1_b = _f1(every, table_a)[0], _f1(every, table_b)[0]
    p_values = _randomisation(table_a, table_b, np.abs(f1_b - f1_a), samples, rng)
    columns = np.stack([f1_a, f1_b, low, high, p_values], axis=1).tolist()
    overall, *per_label = [_difference(*column) for column in columns]
    return Comparison(overall, dict(zip(labels, per_label, strict=True)), of_a, of_b)


def _difference(a: float, b: float, low: float, high: float, p_value: float) -> Difference:
    shown = p_value < 0.05 and not low <= 0 <= high
    return Difference(a, b, b - a, low, high, p_value, ("b" if b > a else "a") if shown else NO_DIFFERENCE)


def _table(evaluation: Evaluation, labels: Sequence[str]) -> Floats:
    """Strictly right spans, and predicted plus gold spans: shape (documents, 2, 1 + labels), all labels together
    first."""
    counts = evaluation.counts
    table = np.zeros((len(counts), 2, 1 + len(labels)))
    present = [1 + labels.index(label) for label in evaluation.labels]
    table[:, 0, present] = counts[:, :, 0]
    table[:, 1, present] = counts[:, :, 1] + counts[:, :, 2]
    table[:, :, 0] = table[:, :, 1:].sum(axis=2)
    return table


def _f1(weights: Floats, table: Floats) -> Floats:
    """F1 of each row of document weights, shape (rows, documents), for each column of the table."""
    return _ratio((weights @ table.reshape(len(table), -1)).reshape(len(weights), *table.shape[1:]))


def _ratio(sums: Floats) -> Floats:
    right, size = sums[:, 0], sums[:, 1]
    return np.divide(2 * right, size, out=np.ones_like(right), where=size > 0)


def _resamples(n_documents: int, samples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How often each document was drawn: ``samples`` rows in all, a block at a time."""
    if not n_documents or samples < 1:
        raise InputError(f"{samples} samples of {n_documents} documents", fix="at least one of both")
    for rows in _blocks(n_documents, samples):
        drawn = rng.integers(n_documents, size=(rows, n_documents))
        drawn += np.arange(rows)[:, None] * n_documents
        yield np.bincount(drawn.ravel(), minlength=rows * n_documents).reshape(rows, n_documents).astype(np.float64)


def _blocks(n_documents: int, samples: int) -> Iterator[int]:
    block = max(1, _CELLS // max(n_documents, 1))
    for start in range(0, samples, block):
        yield min(block, samples - start)


def _randomisation(a: Floats, b: Floats, observed: Floats, samples: int, rng: np.random.Generator) -> Floats:
    """The share of random swaps with a difference at least as large as the observed one, that one included."""
    changes = (b - a).reshape(len(a), -1)
    changes = changes[changes.any(axis=1)]  # swapping equal counts changes nothing
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    as_large = np.ones(a.shape[2])
    for rows in _blocks(len(changes), samples):
        swapped = rng.integers(2, size=(rows, len(changes))).astype(np.float64) @ changes
        swapped = swapped.reshape(rows, *a.shape[1:])
        differences = _ratio(total_b - swapped) - _ratio(total_a + swapped)
        as_large += (np.abs(differences) >= observed - 1e-12).sum(axis=0)
    return as_large / (1 + samples)
