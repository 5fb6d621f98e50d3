"""Tasks about a part of a document: what is asked, what may be said, and what is known then."""

import pytest
from tests.review.team import ACME, ZOE, Team

from livener.errors import InputError
from livener.review import adjudication, corrections, opinions, tasks
from livener.review.annotations import SpanGiven, restore
from livener.review.outlet import lines
from livener.review.rules import Rules
from livener.store import models
from livener.store.models import TaskState
from livener.text import Document, Span

# "Zoë 🚀 joined Acme."
JOINED, JOINED_ACME = (6, 12), (13, 17)


def view(team: Team, task: int, name: str = "lea") -> dict[str, object]:
    with team.store.reading() as session:
        return tasks.view(session, 1, task, team.people[name])


def test_what_was_asked_is_known_and_the_rest_is_not(team: Team) -> None:
    (task,) = team.open("d1", parts={team.documents["d1"]: [(15, 18), (13, 15)]}, reason="in doubt")
    (leased,) = team.next("ann")  # in the same queue as whole documents
    assert (leased.task_id, leased.reason) == (task, "in doubt")
    assert view(team, task)["parts"] == [[13, 18]]
    team.submit("ann", task, [ACME])
    (mine,) = view(team, task)["annotations"]
    assert (mine["complete"], mine["known"]) == (False, [[13, 18]])
    with team.store.reading() as session:
        (line,) = lines(session, 1)
    assert '"complete": false' in line
    assert '"known": [[13, 18]]' in line


def test_a_span_that_goes_on_outside_is_known_as_a_whole_and_the_undecided_is_not(team: Team) -> None:
    (task,) = team.open("d1", parts={team.documents["d1"]: [JOINED, (13, 18)]})
    team.next("ann")
    team.submit("ann", task, [(4, 12, "ORG")], ignored=[SpanGiven(*ACME)])
    assert view(team, task)["annotations"][0]["known"] == [[4, 12], [17, 18]]
    # Said again, it is known again.
    team.lease("ann", task)
    with team.store.writing() as session:
        restore(session, 1, task, team.people["ann"], 1, team.rules, now=team.tick())
    first, again = view(team, task)["annotations"]
    assert (again["known"], again["complete"]) == (first["known"], False)


def test_nothing_can_be_said_of_the_rest(team: Team) -> None:
    (task,) = team.open("d1", parts={team.documents["d1"]: [JOINED]})
    team.next("ann")
    for given in ({"spans": [ZOE]}, {"negatives": [SpanGiven(*ACME)]}, {"ignored": [SpanGiven(*ACME)]}):
        with pytest.raises(InputError, match=r"\[0\]: span .* is in no part that is asked about .*\[6, 12\)"):
            team.submit("ann", task, **given)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [([(3, 3)], "no part of the text"), ([(0, 19)], "0 <= start < end <= 18"), ([], "no part of a document")],
)
def test_parts_that_are_none(team: Team, parts: list[tuple[int, int]], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        team.open("d1", parts={team.documents["d1"]: parts})
    with pytest.raises(InputError, match="not for parts"):
        team.open("d1", kind=models.TaskKind.QUESTION, parts={team.documents["d1"]: [JOINED]})


def test_predictions_in_what_is_known_are_corrected_and_others_are_not() -> None:
    said = Document("Zoë joined Acme in Rome.", spans=(Span(11, 15, "ORG"),), complete=False, known=((4, 18),))
    predicted = [Span(0, 3, "PER"), Span(4, 10, "PER"), Span(11, 15, "PER"), Span(19, 23, "LOC")]
    found = corrections.type_corrections(predicted, said, Rules())
    assert [(one.kind.value, one.predicted and one.predicted.start) for one in found] == [
        ("false_positive", 4),
        ("label", 11),
    ]


def test_people_who_were_asked_about_a_place_and_found_nothing_disagree(pair: Team) -> None:
    (task,) = pair.open("d1", parts={pair.documents["d1"]: [(13, 18)]})
    pair.next("ann")
    pair.submit("ann", task, [ACME])
    pair.next("bob")
    assert pair.submit("bob", task).state == TaskState.DISPUTED
    with pair.store.reading() as session:
        (place,) = adjudication.adjudication(session, 1, task).positions
        assert (place.missing, place.state.value) == (("bob",), "only_some")
        ann, bob = opinions.of_task(session, 1, task)
    assert (ann.document.known, bob.document.known) == (((13, 18),), ((13, 18),))
    pair.next("rea")
    pair.resolve("rea", task, [ACME])
    assert view(pair, task)["annotations"][-1]["known"] == [[13, 18]]


def test_rules_look_at_what_is_asked_about_only(team: Team) -> None:
    """A prediction that nobody was asked about sends nothing up."""
    team.rules = Rules.of({"review": {"up": {"labels": ["PER"], "confidence_below": 0.5}}})
    with team.store.writing() as session:
        spans = [
            {"start": 0, "end": 3, "label": "PER", "score": 0.2},
            {"start": 13, "end": 17, "label": "ORG", "score": 0.7},
        ]
        session.add(
            models.Prediction(
                project_id=1,
                document_id=team.documents["d1"],
                pipeline="p",
                spans=spans,
                created_at=team.now,
            )
        )
    (part, whole) = (*team.open("d1", parts={team.documents["d1"]: [(13, 18)]}), *team.open("d1"))
    assert part < whole
    for task, state in ((part, TaskState.RESOLVED), (whole, TaskState.SUBMITTED)):
        team.lease("ann", task)
        assert team.submit("ann", task, [ACME]).state == state
