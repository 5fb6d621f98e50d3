"""Active time, throughput and turnaround: on SQLite and PostgreSQL, against the same counted by hand."""

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from tests.review.worked import NOW, Worked

from livener.review.annotations import CALIBRATION
from livener.review.decisions import reopen
from livener.review.indicators import Indicators, Turnaround, Work, active_seconds, indicators
from livener.review.rules import Rules
from livener.store import models
from livener.store.models import Tier

DAY = timedelta(days=1)
_MOMENTS = st.lists(st.integers(0, 300).map(float), max_size=20)


@given(_MOMENTS, st.integers(1, 90), st.randoms(use_true_random=False))
def test_active_time(moments: list[float], idle: int, random: Any) -> None:
    active = active_seconds(moments, idle_seconds=idle)
    shuffled = random.sample(moments, len(moments))
    assert active_seconds(shuffled, idle_seconds=idle) == active
    assert 0 <= active <= (max(moments) - min(moments) if moments else 0)
    assert active <= idle * max(0, len(set(moments)) - 1)
    assert active <= active_seconds(moments, idle_seconds=idle + 1)
    # One more sign tells of no less time; and second by second it is who was there within `idle` of a sign.
    assert active <= active_seconds([*moments, 150.0], idle_seconds=idle) or not moments
    last = max(moments, default=0.0)
    signs = set(moments)
    seconds = sum(any(second - back in signs for back in range(idle)) for second in range(int(last)))
    assert active == seconds


def asked(worked: Worked, since: datetime = NOW, until: datetime = NOW + 9 * DAY) -> Indicators:
    with worked.store.reading() as session:
        return indicators(session, worked.project, since=since, until=until)


def test_nothing_was_done(worked: Worked) -> None:
    assert asked(worked) == Indicators(NOW, NOW + 9 * DAY, (), (), (), 0, None, None)


def test_people_days_and_tiers(worked: Worked) -> None:
    keys = [f"d{number}" for number in range(6)]
    for key in keys:
        worked.document(key, "Ada left.")
    tasks = [worked.task(key) for key in keys]  # all at noon
    for task, seconds in zip(tasks[:3], (10.0, 20.0, None), strict=True):
        worked.annotate(task, "ann", active_seconds=seconds)  # a minute each
    worked.annotate(tasks[0], "ann", active_seconds=5.0)  # amended, at 12:04
    worked.now = NOW + timedelta(hours=11, minutes=58)
    worked.annotate(tasks[3], "ann", active_seconds=40.0)  # 23:59
    worked.rules = Rules.of({"review": {"up": {"share": 1.0}}})
    worked.annotate(tasks[4], "ann", active_seconds=50.0)  # 00:00
    worked.decide(tasks[4], "rea", active_seconds=7.0)  # 00:01
    worked.escalate(tasks[5], "bob")
    worked.escalate(tasks[5], "rea")
    worked.decide(tasks[5], "eve")  # 00:04
    done = asked(worked)
    assert done.people == (
        Work("ann", None, 5, 30.0),  # 15, 20, 40, 50
        Work("eve", None, 1, None),
        Work("rea", None, 1, 7.0),
    )
    assert done.days == (
        Work("ann", "2024-05-01", 4, 20.0),
        Work("ann", "2024-05-02", 1, 50.0),
        Work("eve", "2024-05-02", 1, None),
        Work("rea", "2024-05-02", 1, 7.0),
    )
    # The amended one was ended twice.
    ann = median([60.0, 120.0, 180.0, 240.0, (12 * 60 - 1) * 60.0])
    assert set(done.tiers) == {
        Turnaround(Tier.ANNOTATOR, 5, ann),
        Turnaround(Tier.REVIEWER, 1, (12 * 60 + 1) * 60.0),
        Turnaround(Tier.EXPERT, 1, (12 * 60 + 4) * 60.0),
    }
    assert (done.resolved, done.disputed, done.escalated) == (7, 1 / 7, 1 / 7)
    midnight = NOW + timedelta(hours=12)
    before, after = asked(worked, until=midnight), asked(worked, since=midnight)
    assert before.days + after.days == tuple(sorted(done.days, key=lambda one: one.day or ""))
    assert (before.resolved, after.resolved) == (5, 2)
    assert done.as_dict()["people"][0]["tasks"] == 5


def test_what_was_imported_or_calibrates_is_nobodys_work(worked: Worked) -> None:
    worked.document("d1", "Ada left.")
    worked.annotate(worked.task("d1", batch=f"{CALIBRATION}first"), "ann", active_seconds=3.0)
    worked.document("d2", "Ada left again.")
    imported = worked.task("d2")
    with worked.store.writing() as session:
        row = {"project_id": worked.project, "task_id": imported, "revision": 1, "author_id": worked.ids["ann"]}
        row |= {"guideline_version_id": 1, "complete": True, "spans": 0, "created_at": worked.now}
        session.execute(insert(models.Annotation), row | {"id": 77})
        event = {"task_id": imported, "user_id": worked.ids["ann"], "reason": "gold", "at": worked.now}
        steps = ["open", "leased", "submitted", "resolved"]
        for number in range(1, 4):
            states = {"before": models.TaskState(steps[number - 1]), "after": models.TaskState(steps[number])}
            given = {"number": number, "annotation_id": 77 if number > 1 else None}
            session.execute(insert(models.TaskEvent), event | states | given)
    assert asked(worked).people == ()
    assert asked(worked).resolved == 0


def test_projects_and_time_zones(worked: Worked) -> None:
    worked.document("d1", "Ada left.")
    worked.annotate(worked.task("d1"), "ann")
    with worked.store.reading() as session:
        assert indicators(session, worked.project + 1, since=NOW, until=NOW + DAY).people == ()
    elsewhere = datetime.fromisoformat("2024-05-01T23:00:00+11:00")
    assert elsewhere == NOW.astimezone(UTC)
    assert asked(worked, since=elsewhere).people == (Work("ann", None, 1, None),)
    assert asked(worked, since=elsewhere, until=elsewhere + timedelta(minutes=1)).people == ()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_medians(worked: Worked, count: int) -> None:
    times = [float(7 * number % 5) for number in range(count)]
    for number, seconds in enumerate([*times, None]):
        worked.document(f"d{number}", "Ada left.")
        worked.annotate(worked.task(f"d{number}"), "ann", active_seconds=seconds)
    assert asked(worked).people == (Work("ann", None, count + 1, median(times)),)


def test_a_task_that_was_opened_again_began_then(worked: Worked) -> None:
    worked.document("d1", "Ada left.")
    task = worked.task("d1")
    worked.annotate(task, "ann")
    worked.now = NOW + DAY
    with worked.store.writing() as session:
        reopen(session, worked.project, task, None, reason="new guidelines", now=worked.now)
    worked.annotate(task, "bob")
    assert asked(worked, since=NOW + DAY).tiers == (Turnaround(Tier.ANNOTATOR, 1, 60.0),)
