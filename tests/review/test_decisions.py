import random
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from tests.review.team import ACME, ZOE, Team

from livener.errors import InputError, LivenerError
from livener.review import decisions, tasks
from livener.review.errors import Conflict, Forbidden
from livener.review.queue import Empty
from livener.review.states import TRANSITIONS
from livener.store import models
from livener.store.models import TaskState, Tier


@pytest.fixture
def disputed(pair: Team) -> int:
    """A task on which two disagree."""
    (task,) = pair.open("d1")
    for name, spans in (("ann", [ACME]), ("bob", [ACME, ZOE])):
        pair.lease(name, task)
        pair.submit(name, task, spans)
    return task


def test_a_reviewer_decides_even_what_nobody_said(pair: Team, disputed: int) -> None:
    (leased,) = pair.next("rob")  # type: ignore[misc]
    assert leased.reason == "2 people disagree on 1 span"
    said = pair.resolve("rob", disputed, [(0, 3, "LOC")])
    assert (said.state, said.reason) == (TaskState.RESOLVED, "decided by a reviewer")
    with pair.store.reading() as session:
        last = tasks.history(session, 1, disputed)[-1]
        kinds = set(session.scalars(select(models.Correction.kind)))
    assert (last["after"], last["by"], last["revision"]) == ("resolved", "rob", 3)
    assert kinds == {models.ErrorType.FALSE_POSITIVE, models.ErrorType.FALSE_NEGATIVE}


def test_a_reviewer_sends_back_with_a_comment(pair: Team, disputed: int) -> None:
    pair.next("rob")
    with pytest.raises(InputError, match="comment: nothing is said"):
        pair.do("send_back", "rob", disputed, comment=" ")
    with pytest.raises(InputError, match="did not annotate"):
        pair.do("send_back", "rob", disputed, comment="why not Zoë?", to=pair.people["cyd"].id)
    pair.do("send_back", "rob", disputed, comment="why not Zoë?", to=pair.people["ann"].id)
    assert isinstance(pair.next("cyd"), Empty)
    (leased,) = pair.next("ann")  # type: ignore[misc]
    assert leased.reason == "sent back: why not Zoë?"
    assert pair.submit("ann", disputed, [ACME, ZOE]).reason == "all agree"
    with pair.store.reading() as session:
        assert session.scalars(select(models.Comment.body)).all() == ["why not Zoë?"]


def test_who_has_left_is_sent_nothing_back(pair: Team, disputed: int) -> None:
    def leave(name: str) -> None:
        with pair.store.writing() as session:
            session.execute(delete(models.Membership).where(models.Membership.user_id == pair.people[name].id))

    pair.next("rob")
    leave("bob")  # the last who annotated it
    with pytest.raises(InputError, match="work on this project any more"):
        pair.do("send_back", "rob", disputed, comment="?", to=pair.people["bob"].id)
    pair.do("send_back", "rob", disputed, comment="why not Zoë?")
    assert pair.task(disputed).assignee_id == pair.people["ann"].id
    pair.next("ann")
    pair.submit("ann", disputed, [])
    pair.next("rob")
    with pair.store.writing() as session:
        session.get_one(models.User, pair.people["ann"].id).disabled_at = pair.now
    pair.do("send_back", "rob", disputed, comment="why not Zoë?")
    assert [one.task_id for one in pair.next("cyd")] == [disputed], "nobody who annotated it is left"  # type: ignore[union-attr]


def test_what_goes_up_ends_with_the_expert(pair: Team, disputed: int) -> None:
    pair.next("rob")
    pair.do("escalate", "rob", disputed, reason="is Zoë a person here?")
    assert isinstance(pair.next("rea"), Empty)
    (leased,) = pair.next("eve")  # type: ignore[misc]
    assert leased.reason == "is Zoë a person here?"
    with pytest.raises(Conflict, match="nobody over an expert"):
        pair.do("escalate", "eve", disputed, reason="?")
    assert pair.resolve("eve", disputed, [ACME, ZOE]).reason == "decided by an expert"
    with pytest.raises(Conflict):
        pair.lease("ann", disputed)


