import json
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from livener.errors import InputError
from livener.metrics import MISSED, SPURIOUS, evaluate
from livener.text import Span

LABELS = ("LOC", "ORG", "PER")

spans = st.builds(
    lambda start, length, label, score: Span(start, start + length, label, score),
    st.integers(0, 15),
    st.integers(1, 8),
    st.sampled_from(LABELS),
    st.sampled_from([None, 0.25, 0.75]),
)
documents = st.lists(st.tuples(st.lists(spans, max_size=5), st.lists(spans, max_size=5)), max_size=2)


def flat(random: np.random.Generator, length: int = 20) -> list[Span]:
    """Random spans of token positions that do not overlap."""
    found, at = [], 0
    while (at := at + int(random.integers(0, 4))) < length - 4:
        end = at + int(random.integers(1, 4))
        found.append(Span(at, end, LABELS[random.integers(3)]))
        at = end
    return found


def one_overlap_each(random: np.random.Generator) -> tuple[list[Span], list[Span]]:
    """Random spans of which each overlaps at most one of the other side: at most one a side in ten positions."""
    sides = []
    for _ in range(2):
        starts = [10 * cell + int(random.integers(0, 5)) for cell in range(4) if random.random() < 0.8]
        sides.append([Span(at, at + int(random.integers(1, 5)), LABELS[random.integers(3)]) for at in starts])
    return sides[0], sides[1]


def tags(found: list[Span], length: int = 20) -> list[str]:
    row = ["O"] * length
    for span in found:
        row[span.start : span.end] = [f"B-{span.label}", *[f"I-{span.label}"] * (span.end - span.start - 1)]
    return row


@pytest.mark.parametrize("seed", range(10))
def test_seqeval_gives_the_same_strict_scores(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold = [flat(random) for _ in range(12)]
    predicted = [one if random.random() < 0.4 else flat(random) for one in gold]
    report = classification_report(
        [tags(one) for one in gold],
        [tags(one) for one in predicted],
        mode="strict",
        scheme=IOB2,
        output_dict=True,
        zero_division=0,
    )
    result = evaluate(gold, predicted)
    scores = {**result.per_label, "micro avg": result.strict, "macro avg": result.macro}
    assert scores.keys() == report.keys() - {"weighted avg"}
    for name, score in scores.items():
        expected = [report[name][key] for key in ("precision", "recall", "f1-score", "support")]
        assert [score.precision, score.recall, score.f1, score.support] == pytest.approx(expected)


def nervaluate(gold: list[list[Span]], predicted: list[list[Span]]) -> dict[str, list[float]]:
    """Its overall precision, recall and F1 by our names; its ends are inclusive."""

    def rows(side: list[list[Span]]) -> list[list[dict[str, object]]]:
        return [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in one] for one in side]

    overall = Evaluator(rows(gold), rows(predicted), tags=list(LABELS), loader="dict").evaluate()["overall"]
    ours = {"strict": "strict", "exact": "exact", "partial": "partial", "ent_type": "type"}
    return {ours[name]: [one.precision, one.recall, one.f1] for name, one in overall.items()}


