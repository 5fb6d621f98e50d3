"""Agreement, held to published worked examples and to its definitions computed the slow way."""

from itertools import combinations, permutations
from random import Random
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.metrics import agreement, cohen_kappa, evaluate, fleiss_kappa, krippendorff_alpha
from livener.metrics.pieces import cut
from livener.text import Document, Span

TEXT = "Ann Lee of Acme Corp met Bob"
TOKENS = ((0, 3), (4, 7), (8, 10), (11, 15), (16, 20), (21, 24), (25, 28))

# Table 1 of Fleiss 1971: 30 patients, five diagnoses, six psychiatrists each.
FLEISS_1971 = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""

# Krippendorff 2011: A (binary), B (nominal), C (four observers, missing data), each with its nominal α.
KRIPPENDORFF_2011 = [
    ("0100000010 1110010000", 0.095),
    ("aabbdcccedda babbbccceddd", 0.692),
    ("123321412... 1233224125.3 .3332342251. 12332441251.", 0.743),
]


def counts_of(rows: list[str]) -> np.ndarray:
    values = sorted({value for row in rows for value in row} - {"."})
    return np.array([[column.count(value) for value in values] for column in zip(*rows, strict=True)])


def test_the_example_of_cohen() -> None:
    """20 both yes, 15 both no, 5 and 10 apart: 0.7 observed, 0.5 by chance."""
    a, b = np.repeat([[1, 1, 0, 0], [1, 0, 1, 0]], [20, 5, 10, 15], axis=1)
    assert cohen_kappa(a, b) == pytest.approx(0.4)


def test_the_example_of_fleiss() -> None:
    counts = np.array([[int(digit) for digit in row] for row in FLEISS_1971.split()])
    assert counts.sum(axis=1).tolist() == [6] * 30
    assert fleiss_kappa(counts) == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize(("ratings", "alpha"), KRIPPENDORFF_2011)
def test_the_examples_of_krippendorff(ratings: str, alpha: float) -> None:
    assert krippendorff_alpha(counts_of(ratings.split())) == pytest.approx(alpha, abs=5e-4)


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=4), min_size=1, max_size=12))
def test_kappa_and_alpha_by_definition(ratings: list[list[int]]) -> None:
    """Over ordered pairs of ratings: of one unit (each unit, or each rating, weighs the same), and of any two."""
    units = [unit for unit in ratings if len(unit) > 1]
    counts = np.array([[unit.count(value) for value in range(3)] for unit in ratings])
    if not units:
        assert fleiss_kappa(counts) is krippendorff_alpha(counts) is None
        return
    everything = [value for unit in units for value in unit]
    within = [mean(a == b for a, b in permutations(unit, 2)) for unit in units]
    with_replacement = mean(a == b for a in everything for b in everything)
    without = mean(a == b for a, b in permutations(everything, 2))
    weighted = sum(len(unit) * one for unit, one in zip(units, within, strict=True)) / len(everything)
    if len(set(everything)) == 1:
        assert fleiss_kappa(counts) is krippendorff_alpha(counts) is None
    else:
        assert fleiss_kappa(counts) == pytest.approx((mean(within) - with_replacement) / (1 - with_replacement))
        assert krippendorff_alpha(counts) == pytest.approx((weighted - without) / (1 - without))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12))
def test_cohen_by_definition(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, int).reshape(-1, 2).T
    chance = mean(float(x == y) for x in a for y in b) if pairs else 1
    if chance == 1:
        assert cohen_kappa(a, b) is None
    else:
        assert cohen_kappa(a, b) == pytest.approx((mean(float(x == y) for x, y in pairs) - chance) / (1 - chance))


def annotated(*spans: tuple[int, int, str]) -> Document:
    """Spans over the seven tokens of the text."""
    found = tuple(Span(TOKENS[first][0], TOKENS[last - 1][1], label) for first, last, label in spans)
    return Document(TEXT, spans=found, tokens=TOKENS)


ANN = annotated((0, 2, "PER"), (3, 5, "ORG"), (6, 7, "PER"))
BOB = annotated((0, 1, "PER"), (3, 5, "PER"), (6, 7, "PER"))
CY = annotated((0, 2, "PER"))


def test_two_people_by_hand() -> None:
    found = agreement([{"Ann": ANN, "Bob": BOB}])
    overall = found.everyone.overall
    assert (overall.strict, overall.boundary, overall.label_given_boundary) == (1 / 3, 2 / 3, 1 / 2)
    # Ann: P P . O O . P, Bob: P . . P P . P
    assert overall.cohen == pytest.approx((4 / 7 - (3 * 4 + 2 * 0 + 2 * 3) / 49) / (1 - 18 / 49))
    assert overall.cohen_marked == pytest.approx((2 / 5 - 12 / 25) / (1 - 12 / 25))
    assert overall.spans == 6
    org = found.everyone.per_label["ORG"]
    assert (org.strict, org.boundary, org.label_given_boundary, org.spans) == (0, 1, 0, 1)
    assert org.cohen == 0
    person = found.everyone.per_label["PER"]
    assert (person.strict, person.boundary, person.label_given_boundary) == (2 / 5, 3 / 5, 2 / 3)
    assert found.pairs["Ann", "Bob"] == found.everyone
    assert found.as_dict()["pairs"][0]["per_label"]["ORG"]["boundary"] == 1


