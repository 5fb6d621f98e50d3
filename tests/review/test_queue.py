import threading
from typing import Any

import pytest
from tests.review.team import ACME, Team

from livener.review import queue, statements
from livener.review.errors import Conflict, Forbidden, NotFound
from livener.review.people import Person
from livener.review.queue import Empty
from livener.store import models


def ids(answer: list[queue.Leased] | Empty) -> list[int]:
    assert not isinstance(answer, Empty), answer
    return [leased.task_id for leased in answer]


def test_the_most_important_comes_first_and_says_why(team: Team) -> None:
    low, high = team.open("d1", priority=0.1, reason="sure"), team.open("d2", priority=0.9, reason="a score of 0.51")
    (first,) = team.next("ann")  # type: ignore[misc]
    assert (first.task_id, first.reason) == (high[0], "a score of 0.51")
    assert ids(team.next("bob")) == low
    assert team.states(high[0]) == ["leased"]


def test_several_are_leased_ahead(team: Team) -> None:
    opened = team.open("d1", "d2")
    assert ids(team.next("ann", count=5)) == opened
    assert isinstance(team.next("bob"), Empty)


def test_nobody_is_given_what_they_annotated_or_skipped(pair: Team) -> None:
    first, second = pair.open("d1", "d2")
    assert ids(pair.next("ann")) == [first]
    pair.submit("ann", first, [ACME])
    assert ids(pair.next("ann")) == [second]
    pair.do("skip", "ann", second, reason="no German")
    nothing = pair.next("ann")
    assert isinstance(nothing, Empty)
    assert nothing.counts == {"done or skipped by you": 2}
    assert ids(pair.next("bob")) == [first], "what somebody began is finished first"


def test_an_empty_queue_says_why(team: Team) -> None:
    assert team.next("ann") == Empty("no task was ever opened", {})
    (task,) = team.open("d1")
    team.next("ann")
    assert team.next("bob") == Empty("1 held by others", {"held by others": 1})
    assert team.next("rob") == Empty("all done", {}), "what somebody holds waits for nobody"
    team.submit("ann", task, [ACME], flag="is it a company?")
    assert team.next("bob") == Empty("1 wait for reviewers", {"wait for reviewers": 1})


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_what_somebody_is_just_getting_is_held(team: Team) -> None:
    (task,) = team.open("d1")
    with team.store.writing() as session:
        queue.locked(session, team.project, task)
        assert team.next("bob") == Empty("1 held by others", {"held by others": 1})
    assert ids(team.next("bob")) == [task]


def test_skills_and_assignees_are_kept(team: Team) -> None:
    german, mine = team.open("d1", skill="de"), team.open("d2", assignee_id=team.people["bob"].id)
    assert team.next("ann") == Empty(
        "1 for other skills, 1 for another person", {"for other skills": 1, "for another person": 1}
    )
    with pytest.raises(Forbidden):
        team.lease("ann", mine[0])
    team.people["cyd"] = Person(team.people["cyd"].id, models.Role.ANNOTATOR, ("de", "fr"))
    assert ids(team.next("cyd")) == german
    assert ids(team.next("bob")) == mine


def test_the_tiers_are_kept(team: Team) -> None:
    (task,) = team.open("d1")
    with pytest.raises(Forbidden, match="tier of reviewers"):
        team.next("ann", tier=models.Tier.REVIEWER)
    assert ids(team.next("rob", tier=models.Tier.ANNOTATOR)) == [task], "a reviewer may annotate"
    team.submit("rob", task, [ACME], flag="odd")
    assert isinstance(team.next("rob"), Empty), "and does not review themselves"
    with pytest.raises(Forbidden):
        team.lease("ann", task)
    assert ids(team.next("rea")) == [task]
    assert team.states(task) == ["leased", "submitted", "in_review"]


