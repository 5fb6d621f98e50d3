"""The job that makes a candidate."""

from datetime import timedelta

import pytest
from tests.loop.annotated import NOW, documents, gold, golden_set
from tests.loop.conftest import Place

from livener.learning import gate, models
from livener.loop import kinds
from livener.store.models import JobState, Project


def learned(place: Place, **arguments: object) -> int:
    """A learning job that a worker did: its id."""
    with place.store.writing() as session:
        id = kinds.start(session, 1, "learn", arguments, now=NOW + timedelta(days=1), reason="asked for")
    place.worker().run(id)
    return id


@pytest.fixture
def settled(place: Place) -> Place:
    gold(place.store, 1, documents(0, 150))
    golden_set(place.store, place.folder, 1)
    return place


def test_a_candidate_comes_of_what_people_settled(settled: Place) -> None:
    found = settled.job(learned(settled))
    assert found.state == JobState.DONE, found.problem
    assert found.result is not None
    assert (found.result["model"], found.result["passed"], found.result["promoted"]) == (1, True, False)
    with settled.store.reading() as session:
        made = models.find(session, 1, "candidate")
        assert (made.number, made.dataset, made.guideline) == (1, found.result["dataset"], 1)
        assert gate.get(session, 1, found.result["gate"]).passed
        assert models.pointed_at(session, 1) is None


def test_a_project_may_promote_by_itself(settled: Place) -> None:
    with settled.store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"auto_promote": True}}
    found = settled.job(learned(settled))
    assert found.result is not None
    assert found.result["promoted"]
    with settled.store.reading() as session:
        assert models.pointed_at(session, 1) == 1
        (move, _) = models.moves(session, 1)
        assert "the project promotes itself" in move.reason
    assert (1, "models", {"alias": "production", "number": 1}) in settled.told


def test_a_worse_one_is_rejected_and_says_why(settled: Place) -> None:
    learned(settled)
    with settled.store.writing() as session:
        models.promote(session, 1, 1, reason="the first", by=1, now=NOW)
    found = settled.job(learned(settled, settings={"epochs": 1, "l1": 5.0}, mode="full"))
    assert found.state == JobState.DONE, found.problem
    assert found.result is not None
    assert (found.result["passed"], found.result["promoted"]) == (False, False)
    assert found.result["reasons"]
    with settled.store.reading() as session:
        report = gate.get(session, 1, found.result["gate"]).report
        assert report is not None
        assert report["text"].startswith("REJECTED")
        assert models.pointed_at(session, 1) == 1


def test_without_a_golden_set_nothing_is_judged(place: Place) -> None:
    gold(place.store, 1, documents(0, 100))
    found = place.job(learned(place))
    assert found.result is not None
    assert (found.state, found.result["passed"], found.result["gate"]) == (JobState.DONE, None, None)
    assert "no golden set" in found.result["reasons"][0]


def test_nothing_to_learn_from(place: Place) -> None:
    found = place.job(learned(place))
    assert (found.state, found.result) == (JobState.FAILED, None)
    assert "no resolved document" in (found.problem or "")
