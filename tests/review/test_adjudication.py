import itertools
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.team import ACME, ZOE, Team

from livener.metrics import ERROR_KINDS, evaluate
from livener.review.adjudication import Position, State, adjudication, align, premerge, reliabilities
from livener.review.errors import NotFound
from livener.store.models import Tier
from livener.text import Document, Span

TEXT = "x" * 12
Keys = frozenset[tuple[int, int, str]]


def said(**people: list[tuple[int, int, str]]) -> dict[str, Document]:
    return {name: Document(TEXT, spans=tuple(Span(*span) for span in spans)) for name, spans in people.items()}


def shown(positions: list[Position]) -> list[tuple[str, list[tuple[int, int, str, str]]]]:
    return [
        (one.state.value, [(*_key(each.span), " ".join(each.authors)) for each in one.variants]) for one in positions
    ]


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


spans = st.builds(
    lambda start, length, label: (start, min(start + length, 12), label),
    st.integers(0, 11),
    st.integers(1, 6),
    st.sampled_from(["PER", "ORG"]),
)
keys = st.frozensets(spans, max_size=6)
teams = st.lists(keys, min_size=1, max_size=4)


def of(team: list[Keys], names: str = "abcd") -> dict[str, Document]:
    return said(**dict(zip(names, map(sorted, team), strict=False)))


def test_each_position_has_one_state() -> None:
    found = align(
        said(
            ann=[(0, 2, "PER"), (3, 5, "ORG"), (6, 8, "ORG"), (9, 11, "PER")],
            bob=[(0, 2, "PER"), (3, 6, "ORG"), (6, 8, "PER")],
        )
    )
    assert shown(found) == [
        ("agreed", [(0, 2, "PER", "ann bob")]),
        ("boundary", [(3, 5, "ORG", "ann"), (3, 6, "ORG", "bob")]),
        ("label", [(6, 8, "ORG", "ann"), (6, 8, "PER", "bob")]),
        ("only_some", [(9, 11, "PER", "ann")]),
    ]
    assert [one.missing for one in found] == [(), (), (), ("bob",)]


def test_nested_and_adjacent_spans_are_positions_of_their_own() -> None:
    both = [(0, 6, "ORG"), (2, 4, "PER"), (4, 6, "PER")]
    found = align(said(ann=both, bob=both, cyd=[(0, 6, "ORG"), (4, 6, "PER")]))
    assert shown(found) == [
        ("agreed", [(0, 6, "ORG", "ann bob cyd")]),
        ("only_some", [(2, 4, "PER", "ann bob")]),
        ("agreed", [(4, 6, "PER", "ann bob cyd")]),
    ]


def test_one_range_with_two_labels_of_one_person_is_two_positions() -> None:
    found = align(said(ann=[(0, 4, "ORG"), (0, 4, "PER")], bob=[(0, 4, "PER")]))
    assert shown(found) == [("only_some", [(0, 4, "ORG", "ann")]), ("agreed", [(0, 4, "PER", "ann bob")])]


@given(teams)
def test_every_span_of_everybody_is_in_one_position_and_nobody_twice(team: list[Keys]) -> None:
    people = of(team)
    found = align(people)
    for name, document in people.items():
        own = [_key(each.span) for one in found for each in one.variants if name in each.authors]
        assert sorted(own) == sorted(map(_key, document.spans))
        for one in found:
            places = sum(name in each.authors for each in one.variants) + (name in one.missing)
            assert places == 1, "complete annotations say something of each position"


