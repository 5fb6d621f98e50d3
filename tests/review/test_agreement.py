from datetime import date, timedelta

import pytest
from tests.review.team import ACME, NOW, TEXTS, ZOE, Spot, Team

from livener import metrics
from livener.review import opinions
from livener.review.agreement import agreement, label_kappas, training_block
from livener.review.rules import Rules
from livener.text import Document, Span

D2 = [(0, 4, "ORG"), (10, 22, "PER"), (26, 31, "LOC")]


def say(team: Team, task: int, **people: list[Spot]) -> None:
    for name, spans in people.items():
        team.lease(name, task)
        team.submit(name, task, spans)


def document(key: str, spans: list[Spot]) -> Document:
    return Document(TEXTS[key], key, spans=tuple(Span(*span) for span in spans))


@pytest.fixture
def measured(pair: Team) -> Team:
    """Two documents, annotated twice: the second a week after the first."""
    first, second = pair.open("d1", "d2")
    say(pair, first, ann=[ACME, ZOE], bob=[ACME])
    pair.tick(timedelta(days=7).total_seconds())
    say(pair, second, ann=D2, bob=[*D2[:2], (26, 31, "ORG")])
    return pair


def test_a_project_agrees_as_its_documents_do(measured: Team) -> None:
    with measured.store.reading() as session:
        found = agreement(session, measured.project)
    units = [
        {"ann": document("d1", [ACME, ZOE]), "bob": document("d1", [ACME])},
        {"ann": document("d2", D2), "bob": document("d2", [*D2[:2], (26, 31, "ORG")])},
    ]
    assert found.overall == metrics.agreement(units)
    days = [(NOW + timedelta(days=7 * week)).date() for week in (0, 1)]
    assert [one.monday for one in found.weeks] == [day - timedelta(days=day.weekday()) for day in days]
    assert found.weeks[0].monday == date(2024, 4, 29)
    assert [one.agreement for one in found.weeks] == [metrics.agreement([unit]) for unit in units]
    shown = found.as_dict()
    assert (shown["documents"], shown["weeks"][0]["week"], shown["weeks"][0]["documents"]) == (2, "2024-04-29", 1)


def test_only_the_asked_period_counts(measured: Team) -> None:
    between = NOW + timedelta(days=3)
    with measured.store.reading() as session:
        later, before = (agreement(session, measured.project, **{side: between}) for side in ("since", "until"))
    assert [one.overall and one.overall.everyone.documents for one in (later, before)] == [1, 1]
    assert later.overall is not None
    assert later.overall.everyone.per_label.keys() == {"ORG", "PER", "LOC"}


def test_one_label_agrees_as_it_does_among_all(measured: Team) -> None:
    with measured.store.reading() as session:
        every, alone = (agreement(session, measured.project, label=label).overall for label in (None, "ORG"))
    assert every is not None
    assert alone is not None
    among, alone_figures = every.everyone.per_label["ORG"], alone.everyone.overall
    assert alone_figures.strict == among.strict
    assert alone_figures.fleiss == among.fleiss
    assert alone.everyone.per_label.keys() == {"ORG"}


def test_the_latest_word_of_annotators_counts_and_none_of_reviewers(pair: Team) -> None:
    (task,) = pair.open("d1")
    say(pair, task, ann=[ZOE])
    say(pair, task, ann=[ACME], bob=[ACME, ZOE])
    pair.lease("rob", task)
    pair.resolve("rob", task, [])
    with pair.store.reading() as session:
        found = agreement(session, pair.project).overall
    assert found == metrics.agreement([{"ann": document("d1", [ACME]), "bob": document("d1", [ACME, ZOE])}])


def test_tasks_of_one_document_belong_together_and_a_batch_can_be_asked_alone(team: Team) -> None:
    for name in ("ann", "bob"):
        (task,) = team.open("d1", batch="calibration:may", assignee_id=team.people[name].id)
        say(team, task, **{name: [ACME]})
    (other,) = team.open("d2", overlap=2)
    say(team, other, ann=D2, bob=[])
    with team.store.reading() as session:
        every, batch = (agreement(session, team.project, batch=name).overall for name in (None, "calibration:may"))
        nothing = agreement(session, team.project, batch="calibration:june")
    assert every is not None
    assert batch is not None
    assert (every.everyone.documents, batch.everyone.documents) == (2, 1)
    assert batch.everyone.overall.strict == 1.0
    assert (nothing.overall, nothing.as_dict()["documents"]) == (None, 0)


def test_partial_answers_are_no_agreement(pair: Team) -> None:
    (task,) = pair.open("d1")
    say(pair, task, ann=[ACME])
    pair.lease("bob", task)
    pair.submit("bob", task, [ACME], complete=False)
    with pair.store.reading() as session:
        assert agreement(session, pair.project).overall is None
        assert label_kappas(session, pair.project) == {}


def test_the_latest_documents_are_looked_at_and_a_bounded_number_of_annotations(
    measured: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    with measured.store.reading() as session:
        found = agreement(session, measured.project, documents=1).overall
        assert found is not None
        assert found.everyone.per_label.keys() == {"ORG", "PER", "LOC"}, "those of d2"
        monkeypatch.setattr(opinions, "_PER_DOCUMENT", 1)
        found = agreement(session, measured.project, documents=3).overall
        assert found is not None
        assert found.everyone.documents == 1


def test_training_is_blocked_while_people_disagree_on_a_label(measured: Team) -> None:
    with measured.store.reading() as session:
        kappas = label_kappas(session, measured.project)
        assert training_block(session, measured.project, Rules()) == []
        blocked = training_block(session, measured.project, Rules(kappa_limit=0.8))
    assert kappas.keys() == {"LOC", "ORG", "PER"}
    assert {one.label for one in blocked} == {label for label, kappa in kappas.items() if kappa < 0.8} == set(kappas)
    (loc,) = [one for one in blocked if one.label == "LOC"]
    assert loc.reason == f"people agree on LOC at κ {kappas['LOC']:.2f} only, under the limit of 0.8"
    assert loc.as_dict()["limit"] == 0.8