def test_a_lease_ends_and_the_task_waits_again(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    team.tick(31 * 60)
    assert ids(team.next("bob")) == [task]
    assert team.states(task) == ["leased", "open", "leased"]
    with pytest.raises(Conflict, match="somebody else"):
        team.submit("ann", task, [ACME])


def test_a_late_answer_counts_if_nobody_else_was_faster(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    team.tick(31 * 60)
    assert team.submit("ann", task, [ACME]).state == models.TaskState.RESOLVED


def test_a_lease_is_renewed_and_given_back(team: Team) -> None:
    (task,) = team.open("d1")
    (leased,) = team.next("ann")  # type: ignore[misc]
    with team.store.writing() as session:
        renewed = queue.renew(session, 1, task, team.people["ann"], team.rules, now=team.tick(60))
    assert renewed.expires_at > leased.expires_at
    assert team.lease("ann", task).expires_at > renewed.expires_at, "to lease what one holds renews it"
    assert team.do("release", "ann", task) == models.TaskState.OPEN
    with pytest.raises(Conflict, match="do not hold"):
        team.do("release", "ann", task)
    with pytest.raises(Conflict), team.store.writing() as session:
        queue.renew(session, 1, task, team.people["ann"], team.rules, now=team.tick())


def test_a_review_that_is_given_back_waits_where_it_was(pair: Team) -> None:
    (task,) = pair.open("d1")
    for name, spans in (("ann", [ACME]), ("bob", [])):
        pair.lease(name, task)
        pair.submit(name, task, spans)
    assert pair.states(task)[-1] == "disputed"
    pair.next("rob")
    assert pair.do("release", "rob", task) == models.TaskState.DISPUTED
    pair.next("rea")
    pair.do("escalate", "rea", task, reason="a subsidiary?")
    pair.next("eve")
    assert pair.do("release", "eve", task) == models.TaskState.ESCALATED


def test_one_goes_over_ones_own_again(pair: Team) -> None:
    (task,) = pair.open("d1")
    for name, spans in (("ann", [ACME]), ("bob", [])):
        pair.lease(name, task)
        pair.submit(name, task, spans)
    assert pair.lease("bob", task).reason.startswith("your own")
    with pytest.raises(Conflict):
        pair.lease("rob", task)
    assert pair.do("release", "bob", task) == models.TaskState.DISPUTED
    assert pair.task(task).tier == models.Tier.REVIEWER
    pair.lease("bob", task)
    assert pair.submit("bob", task, [ACME]).state == models.TaskState.RESOLVED
    pair.lease("bob", task)  # routing ended it, not a person
    assert pair.do("release", "bob", task) == models.TaskState.RESOLVED
    pair.lease("bob", task)
    assert pair.submit("bob", task, []).state == models.TaskState.DISPUTED
    pair.next("rob")
    pair.resolve("rob", task, [ACME])
    with pytest.raises(Conflict, match="reviewer decided"):
        pair.lease("bob", task)


def test_what_is_of_another_project_is_not_there(team: Team) -> None:
    (task,) = team.open("d1")
    team.project = 2
    for act in (
        lambda: team.lease("lea", task),
        lambda: team.submit("lea", task),
        lambda: team.do("release", "ann", task),
    ):
        with pytest.raises(NotFound):
            act()
    assert team.next("ann") == Empty("no task was ever opened", {})


def test_no_task_is_leased_twice(team: Team) -> None:
    with team.store.writing() as session:
        rows = [models.Document(project_id=1, key=f"n{n}", text="x", meta={}, created_at=team.now) for n in range(60)]
        session.add_all(rows)
        session.flush()
        team.documents |= {row.key: row.id for row in rows}
    opened = team.open(*(f"n{n}" for n in range(60)))
    got: list[int] = []
    problems: list[Exception] = []

    def work(name: str) -> None:
        try:
            while not isinstance(answer := team.next(name, count=2), Empty):
                got.extend(leased.task_id for leased in answer)
        except Exception as error:  # of a thread: told below
            problems.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("ann", "bob", "cyd", "ann")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(got) == opened


PART = {"project_id": 1, "state": "open", "tier": "annotator", "kind": "document", "skill": "", "begun": False}


@pytest.mark.parametrize("head", [statements.FREE, statements.FREE_AND_NOT_OWN])
def test_the_next_task_is_found_by_index_however_many_there_are(team: Team, head: Any) -> None:
    """No part of the queue is sorted, and of a task's annotations alone those of the task are looked at, and not all
    that the person ever annotated."""
    with team.store.reading() as session:
        connection = session.connection()
        compiled = head.compile(dialect=connection.dialect)
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:  # it would rather read small tables whole
            for way in ("seqscan", "sort", "bitmapscan"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        given = compiled.construct_params({**PART, "person": 1, "limit": 1})
        asked = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{compiled}"
        values = tuple(given[name] for name in compiled.positiontup) if sqlite else given
        plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(asked, values))
    assert "ix_tasks_queue" in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan
    assert "ix_annotations_author_id" not in plan