@pytest.mark.parametrize("seed", range(10))
def test_nervaluate_gives_the_same_scores_where_no_span_has_two_partners(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold, predicted = zip(*[one_overlap_each(random) for _ in range(12)], strict=True)
    result = evaluate(gold, predicted)
    for name, expected in nervaluate(list(gold), list(predicted)).items():
        score = getattr(result, name)
        assert [score.precision, score.recall, score.f1] == pytest.approx(expected), name


@pytest.mark.parametrize("seed", range(10))
def test_nervaluate_gives_the_same_strict_and_exact_scores_on_flat_spans(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold, predicted = [flat(random) for _ in range(12)], [flat(random) for _ in range(12)]
    result, theirs = evaluate(gold, predicted), nervaluate(gold, predicted)
    for name in ("strict", "exact"):
        score = getattr(result, name)
        assert [score.precision, score.recall, score.f1] == pytest.approx(theirs[name]), name


def test_the_documented_differences_from_nervaluate() -> None:
    nested = [[Span(0, 9, "ORG"), Span(5, 9, "LOC")]]
    turned = [nested[0][::-1]]
    assert nervaluate(nested, turned)["strict"] == [1.0, 1.0, 1.0]
    part_first = [[Span(4, 9, "ORG"), Span(0, 9, "ORG")]]  # the first takes the gold span from the second
    assert nervaluate([[Span(0, 9, "ORG")]], part_first)["strict"][1] == 0.0
    assert evaluate([[Span(0, 9, "ORG")]], part_first).strict.recall == 1.0
    twice = [[Span(0, 9, "ORG"), Span(0, 9, "ORG")]]
    assert nervaluate([[Span(0, 9, "ORG")]], twice)["strict"][0] == 0.5
    assert evaluate([[Span(0, 9, "ORG")]], twice).strict.precision == 1.0


@given(documents, st.randoms())
def test_the_order_of_spans_changes_nothing(
    given_documents: list[tuple[list[Span], list[Span]]], random: Random
) -> None:
    gold, predicted = [list(one) for one, _ in given_documents], [list(other) for _, other in given_documents]
    expected = evaluate(gold, predicted)
    for one in (*gold, *predicted):
        one[:] = random.sample(one + one[:2], len(one) + len(one[:2]))  # duplicates change nothing either
    result = evaluate(gold, predicted)
    assert result.as_dict() == expected.as_dict()
    assert [(e.document, e.kind) for e in result.errors] == [(e.document, e.kind) for e in expected.errors]
    assert (result.counts == expected.counts).all()


@given(documents)
def test_the_numbers_agree_with_each_other(given_documents: list[tuple[list[Span], list[Span]]]) -> None:
    gold, predicted = [one for one, _ in given_documents], [other for _, other in given_documents]
    result, swapped = evaluate(gold, predicted), evaluate(predicted, gold)
    for name in ("strict", "exact", "partial", "type", "macro"):
        score, other = getattr(result, name), getattr(swapped, name)
        assert 0 <= score.precision <= 1
        assert 0 <= score.recall <= 1
        assert (score.precision, score.recall) == pytest.approx((other.recall, other.precision))
    assert result.strict.f1 <= result.exact.f1 <= result.partial.f1
    assert result.strict.f1 <= result.type.f1
    for side in ("gold", "predicted"):
        wrong = [(e.document, getattr(e, side)) for e in result.errors if getattr(e, side) is not None]
        assert len(set(wrong)) == len(wrong)
    kinds = result.as_dict()["error_types"]
    paired = kinds["boundary"] + kinds["label"] + kinds["boundary_and_label"]
    right = result.counts[:, :, 0].sum()
    assert right + paired + kinds["false_negative"] == result.strict.support
    assert right + paired + kinds["false_positive"] == result.strict.predicted
    for label, score in result.per_label.items():
        assert sum(result.confusion.get(label, {}).values()) == score.support
        assert sum(row.get(label, 0) for row in result.confusion.values()) == score.predicted
    assert json.loads(json.dumps(result.as_dict())) == result.as_dict()


def test_each_kind_of_error() -> None:
    gold = [Span(0, 5, "ORG"), Span(10, 15, "ORG"), Span(20, 25, "ORG"), Span(30, 35, "ORG"), Span(40, 45, "PER")]
    found = [Span(0, 5, "ORG"), Span(10, 15, "PER"), Span(20, 24, "ORG"), Span(30, 36, "LOC"), Span(50, 55, "LOC")]
    result = evaluate([[], gold], [[], found])
    assert [(e.document, e.kind, e.gold, e.predicted) for e in result.errors] == [
        (1, "label", gold[1], found[1]),
        (1, "boundary", gold[2], found[2]),
        (1, "boundary_and_label", gold[3], found[3]),
        (1, "false_negative", gold[4], None),
        (1, "false_positive", None, found[4]),
    ]
    assert result.confusion == {
        SPURIOUS: {"LOC": 1},
        "ORG": {"LOC": 1, "ORG": 2, "PER": 1},
        "PER": {MISSED: 1},
    }
    assert [result.strict.f1, result.exact.f1, result.partial.f1, result.type.f1] == [0.2, 0.4, 0.6, 0.4]
    assert result.label_given_boundary.f1 == 0.5
    assert result.labels == ("LOC", "ORG", "PER")
    assert result.counts.tolist() == [[[0, 0, 0]] * 3, [[0, 2, 0], [1, 2, 4], [0, 1, 1]]]
    assert result.per_label["ORG"].precision == 0.5
    assert result.per_label["ORG"].recall == 0.25


def test_two_labels_on_the_same_range_are_two_spans() -> None:
    gold = [[Span(0, 5, "ORG"), Span(0, 5, "LOC")]]
    result = evaluate(gold, [[Span(0, 5, "PER"), Span(0, 5, "ORG"), Span(1, 5, "LOC")]])
    assert [(e.kind, e.gold and e.gold.label, e.predicted and e.predicted.label) for e in result.errors] == [
        ("label", "LOC", "PER"),
        ("false_positive", None, "LOC"),
    ]
    assert result.type.recall == 1.0  # by type, the second LOC answers the first


def test_nothing_to_find() -> None:
    nothing = evaluate([[], []], [[], []])
    assert (nothing.strict.f1, nothing.macro.f1, nothing.strict.support) == (1.0, 1.0, 0)
    assert evaluate([], []).as_dict()["strict"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 0}
    for one, other in (([[Span(0, 1, "ORG")]], [[]]), ([[]], [[Span(0, 1, "ORG")]])):
        result = evaluate(one, other)
        assert (result.strict.precision, result.strict.recall, result.strict.f1) == (0.0, 0.0, 0.0)


def test_the_dictionary_has_the_promised_keys() -> None:
    scored = evaluate([[Span(0, 5, "ORG")]], [[Span(0, 5, "ORG", 0.9), Span(0, 5, "ORG", 0.7)]]).as_dict()
    assert list(scored["per_label"]["ORG"]) == ["precision", "recall", "f1", "support", "predicted"]
    assert scored["calibration"]["ece"] == pytest.approx(0.1)  # the higher score of the duplicates
    plain = evaluate([[Span(0, 5, "ORG")]], [[Span(0, 5, "ORG")]]).as_dict()
    assert scored.keys() - plain.keys() == {"calibration"}
    assert list(plain) == [
        "strict",
        "exact",
        "partial",
        "type",
        "macro",
        "per_label",
        "boundary",
        "label_given_boundary",
        "confusion",
        "error_types",
    ]


def test_different_numbers_of_documents_are_refused() -> None:
    with pytest.raises(InputError, match="2 gold documents, 1 predicted"):
        evaluate([[], []], [[]])