def test_an_annotator_sends_up_what_they_cannot_say(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    assert team.do("escalate", "ann", task, reason="not in the guidelines") == TaskState.DISPUTED
    (leased,) = team.next("rob")  # type: ignore[misc]
    assert leased.reason == "not in the guidelines"
    team.resolve("rob", task, [ACME])


def test_a_text_of_no_use_is_rejected_and_can_come_back(team: Team) -> None:
    (task,) = team.open("d1")
    team.next("ann")
    with pytest.raises(Forbidden):
        team.do("reject", "ann", task, reason="empty")
    with pytest.raises(Conflict, match="somebody else"):
        team.do("reject", "rob", task, reason="empty")
    team.do("reject", "lea", task, reason="empty")
    with pytest.raises(Conflict, match="you do not hold"):
        team.submit("ann", task, [ACME])
    with pytest.raises(Forbidden):
        team.do("reopen", "rob", task, reason="not empty")
    team.do("reopen", "lea", task, reason="not empty")
    (leased,) = team.next("ann")  # type: ignore[misc]
    assert leased.reason == "not empty"


def test_a_task_opened_again_begins_anew_and_keeps_what_was_said(pair: Team, disputed: int) -> None:
    pair.next("rob")
    pair.resolve("rob", disputed, [ACME])
    pair.do("reopen", None, disputed, reason="guidelines 2 changed ORG")
    assert (pair.task(disputed).given, pair.task(disputed).tier) == (0, Tier.ANNOTATOR)
    for name in ("cyd", "ann"):
        pair.next(name)
        said = pair.submit(name, disputed, [ZOE])
    assert (said.reason, said.revision) == ("all agree", 5), "what bob said before does not count"
    with pair.store.reading() as session:
        old = tasks.view(session, 1, disputed, pair.people["rob"])["annotations"]
    assert [one["counts"] for one in old] == [False, False, False, True, True]


def test_whoever_does_whatever_every_step_is_one_of_the_table(pair: Team) -> None:
    """People at random: nothing but refusals, and every event is a transition that is declared."""
    rng = random.Random(7)
    ids = pair.open("d1", "d2")
    names = list(pair.people)
    moved = 0
    acts: list[Callable[[str, int], object]] = [
        lambda name, _: pair.next(name),
        lambda name, task: pair.lease(name, task),
        lambda name, task: pair.submit(name, task, rng.choice([[], [ACME], [ZOE]])),
        lambda name, task: pair.submit(name, task, [ZOE], flag=rng.choice([None, "?"])),
        lambda name, task: pair.resolve(name, task, [ZOE]),
        lambda name, task: pair.do("release", name, task),
        lambda name, task: pair.do("skip", name, task, reason="x"),
        lambda name, task: pair.do("escalate", name, task, reason="x"),
        lambda name, task: pair.do("send_back", name, task, comment="x"),
        lambda name, task: pair.do("reopen", name, task, reason="x"),
        lambda name, task: pair.do("reject", name, task, reason="x") if rng.random() < 0.2 else None,
        lambda _, __: pair.tick(rng.choice([1, 2000])),
    ]
    for _ in range(300):
        name, task = rng.choice(names), rng.choice(ids)
        act = rng.choice(acts)
        try:
            act(name, task)
            moved += 1
        except LivenerError:
            pass
    with pair.store.reading() as session:
        events = session.execute(
            select(models.TaskEvent).order_by(models.TaskEvent.task_id, models.TaskEvent.number)
        ).scalars()
        steps = {(event.before, event.after) for event in events}
        held = set(session.scalars(select(models.Lease.task_id)))
        now_held = set(
            session.scalars(
                select(models.Task.id).where(models.Task.state.in_([TaskState.LEASED, TaskState.IN_REVIEW]))
            )
        )
        without_final = session.scalars(
            select(models.TaskEvent.task_id).where(
                models.TaskEvent.after == TaskState.RESOLVED, models.TaskEvent.annotation_id.is_(None)
            )
        ).all()
    declared = {
        (before, after) for table in TRANSITIONS.values() for before, states in table.items() for after in states
    }
    assert moved > 60
    assert steps <= declared
    assert held == now_held, "who holds a task and its state say the same"
    assert without_final == [], "every end names its final annotation"


def test_comments_are_kept_within_reason(team: Team) -> None:
    (task,) = team.open("d1")
    with team.store.writing() as session:
        decisions.comment(session, 1, task, team.people["ann"], "<script>alert(1)</script>", now=team.tick())
    for body in ("", "x" * 10_001, "\x00"):
        with pytest.raises(InputError), team.store.writing() as session:
            decisions.comment(session, 1, task, team.people["ann"], body, now=team.tick())