def test_the_team_is_the_mean_of_its_pairs() -> None:
    found = agreement([{"Ann": ANN, "Bob": BOB, "Cy": CY}])
    pairs = [found.pairs[pair].overall for pair in combinations(("Ann", "Bob", "Cy"), 2)]
    for name in ("strict", "boundary", "label_given_boundary", "cohen", "cohen_marked"):
        assert getattr(found.everyone.overall, name) == pytest.approx(
            mean(value for pair in pairs if (value := getattr(pair, name)) is not None), rel=1e-12
        )
    assert found.pairs["Bob", "Cy"].overall.label_given_boundary is None  # no range in common
    counts = counts_of(["PP.OO.P".replace(".", "x"), "PxxPPxP", "PPxxxxx"])
    assert found.everyone.overall.fleiss == pytest.approx(fleiss_kappa(counts))
    assert found.everyone.overall.fleiss_marked == pytest.approx(fleiss_kappa(counts[[0, 1, 3, 4, 6]]))
    assert found.everyone.overall.alpha == pytest.approx(krippendorff_alpha(counts))
    assert found.everyone.per_label["ORG"].fleiss == pytest.approx(
        fleiss_kappa(np.array([[3, 0]] * 5 + [[2, 1]] * 2))
    )


def test_a_document_that_somebody_has_not_annotated_is_missing_data() -> None:
    alone, both = {"Bob": BOB}, {"Ann": ANN, "Bob": BOB}
    assert agreement([both, alone, {"Cy": CY}]).everyone == agreement([both]).everyone
    found = agreement([both, {"Ann": ANN, "Cy": ANN}])
    assert set(found.pairs) == {("Ann", "Bob"), ("Ann", "Cy")}
    assert found.everyone.overall.strict == pytest.approx((1 / 3 + 1) / 2)
    assert found.everyone.documents == 2
    assert found.pairs["Ann", "Cy"].documents == 1
    rows = ["PPxOOxP" * 2, "PxxPPxP" + "." * 7, "." * 7 + "PPxOOxP"]
    assert found.everyone.overall.alpha == pytest.approx(krippendorff_alpha(counts_of(rows)))


def test_partly_annotated_is_missing_data() -> None:
    part = Document(TEXT, spans=BOB.spans, tokens=TOKENS, complete=False)
    assert agreement([{"Ann": ANN, "Bob": part, "Cy": CY}]).annotators == ("Ann", "Cy")
    with pytest.raises(InputError, match="no document was annotated by two people"):
        agreement([{"Ann": ANN, "Bob": part}])


def test_perfect_agreement_and_none_at_all() -> None:
    same = agreement([{"Ann": ANN, "Bob": ANN}]).everyone.overall
    assert (same.strict, same.cohen, same.cohen_marked, same.fleiss, same.alpha) == (1, 1, 1, 1, 1)
    nothing = agreement([{"Ann": annotated(), "Bob": annotated()}])
    assert nothing.everyone.overall == nothing.pairs["Ann", "Bob"].overall
    assert nothing.everyone.overall.spans == 0
    assert {getattr(nothing.everyone.overall, name) for name in ("strict", "cohen", "cohen_marked", "alpha")} == {
        None
    }
    assert agreement([{"Ann": Document(""), "Bob": Document("")}]).everyone.tokens == 0


def test_different_texts_are_refused() -> None:
    with pytest.raises(InputError, match="Ann, Bob: the annotators' texts differ"):
        agreement([{"Ann": ANN, "Bob": Document("Another text")}])


spans = st.tuples(st.integers(0, 6), st.integers(1, 7), st.sampled_from(["PER", "ORG"])).filter(
    lambda one: one[0] < one[1]
)
people = st.dictionaries(
    st.sampled_from(["Ann", "Bob", "Cy"]),
    st.lists(spans, max_size=4).map(lambda found: annotated(*found)),
    min_size=2,
)


@given(st.lists(people, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_neither_the_order_of_people_nor_that_of_spans_matters(
    documents: list[dict[str, Document]], random: Random
) -> None:
    def shuffled(document: Document) -> Document:
        return document.with_spans(tuple(random.sample(document.spans, len(document.spans))))

    turned = [{name: shuffled(one[name]) for name in sorted(one, reverse=True)} for one in documents]
    a, b = agreement(documents).everyone, agreement(turned).everyone
    assert (a.documents, a.tokens) == (b.documents, b.tokens)
    assert a.per_label.keys() == b.per_label.keys()
    for one, other in ((a.overall, b.overall), *((a.per_label[label], b.per_label[label]) for label in a.per_label)):
        for name in one.__slots__:
            assert getattr(one, name) == pytest.approx(getattr(other, name)), name


@given(people)
def test_strict_is_boundary_times_label_and_that_of_evaluate(one: dict[str, Document]) -> None:
    for (a, b), pair in agreement([one]).pairs.items():
        score = evaluate([one[a].spans], [one[b].spans])
        for figures in (pair.overall, *pair.per_label.values()):
            if figures.label_given_boundary is not None:
                assert figures.strict == pytest.approx(figures.boundary * figures.label_given_boundary)
            else:
                assert not figures.strict
        if pair.overall.spans:
            assert pair.overall.strict == pytest.approx(score.strict.f1)
            assert pair.overall.boundary == pytest.approx(score.exact.f1)


def test_nested_spans_give_a_token_both_labels() -> None:
    nested, flat = annotated((3, 7, "EVENT"), (6, 7, "PER")), annotated((3, 7, "EVENT"))
    found = agreement([{"Ann": nested, "Bob": flat}]).everyone
    assert found.overall.cohen < 1
    assert found.per_label["EVENT"].cohen == 1
    assert found.per_label["PER"].cohen == 0


def test_tokens_are_cut_where_anybody_cuts_them() -> None:
    text = "Londoners  win"
    ann, bob = Document(text, spans=(Span(0, 6, "GPE"),)), Document(text, spans=(Span(0, 10, "NORP"),))
    assert cut({"Ann": ann, "Bob": bob}) == [(0, 6), (6, 9), (11, 14)]
    assert agreement([{"Ann": ann, "Bob": bob}]).everyone.tokens == 3
