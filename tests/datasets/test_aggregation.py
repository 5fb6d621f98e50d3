"""One gold from many annotators: by hand, on the data of Dawid and Skene, on simulated people of known quality."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.datasets.aggregation import METHODS, dawid_skene, estimate, majority
from livener.errors import InputError
from livener.metrics import evaluate
from livener.text import Document, Span

# Table 1 of Dawid and Skene 1979: 45 patients; three answers of the first anaesthetist, one of each of four others.
DAWID_SKENE_1979 = """1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343
1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111
2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111
1111111 1212111 2322222 1211111 2222222"""

LABELS = ("LOC", "ORG", "PER")


def test_the_example_of_dawid_and_skene() -> None:
    """The shares of the classes and the first anaesthetist's rates, to the two digits that they print."""
    ratings = np.array([[int(digit) - 1 for digit in patient] for patient in DAWID_SKENE_1979.split()])
    patients = np.arange(45)
    first = np.tile(patients, 3), ratings[:, :3].T.ravel()
    others = [(patients, ratings[:, column]) for column in range(3, 7)]
    scores = estimate([first, *others], np.ones(45, int), 4, team=0, right=0, each=1e-9)
    truth = np.exp(scores - scores.max(axis=1, keepdims=True))
    truth /= truth.sum(axis=1, keepdims=True)
    assert truth.mean(axis=0) == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    rates = np.zeros((4, 4))
    np.add.at(rates.T, first[1], truth[first[0]])
    rates /= rates.sum(axis=1, keepdims=True)
    assert rates[0] == pytest.approx([0.89, 0.11, 0, 0], abs=0.005)
    assert rates[1] == pytest.approx([0.07, 0.88, 0.05, 0], abs=0.005)


def test_a_unit_that_occurs_twice_is_two_units() -> None:
    random = np.random.default_rng(0)
    twice = np.repeat(np.arange(12), 2)
    given = random.integers(3, size=(4, 12))
    units = np.arange(12)
    once = estimate([(units, one) for one in given], np.full(12, 2), 3)
    both = estimate([(np.arange(24), one[twice]) for one in given], np.ones(24, int), 3)
    assert both == pytest.approx(once[twice])


def spoilt(document: Document, rate: float, random: Random) -> Document:
    """The document as somebody annotates it who gets this share of spans wrong, and as many words of others."""
    assert document.tokens
    found: list[tuple[int, int, str]] = []
    for span in document.spans:
        start, end, label = span.start, span.end, span.label
        if random.random() < rate:
            kind = random.choice(["miss", "miss", "label", "boundary"])
            if kind == "miss":
                continue
            if kind == "label":
                label = random.choice([other for other in LABELS if other != label])
            elif " " in span.text:
                end = start + span.text.index(" ")
        found.append((start, end, label))
    for start, end in document.tokens:
        if random.random() < rate * 0.03 and not any(a < end and start < b for a, b, _ in found):
            found.append((start, end, random.choice(LABELS)))
    return document.with_spans(tuple(Span(*one) for one in sorted(found)))


def world(count: int, random: Random) -> list[Document]:
    """Documents of twelve words with one to three names of one or two words."""
    documents = []
    for number in range(count):
        words = [f"w{number}x{place}" for place in range(12)]
        ends = np.cumsum([len(word) + 1 for word in words])
        tokens = tuple((int(end) - 1 - len(word), int(end) - 1) for word, end in zip(words, ends, strict=True))
        spans = []
        for place in random.sample((0, 3, 6, 9), random.randint(1, 3)):
            last = tokens[place + random.randint(0, 1)]
            spans.append(Span(tokens[place][0], last[1], random.choice(LABELS)))
        documents.append(Document(" ".join(words), f"d{number}", spans=tuple(spans), tokens=tokens))
    return documents


def team(gold: list[Document], rates: list[float], each: int, random: Random) -> list[dict[str, Document]]:
    """Each document as ``each`` people annotate it, by chance chosen."""
    return [
        {f"p{who}": spoilt(document, rates[who], random) for who in random.sample(range(len(rates)), each)}
        for document in gold
    ]


