import pytest
from tests.review.team import ACME, NOW, ZOE, Team

from livener.errors import InputError
from livener.review import calibration
from livener.review.adjudication import State
from livener.review.errors import Conflict, NotFound
from livener.review.queue import Empty
from livener.store import models


def create(team: Team, *, name: str = "may", **given: object) -> calibration.Progress:
    options = {"documents": ["d1", "d2"], "people": ["ann", "bob"]} | given
    with team.store.writing() as session:
        return calibration.create(session, team.project, name=name, now=team.tick(), **options)  # type: ignore[arg-type]


def results(team: Team, name: str = "may") -> calibration.Results:
    with team.store.reading() as session:
        return calibration.results(session, team.project, name)


def close(team: Team, name: str = "may") -> calibration.Progress:
    with team.store.writing() as session:
        return calibration.close(session, team.project, name, user_id=team.people["lea"].id, now=team.tick())


def test_everybody_gets_the_same_documents_first_and_without_a_prediction(team: Team) -> None:
    team.open("d1", "d2", priority=0.9)
    assert create(team).as_dict() == {
        "name": "may",
        "created_at": "2024-05-01T12:00:02+00:00",
        "documents": 2,
        "done": {"ann": 0, "bob": 0},
        "closed": False,
    }
    for name in ("ann", "bob"):
        leased = team.next(name, count=2)
        assert not isinstance(leased, Empty)
        found = [team.task(one.task_id) for one in leased]
        assert [one.document_id for one in found] == [team.documents["d1"], team.documents["d2"]]
        assert {(one.batch, one.prediction_id) for one in found} == {("calibration:may", None)}
        assert leased[0].reason == "calibration session may"


def test_results_side_by_side_while_it_runs(team: Team) -> None:
    create(team)
    for name, spans in (("ann", [ACME, ZOE]), ("bob", [(13, 17, "PER")])):
        (leased,) = team.next(name)
        said = team.submit(name, leased.task_id, spans)
        assert said.state == models.TaskState.SUBMITTED, "it is compared, and not reviewed"
    team.next("ann")
    found = results(team)
    assert found.progress.done == {"ann": 1, "bob": 1}
    (d1,) = found.documents
    assert (d1.document, d1.people) == ("d1", ("ann", "bob"))
    assert [one.state for one in d1.positions] == [State.ONLY_SOME, State.LABEL]
    shown = found.as_dict()
    assert shown["results"][0]["states"] == {"agreed": 0, "boundary": 0, "label": 1, "only_some": 1}
    assert shown["agreement"]["pairs"][0]["a"] == "ann"
    assert shown["agreement"]["strict"] == 0.0


def test_closing_ends_every_task_whatever_its_state(team: Team) -> None:
    create(team)
    (done,) = team.next("ann")
    team.submit("ann", done.task_id, [ACME])
    (held,) = team.next("ann")
    assert close(team).closed
    with team.store.reading() as session:
        states = {task.id: task.state.value for task in session.query(models.Task)}
        assert session.query(models.Lease).count() == 0
        (event,) = session.query(models.TaskEvent).filter_by(task_id=done.task_id, after="resolved")
        assert (event.user_id, event.annotation_id) == (team.people["lea"].id, 1)
    assert states.pop(done.task_id) == "resolved"
    assert held.task_id in states
    assert set(states.values()) == {"rejected"}
    assert isinstance(team.next("bob"), Empty)
    assert close(team).closed, "a second time nothing happens"
    assert results(team).progress.done == {"ann": 1, "bob": 0}


def test_everybody_who_is_there_takes_part_unless_people_are_named(team: Team) -> None:
    with team.store.writing() as session:
        session.get_one(models.User, team.people["cyd"].id).disabled_at = NOW
    assert list(create(team, people=None).done) == ["ann", "bob", "eve", "lea", "rea", "rob"]


def test_sessions_are_listed_newest_first(team: Team) -> None:
    create(team)
    create(team, name="100% june")
    team.open("d1", batch="calibrationXjuly")
    with team.store.reading() as session:
        found = calibration.sessions(session, team.project)
    assert [(one.name, one.documents) for one in found] == [("100% june", 2), ("may", 2)]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"documents": []}, "0 documents for 2 people"),
        ({"documents": ["d1", "d1"]}, "'d1' is given twice"),
        ({"documents": ["d3"]}, "the project has no 'd3'"),
        ({"people": ["ann"]}, "1 people"),
        ({"people": ["ann", "ann"]}, "'ann' is given twice"),
        ({"people": ["ann", "zed"]}, "the project has no 'zed'"),
        ({"name": " "}, "not a name"),
        ({"documents": ["d1"] * 5001}, "5001 documents for 2 people"),
    ],
)
def test_what_cannot_be_a_session_is_refused(team: Team, given: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        create(team, **given)


def test_a_name_is_taken_once_and_an_unknown_one_is_not_found(team: Team) -> None:
    create(team)
    with pytest.raises(Conflict, match="already"):
        create(team)
    for use in (results, close):
        with pytest.raises(NotFound):
            use(team, "june")


def test_documents_are_drawn_by_a_seed(team: Team) -> None:
    with team.store.reading() as session:
        drawn = [calibration.draw(session, team.project, 1, seed=seed) for seed in range(20)]
        assert drawn == [calibration.draw(session, team.project, 1, seed=seed) for seed in range(20)]
        assert {key for (key,) in drawn} == {"d1", "d2"}
        assert sorted(calibration.draw(session, team.project, 9, seed=0)) == ["d1", "d2"]