@given(teams, st.permutations(range(4)), st.randoms(use_true_random=False))
def test_neither_the_order_of_people_nor_their_names_nor_the_order_of_spans_matters(
    team: list[Keys], order: list[int], rng: random.Random
) -> None:
    people = of(team)
    expected = align(people)
    shuffled = [(name, people[name]) for name in sorted(people, key=lambda name: order["abcd".index(name)])]
    mixed = {
        name: document.with_spans(tuple(rng.sample(document.spans, len(document.spans))))
        for name, document in shuffled
    }
    assert align(mixed) == expected
    names = "".join("abcd"[at] for at in order)
    renamed = [
        (
            one.state,
            [(_key(each.span), sorted(names["abcd".index(who)] for who in each.authors)) for each in one.variants],
        )
        for one in expected
    ]
    again = align(of(team, names))
    assert [(one.state, [(_key(each.span), list(each.authors)) for each in one.variants]) for one in again] == renamed


@given(keys, keys)
def test_two_people_differ_as_the_errors_of_an_evaluation_say(gold: Keys, predicted: Keys) -> None:
    documents = of([gold, predicted])
    errors = evaluate([documents["a"].spans], [documents["b"].spans]).errors
    states = {
        "boundary": State.BOUNDARY,
        "label": State.LABEL,
        "boundary_and_label": State.LABEL,
        "false_positive": State.ONLY_SOME,
        "false_negative": State.ONLY_SOME,
    }
    assert states.keys() == set(ERROR_KINDS)
    # Which of equally near spans are paired is a tie, how many of each state there are is not.
    expected = Counter(states[error.kind] for error in errors)
    assert Counter(one.state for one in align(documents) if one.state != State.AGREED) == expected


def test_partial_annotations_judge_what_they_name() -> None:
    people = said(ann=[(0, 2, "PER"), (3, 5, "ORG"), (6, 8, "ORG")], bob=[], cyd=[(3, 5, "ORG")])
    no = Document(TEXT, complete=False, negatives=(Span(0, 2, "PER"),))
    yes = replace(people["cyd"], complete=False)
    found = align({"ann": people["ann"], "bob": no, "cyd": yes})
    assert [(one.state, one.missing) for one in found] == [
        (State.ONLY_SOME, ("bob",)),
        (State.AGREED, ()),
        (State.AGREED, ()),
    ]


def test_who_left_it_undecided_does_not_disagree() -> None:
    people = said(ann=[(0, 2, "PER")], bob=[])
    (one,) = align(people, ignored={"bob": [Span(0, 2, "ORG")]})
    assert (one.state, one.missing, one.undecided) == (State.AGREED, (), ("bob",))


def merged(people: Mapping[str, Document], **options: Any) -> list[tuple[int, int, str, float]]:
    return [(*_key(one), round(one.score or 0, 3)) for one in premerge(align(people), **options)]


def test_majority_keeps_what_more_than_half_have_and_takes_the_most_frequent() -> None:
    people = said(
        ann=[(0, 2, "PER"), (3, 5, "ORG"), (9, 11, "ORG")],
        bob=[(0, 2, "PER"), (3, 6, "ORG")],
        cyd=[(0, 2, "ORG"), (3, 6, "ORG")],
        dan=[(9, 11, "ORG")],
    )
    assert merged(people, strategy="majority") == [(0, 2, "PER", 0.5), (3, 6, "ORG", 0.5)]


def test_a_higher_tier_wins() -> None:
    people = said(ann=[(0, 2, "PER"), (3, 5, "ORG")], bob=[(0, 2, "PER")], eve=[(0, 2, "ORG")])
    tiers = {"eve": Tier.EXPERT, "bob": Tier.REVIEWER}
    assert merged(people, strategy="tier", tiers=tiers) == [(0, 2, "ORG", 1.0)]
    unsaid = {**people, "eve": replace(people["eve"], spans=(), complete=False)}
    assert merged(unsaid, strategy="tier", tiers=tiers) == [(0, 2, "PER", 1.0)]


def test_the_word_of_a_reliable_person_outweighs_two_others() -> None:
    people = said(ann=[(0, 2, "PER")], bob=[], cyd=[])
    known = {"ann": 0.95, "bob": 0.6, "cyd": 0.6}
    ((*span, score),) = merged(people, strategy="weighted", reliabilities=known)
    assert span == [0, 2, "PER"]
    # Bayes: all three are right with .95 · .4 · .4, all wrong with .05 · .6 · .6.
    assert score == pytest.approx(0.152 / (0.152 + 0.018), abs=1e-3)
    assert merged(people, strategy="weighted", reliabilities={**known, "ann": 0.65}) == []