@pytest.mark.parametrize("seed", range(3))
def test_weighing_people_beats_the_majority_and_the_best_single_person(seed: int) -> None:
    random = Random(seed)
    rates = [0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    gold = world(400, random)
    people = team(gold, rates, 4, random)
    truth = [document.spans for document in gold]
    weighed, voted = (method(people) for method in (dawid_skene, majority))
    f1 = evaluate(truth, [document.spans for document in weighed.documents]).strict.f1
    assert f1 > evaluate(truth, [document.spans for document in voted.documents]).strict.f1
    own = {}
    for who in weighed.reliability:
        both = [(document.spans, one[who].spans) for document, one in zip(gold, people, strict=True) if who in one]
        own[who] = evaluate(*zip(*both, strict=True)).strict.f1
    assert f1 > max(own.values())
    # What is estimated without gold is close to what gold says, and so ranks people as they are.
    assert {who: score.f1 for who, score in weighed.reliability.items()} == pytest.approx(own, abs=0.08)
    ranked = sorted(own, key=lambda who: weighed.reliability[who].f1, reverse=True)
    assert [rates[int(who[1:])] for who in ranked] == rates


def test_twenty_documents_are_enough_to_see_who_is_careless() -> None:
    differences = []
    for seed in range(10):
        random = Random(seed)
        gold = world(20, random)
        people = team(gold, [0.05, 0.1, 0.6, 0.7], 4, random)
        scores = [
            evaluate([one.spans for one in gold], [one.spans for one in method(people).documents]).strict.f1
            for method in (dawid_skene, majority)
        ]
        differences.append(scores[0] - scores[1])
    assert np.mean(differences) > 0.1


names = st.sampled_from(["Ann", "Bob", "Cy"])
flat = st.lists(st.sampled_from([(0, 3), (4, 7), (8, 11), (12, 15)]), unique=True).flatmap(
    lambda ranges: st.tuples(*[st.builds(Span, *map(st.just, one), st.sampled_from(LABELS)) for one in ranges])
)
people = st.dictionaries(names, flat.map(lambda spans: Document("one two six ten", "d", spans=spans)), min_size=1)


@given(st.lists(people, min_size=1, max_size=5), st.sampled_from(sorted(METHODS)))
def test_what_always_holds(documents: list[dict[str, Document]], method: str) -> None:
    found = METHODS[method](documents)
    assert found.as_dict()["method"] == method
    assert len(found.documents) == len(documents)
    for one, annotations in zip(found.documents, documents, strict=True):
        said = {(span.start, span.end, span.label) for document in annotations.values() for span in document.spans}
        # A single word is nobody's span unless somebody marked it.
        assert {span[:2] for span in said} >= {(span.start, span.end) for span in one.spans}
        assert all(span.source == method and 0 < span.score <= 1 for span in one.spans)
        assert all(not a.overlaps(b) for a in one.spans for b in one.spans if a is not b)
    again = METHODS[method]([dict(reversed(one.items())) for one in documents])
    if method == "majority":
        assert [one.spans for one in again.documents] == [one.spans for one in found.documents]


def test_the_truth_of_a_token_is_among_what_was_said_of_it() -> None:
    """What one person alone has seen stays empty, however often that person misses what others find."""
    words = {"one": (0, 3), "two": (4, 7), "six": (8, 11), "ten": (12, 15)}

    def marked(*names: str) -> Document:
        return Document("one two six ten", "d", spans=tuple(Span(*words[name], "LOC") for name in names))

    people = {"Ann": marked("one", "two", "six"), "Bob": marked("one", "two", "ten"), "Cy": marked("one", "ten")}
    assert dawid_skene([{"Ann": marked()}, people]).documents[0].spans == ()


def test_unanimity_is_kept_by_both() -> None:
    one = Document("Ada Byron met Bob", spans=(Span(0, 9, "PER"), Span(14, 17, "PER")))
    for method in METHODS.values():
        found = method([{"Ann": one, "Bob": one}] * 3)
        assert [document.spans for document in found.documents] == [
            tuple(
                Span(s.start, s.end, s.label, s_.score, found.method)
                for s, s_ in zip(one.spans, d.spans, strict=True)
            )
            for d in found.documents
        ]
        assert found.reliability["Ann"].f1 == 1


def test_the_majority_is_more_than_half_of_those_who_annotated() -> None:
    one, none = Document("Bob left", spans=(Span(0, 3, "PER"),)), Document("Bob left")
    found = majority([{"Ann": one, "Bob": none}, {"Ann": one, "Bob": one, "Cy": none}, {"Cy": one}])
    assert [len(document.spans) for document in found.documents] == [0, 1, 1]
    assert found.documents[1].spans[0].score == pytest.approx(2 / 3)
    # Only documents that somebody else annotated too say how good somebody is.
    assert found.reliability["Cy"].predicted == 0
    assert found.as_dict()["spans"] == 2


def test_spans_that_cut_tokens_or_have_white_space_at_the_border() -> None:
    one = Document("Londoners  win", spans=(Span(0, 6, "GPE"),))
    two = Document("Londoners  win", spans=(Span(0, 7, "GPE"), Span(10, 14, "X")))
    spans = dawid_skene([{"Ann": one, "Bob": one, "Cy": two}]).documents[0].spans
    assert [(span.text, span.label) for span in spans] == [("London", "GPE")]


def test_nested_spans_are_voted_on_and_are_no_tags() -> None:
    nested = Document("Court of Oz", "d1", spans=(Span(0, 11, "COURT"), Span(9, 11, "GPE")))
    assert len(majority([{"Ann": nested, "Bob": nested}]).documents[0].spans) == 2
    with pytest.raises(InputError, match=r"document 'd1' of Ann: spans overlap.*majority"):
        dawid_skene([{"Ann": nested, "Bob": nested}])


@pytest.mark.parametrize("method", METHODS.values())
def test_nothing_to_aggregate(method: object) -> None:
    assert callable(method)
    part = Document("Bob left", spans=(Span(0, 3, "PER"),), complete=False)
    for documents in ([], [{}], [{"Ann": part}]):
        with pytest.raises(InputError, match="nothing to aggregate"):
            method(documents)
    assert method([{"Ann": Document(""), "Bob": Document("")}]).documents == [Document("")]
    assert method([{"Ann": Document("Bob left", "1"), "Bob": part}]).documents == [Document("Bob left", "1")]
