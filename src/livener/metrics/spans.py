"""Scores of predicted spans against gold spans, and the errors behind them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics.calibration import Calibration, calibration
from livener.metrics.pairing import Key, pair
from livener.text import Span

ERROR_KINDS = ("false_positive", "false_negative", "boundary", "label", "boundary_and_label")
MISSED = "(missed)"
"""The column of the confusion for gold spans paired with no prediction."""
SPURIOUS = "(spurious)"
"""The row of the confusion for predictions paired with no gold span."""


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, with how many gold spans (``support``) and predicted spans they rest on.

    Where nothing was there to find and nothing was found, all three are 1.0 (seqeval and nervaluate say 0.0), so that
    a document, label or resample without entities does not count as a failure; ``support`` tells the two apart.
    Where only one side is empty, all three are 0.0.

    >>> Score.of(3, predicted=4, gold=6)
    Score(precision=0.75, recall=0.5, f1=0.6, support=6, predicted=4)
    """

    precision: float
    recall: float
    f1: float
    support: int
    predicted: int

    @classmethod
    def of(cls, right: float, *, predicted: int, gold: int) -> "Score":
        """From the credit for right predictions and the numbers of predicted and gold spans."""
        if not predicted and not gold:
            return cls(1.0, 1.0, 1.0, 0, 0)
        return cls(right / max(predicted, 1), right / max(gold, 1), 2 * right / (predicted + gold), gold, predicted)

    def as_dict(self) -> dict[str, float | int]:
        """As JSON values, without ``predicted``."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "support": self.support}


@dataclass(frozen=True, slots=True)
class SpanError:
    """One error: the index of its document, one of `ERROR_KINDS`, and the spans; one of them is None where the other
    has no partner."""

    document: int
    kind: str
    gold: Span | None
    predicted: Span | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` found.

    ``counts`` has shape (documents, labels, 3): strictly right, predicted and gold spans of each document and of each
    of ``labels`` (sorted, those that occur). ``confusion`` maps a gold label (or `SPURIOUS`) to the predicted
    labels (or `MISSED`) of the spans paired with it. ``calibration`` is None where no prediction carries a score.
    ``label_given_boundary`` looks at the spans with right boundaries only; its precision, recall and F1 are all the
    share of them that has the right label.
    """

    strict: Score
    exact: Score
    partial: Score
    type: Score
    macro: Score
    per_label: Mapping[str, Score]
    label_given_boundary: Score
    confusion: Mapping[str, Mapping[str, int]]
    errors: list[SpanError]
    calibration: Calibration | None
    labels: tuple[str, ...]
    counts: npt.NDArray[np.int32] = field(compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values: what ``livener evaluate --json`` prints."""
        kinds = Counter(error.kind for error in self.errors)
        result = {
            "strict": self.strict.as_dict(),
            "exact": self.exact.as_dict(),
            "partial": self.partial.as_dict(),
            "type": self.type.as_dict(),
            "macro": self.macro.as_dict(),
            "per_label": {
                label: {**score.as_dict(), "predicted": score.predicted} for label, score in self.per_label.items()
            },
            "boundary": self.exact.as_dict(),
            "label_given_boundary": {"accuracy": self.label_given_boundary.f1, **self.label_given_boundary.as_dict()},
            "confusion": {gold: dict(row) for gold, row in self.confusion.items()},
            "error_types": {kind: kinds[kind] for kind in ERROR_KINDS},
        }
        return result if self.calibration is None else {**result, "calibration": self.calibration.as_dict()}


def evaluate(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]) -> Evaluation:
    """Score predicted spans against gold spans; the outer index of both is the document.

    * ``strict``: boundaries and label right.
    * ``exact`` (= boundary): boundaries right, whatever the label.
    * ``partial``: any overlap, whatever the label; a whole credit for right boundaries, half a credit otherwise.
    * ``type``: any overlap, label right.

    The four are those of SemEval-2013 task 9 (Segura-Bedmar et al. 2013), after MUC-5 (Chinchor and Sundheim 1993).
    ``macro`` is the mean of the strict scores over all labels that occur in gold or predictions.

    Strict matches leave first; `pair` pairs what is left, once over all labels (exact, partial, confusion, errors)
    and once within each label (type). So no score depends on the order of the spans, each span is in one error at
    most, and spans may overlap and nest. A span given twice (same start, end and label) counts once, with the
    higher score. ``calibration`` is that of the scores of predicted spans as probabilities of a strict match.

    Differences from others: nervaluate pairs greedily in the order of the predictions and counts duplicates;
    both it and seqeval score emptiness 0.0 (see `Score`). On flat spans strict and exact are the same in all three.

    Raises:
        InputError: different numbers of documents, or a score outside [0, 1].

    >>> gold = [[Span(0, 5, "ORG"), Span(9, 14, "PER")]]
    >>> found = [[Span(0, 5, "ORG", 0.9), Span(9, 12, "LOC", 0.6), Span(20, 22, "ORG", 0.2)]]
    >>> result = evaluate(gold, found)
    >>> round(result.strict.f1, 2), round(result.partial.f1, 2)
    (0.4, 0.6)
    >>> [(error.kind, error.predicted.label) for error in result.errors]
    [('boundary_and_label', 'LOC'), ('false_positive', 'ORG')]
    """
    if len(gold) != len(predicted):
        raise InputError(f"{len(gold)} gold documents, {len(predicted)} predicted", fix="the same documents in both")
    tally = _Tally()
    for document, (expected, found) in enumerate(zip(gold, predicted, strict=True)):
        tally.add(document, _by_key(expected), _by_key(found))
    return tally.evaluation(len(gold))


def _by_key(spans: Sequence[Span]) -> dict[Key, Span]:
    by_key = {(span.start, span.end, span.label): span for span in spans}
    if len(by_key) < len(spans):
        by_score = sorted(spans, key=lambda span: -1.0 if span.score is None else span.score)
        by_key = {(span.start, span.end, span.label): span for span in by_score}
    return by_key


def _kind(gold: Key, predicted: Key) -> str:
    if gold[:2] == predicted[:2]:
        return "label"
    return "boundary" if gold[2] == predicted[2] else "boundary_and_label"


class _Tally:
    """The counts of an evaluation while it runs."""

    def __init__(self) -> None:
        self.label_ids: defaultdict[str, int] = defaultdict(lambda: len(self.label_ids))
        # For strictly right, predicted and gold spans: the label ids, and how many of them each document has.
        self.ids: tuple[list[int], ...] = ([], [], [])
        self.sizes: tuple[list[int], ...] = ([], [], [])
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.type_only = 0
        self.errors: list[SpanError] = []
        self.scores: list[float] = []
        self.correct: list[bool] = []

    def add(self, document: int, gold: dict[Key, Span], predicted: dict[Key, Span]) -> None:
        same = gold.keys() == predicted.keys()
        right: Iterable[Key] = gold if same else gold.keys() & predicted.keys()
        for side, keys in enumerate((right, predicted, gold)):
            before = len(self.ids[side])
            self.ids[side].extend([self.label_ids[label] for _, _, label in keys])
            self.sizes[side].append(len(self.ids[side]) - before)
        for key, span in predicted.items():
            if span.score is not None:
                self.scores.append(span.score)
                self.correct.append(key in gold)
        if not same:
            self._add_errors(document, gold, predicted)

    def _add_errors(self, document: int, gold: dict[Key, Span], predicted: dict[Key, Span]) -> None:
        missed = {key: span for key, span in gold.items() if key not in predicted}
        spurious = {key: span for key, span in predicted.items() if key not in gold}
        errors: list[tuple[Key, SpanError]] = []
        if missed and spurious:
            by_label: defaultdict[str, tuple[list[Key], list[Key]]] = defaultdict(lambda: ([], []))
            for side, keys in enumerate((missed, spurious)):
                for key in keys:
                    by_label[key[2]][side].append(key)
            self.type_only += sum(len(pair(*sides)) for sides in by_label.values())
            for one, other in pair(missed, spurious):
                error = SpanError(document, _kind(one, other), missed.pop(one), spurious.pop(other))
                errors.append((min(one, other), error))
                self.pairs[one[2], other[2]] += 1
        for key, span in missed.items():
            errors.append((key, SpanError(document, "false_negative", span, None)))
            self.pairs[key[2], MISSED] += 1
        for key, span in spurious.items():
            errors.append((key, SpanError(document, "false_positive", None, span)))
            self.pairs[SPURIOUS, key[2]] += 1
        self.errors += [error for _, error in sorted(errors, key=lambda item: item[0])]

    def evaluation(self, n_documents: int) -> Evaluation:
        labels = sorted(self.label_ids)
        counts = self._counts(n_documents, labels)
        per_label: dict[str, Score] = {}
        for label, (right, predicted, gold) in zip(labels, counts.sum(axis=0, dtype=np.int64).tolist(), strict=True):
            per_label[label] = Score.of(right, predicted=predicted, gold=gold)
            if right:
                self.pairs[label, label] += right
        right, predicted, gold = (len(ids) for ids in self.ids)
        kinds = Counter(error.kind for error in self.errors)
        exact = right + kinds["label"]
        partial = exact + 0.5 * (kinds["boundary"] + kinds["boundary_and_label"])
        confusion: dict[str, dict[str, int]] = {}
        for (one, other), count in sorted(self.pairs.items()):
            confusion.setdefault(one, {})[other] = count
        return Evaluation(
            strict=Score.of(right, predicted=predicted, gold=gold),
            exact=Score.of(exact, predicted=predicted, gold=gold),
            partial=Score.of(partial, predicted=predicted, gold=gold),
            type=Score.of(right + self.type_only, predicted=predicted, gold=gold),
            macro=_mean(list(per_label.values())),
            per_label=per_label,
            label_given_boundary=Score.of(right, predicted=exact, gold=exact),
            confusion=confusion,
            errors=self.errors,
            calibration=calibration(self.scores, self.correct) if self.scores else None,
            labels=tuple(labels),
            counts=counts,
        )

    def _counts(self, n_documents: int, labels: list[str]) -> npt.NDArray[np.int32]:
        column = np.empty(len(labels), np.int64)
        column[[self.label_ids[label] for label in labels]] = np.arange(len(labels))
        counts = np.empty((n_documents, len(labels), 3), np.int32)
        for side in range(3):
            rows = np.repeat(np.arange(n_documents), self.sizes[side])
            cells = rows * len(labels) + column[np.asarray(self.ids[side], np.int64)]
            counts[:, :, side] = np.bincount(cells, minlength=counts[:, :, side].size).reshape(counts.shape[:2])
        return counts


def _mean(scores: list[Score]) -> Score:
    if not scores:
        return Score.of(0, predicted=0, gold=0)
    return Score(
        precision=sum(score.precision for score in scores) / len(scores),
        recall=sum(score.recall for score in scores) / len(scores),
        f1=sum(score.f1 for score in scores) / len(scores),
        support=sum(score.support for score in scores),
        predicted=sum(score.predicted for score in scores),
    )