@given(teams)
def test_with_equal_reliabilities_weighted_is_majority(team: list[Keys]) -> None:
    positions = align(of(team))
    alike = dict.fromkeys("abcd", 0.7)
    by_weight = premerge(positions, strategy="weighted", reliabilities=alike)
    assert [_key(one) for one in by_weight] == [_key(one) for one in premerge(positions, strategy="majority")]
    assert all(0 < (one.score or 0) <= 1 for one in by_weight)


def test_a_merged_span_keeps_the_identifier_most_people_gave() -> None:
    people = {
        name: Document(TEXT, spans=(Span(0, 2, "ORG", kb_id=kb_id),))
        for name, kb_id in [("ann", "Q1"), ("bob", "Q2"), ("cyd", "Q2"), ("dan", None)]
    }
    (span,) = premerge(align(people), strategy="majority")
    assert (span.kb_id, span.text) == ("Q2", "xx")


def test_the_view_of_a_task_shows_everybodys_latest_word(pair: Team) -> None:
    (task,) = pair.open("d1")
    pair.next("ann")
    pair.submit("ann", task, [ZOE])
    pair.lease("ann", task)
    pair.submit("ann", task, [ACME])
    pair.next("bob")
    pair.submit("bob", task, [ACME, ZOE], flag="is it Zoë?")
    with pair.store.reading() as session:
        view = adjudication(session, pair.project, task).as_dict()
    assert view["strategy"] == "weighted"
    assert [(one["author"], one["tier"], one["flag"], len(one["spans"])) for one in view["annotations"]] == [
        ("ann", "annotator", None, 1),
        ("bob", "annotator", "is it Zoë?", 2),
    ]
    assert [(one["state"], one["start"], one["missing"]) for one in view["positions"]] == [
        ("only_some", 0, ["ann"]),
        ("agreed", 13, []),
    ]
    assert [(one["text"], one["label"]) for one in view["merged"]][-1:] == [("Acme", "ORG")]
    assert view["reliabilities"].keys() == {"ann", "bob"}


def test_what_was_said_before_a_task_was_opened_again_does_not_count(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    team.submit("ann", task, [ACME])
    team.do("reopen", "lea", task, reason="new guidelines")
    team.next("bob")
    team.submit("bob", task, [ZOE])
    with team.store.reading() as session:
        view = adjudication(session, team.project, task)
    assert [one.author for one in view.opinions] == ["bob"]
    assert [one.state for one in view.positions] == [State.AGREED]


def test_a_task_of_another_project_is_not_there(team: Team) -> None:
    (task,) = team.open("d1")
    with team.store.reading() as session, pytest.raises(NotFound):
        adjudication(session, team.project + 1, task)


def test_reliability_is_measured_against_reviewers_and_else_against_the_others(pair: Team) -> None:
    with pair.store.reading() as session:
        assert reliabilities(session, pair.project) == {}
    for task, (name, span) in itertools.product(pair.open("d1", "d2"), [("ann", (0, 4)), ("bob", (5, 9))]):
        pair.lease(name, task)
        pair.submit(name, task, [(*span, "ORG")])
    with pair.store.reading() as session:
        alike = reliabilities(session, pair.project)
    assert alike["ann"] == pytest.approx(alike["bob"], abs=0.2)
    for task in (1, 2):
        pair.lease("rob", task)
        pair.resolve("rob", task, [(5, 9, "ORG")])
    with pair.store.reading() as session:
        known = reliabilities(session, pair.project)
    assert known["bob"] > known["ann"]
    # Two of two right, and twenty spans of the team's F1 of a half.
    assert known["bob"] == pytest.approx((2 * 2 + 20 * 0.5) / (2 + 2 + 20))
