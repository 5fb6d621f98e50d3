from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.review.team import ACME, ZOE, Team, submission

from livener.errors import InputError
from livener.review import annotations, tasks
from livener.review.annotations import SpanGiven
from livener.review.errors import Conflict, NotFound
from livener.store import models
from livener.store.models import TaskState

NESTED = [(0, 17, "ORG"), ZOE, ACME, (13, 15, "ORG"), (15, 17, "ORG"), (13, 17, "LOC")]


def test_nested_overlapping_and_adjacent_spans_are_kept_as_given(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    said = team.submit("ann", task, NESTED)
    assert (said.revision, said.state, said.reason) == (1, TaskState.RESOLVED, "nothing asks for a review")
    with team.store.reading() as session:
        seen = tasks.view(session, 1, task, team.people["ann"])
    (mine,) = seen["annotations"]
    assert [(span["start"], span["end"], span["label"]) for span in mine["spans"]] == NESTED
    assert [span["text"] for span in mine["spans"][:2]] == ["Zoë 🚀 joined Acme", "Zoë"]
    assert (mine["complete"], mine["guideline"], mine["tier"]) == (True, 1, "annotator")


def test_single_spans_are_decided(team: Team) -> None:
    question = [{"start": 13, "end": 17, "label": "ORG"}]
    with pytest.raises(InputError, match="only a question asks for spans"):
        team.open("d1", question=question)
    (task,) = team.open("d1", kind=models.TaskKind.QUESTION, question=question)
    team.next("ann", kind=models.TaskKind.QUESTION)
    no, unsure = [SpanGiven(*ACME)], [SpanGiven(*ZOE)]
    team.submit("ann", task, complete=False, negatives=no, ignored=unsure, active_seconds=2.5)
    with team.store.reading() as session:
        seen = tasks.view(session, 1, task, team.people["ann"])
    (mine,) = seen["annotations"]
    assert seen["question"] == question
    assert mine["negatives"][0]["text"] == "Acme"
    assert (mine["spans"], mine["complete"], mine["active_seconds"]) == ([], False, 2.5)
    assert mine["ignored"] == [{"start": 0, "end": 3, "label": "PER"}]


@pytest.mark.parametrize(
    ("spans", "problem"),
    [
        (
            [(13, 19, "ORG")],
            r"spans\[0\]: span \[13, 19\) is not inside the text .*0 <= start < end <= 18",
        ),
        ([(0, 3, "PER"), (5, 5, "PER")], r"spans\[1\]: span \[5, 5\)"),
        ([(7, 3, "PER")], "not inside"),
        ([(-4, 3, "PER")], "not inside"),
        ([(0, 3, "XYZ")], r"no label 'XYZ' in these guidelines \(expected LOC \| ORG \| PER\)"),
        ([(0, 3, "PER"), (0, 3, "PER")], r"spans\[1\]: span \[0, 3\) PER is given twice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    team: Team, spans: list[tuple[int, int, str]], problem: str
) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    with pytest.raises(InputError, match=problem):
        team.submit("ann", task, spans)
    assert team.states(task) == ["leased"]
    with team.store.reading() as session:
        assert session.scalars(select(models.Annotation)).all() == []


def test_the_text_that_somebody_saw_is_the_text_there(team: Team) -> None:
    """A page that counts UTF-16 units is one off after the rocket."""
    (task,) = team.open("d1")
    team.next("ann")
    off = replace(submission([]), spans=[SpanGiven(14, 18, "ORG", text="Acme")])
    with pytest.raises(InputError, match=r"\[14, 18\) is not 'Acme'.*'cme.'"), team.store.writing() as session:
        annotations.submit(session, 1, task, team.people["ann"], off, team.rules, now=team.tick())
    with pytest.raises(InputError, match="no guidelines with the number 9"):
        team.submit("ann", task, guideline=9)


def test_a_second_opinion_is_asked_for_and_blind(pair: Team) -> None:
    (task,) = pair.open("d1")
    pair.lease("ann", task)
    said = pair.submit("ann", task, [ACME])
    assert (said.state, said.reason) == (TaskState.OPEN, "1 of 2 people annotated it")
    pair.lease("bob", task)
    with pair.store.reading() as session:
        assert tasks.view(session, 1, task, pair.people["bob"])["annotations"] == []
        assert len(tasks.view(session, 1, task, pair.people["rob"])["annotations"]) == 1
    said = pair.submit("bob", task, [ACME])
    assert (said.state, said.reason) == (TaskState.RESOLVED, "all agree")
    assert pair.states(task) == ["leased", "open", "leased", "submitted", "resolved"]
    assert pair.task(task).given == 2


def test_an_earlier_revision_comes_back_and_none_is_lost(team: Team) -> None:
    (task,) = team.open("d1")
    for spans in ([ZOE, ACME], [], [ZOE]):
        team.lease("ann", task)
        team.submit("ann", task, spans)
    team.lease("ann", task)
    with team.store.writing() as session:
        back = annotations.restore(session, 1, task, team.people["ann"], 1, team.rules, now=team.tick())
    assert back.revision == 4
    with team.store.reading() as session:
        said = tasks.view(session, 1, task, team.people["ann"])["annotations"]
    assert [len(one["spans"]) for one in said] == [2, 0, 1, 2]
    team.lease("ann", task)
    with pytest.raises(NotFound, match="no revision 9"), team.store.writing() as session:
        annotations.restore(session, 1, task, team.people["ann"], 9, team.rules, now=team.tick())


def test_only_who_holds_a_task_says_something(team: Team) -> None:
    (task,) = team.open("d1")
    with pytest.raises(Conflict, match="you do not hold this task"):
        team.submit("ann", task)
    team.next("bob")
    with pytest.raises(Conflict, match="somebody else"):
        team.submit("ann", task)
    team.submit("bob", task, flag="?")
    team.next("rob")
    with pytest.raises(Conflict, match="in review cannot submit"):
        team.submit("rob", task)


def test_a_calibration_task_is_compared_and_not_reviewed(team: Team) -> None:
    ids = [team.open("d1", assignee_id=team.people[name].id, batch="calibration:may")[0] for name in ("ann", "bob")]
    for name, task, spans in zip(("ann", "bob"), ids, ([ACME], []), strict=True):
        team.next(name)
        assert team.submit(name, task, spans).state == TaskState.SUBMITTED
    assert team.next("rob", tier=models.Tier.REVIEWER).counts == {}  # type: ignore[union-attr]
