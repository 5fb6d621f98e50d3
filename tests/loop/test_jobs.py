"""The life of a job: begun once, fenced, cancelled, and found when its worker died."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict
from tests.loop.annotated import NOW
from tests.loop.conftest import Place

from livener.errors import InputError
from livener.loop import jobs, kinds
from livener.loop.work import Kind, Work
from livener.store.models import JobState


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = 0


def begin(place: Place, kind: str = "tried", **given: Any) -> int:
    with place.store.writing() as session:
        return jobs.create(session, 1, kind, now=NOW, **given)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A kind of job with two steps, and what it did."""
    done: list[str] = []

    def run(work: Work) -> dict[str, Any]:
        first = work.step("first", lambda: {"n": done.append("first") or 1})
        work.progress(1, 2, {"f1": 0.5})
        second = work.step("second", lambda: {"n": done.append("second") or first["n"] + 1})
        return {"n": second["n"]}

    monkeypatch.setitem(kinds.KINDS, "tried", Kind(run, Nothing))  # type: ignore[arg-type]
    return done


def test_a_job_is_done_and_says_what_it_did(place: Place, tried: list[str]) -> None:
    id = begin(place, reason="to try")
    worker = place.worker()
    worker.run(id)
    worker.run(id)
    found = place.job(id)
    assert (found.state, found.result, found.attempts, found.problem) == (JobState.DONE, {"n": 2}, 1, None)
    assert found.steps == {"first": {"n": 1}, "second": {"n": 2}}
    assert tried == ["first", "second"]
    with place.store.reading() as session:
        log = [note.message for note in jobs.notes(session, 1, id)]
    assert log[0].startswith("begun by ")
    assert log[1:] == ['first: {"n": 1}', 'second: {"n": 2}', "done"]
    assert place.told[0] == (1, "job", {"id": id, "state": "running"})
    assert place.told[-1] == (1, "job", {"id": id, "state": "done"})


@pytest.mark.usefixtures("tried")
def test_of_one_key_one_is_under_way(place: Place) -> None:
    first = begin(place, key="one")
    assert begin(place, key="one") == first
    place.worker().run(first)
    second = begin(place, key="one")
    assert second != first
    assert begin(place) != begin(place)


def test_many_workers_begin_a_job_once(place: Place, tried: list[str]) -> None:
    id = begin(place)
    workers = [place.worker() for _ in range(4)]
    threads = [threading.Thread(target=worker.run, args=[id]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tried, place.job(id).attempts) == (["first", "second"], 1)


def test_a_job_of_a_dead_worker_goes_on_after_its_steps(place: Place, tried: list[str]) -> None:
    id = begin(place)
    with place.store.writing() as session:
        begun = jobs.begin(session, id, worker="gone", now=NOW)
        assert begun is not None
        jobs.write(session, begun, steps={"first": {"n": 10}})
        assert jobs.recover(session, now=NOW + timedelta(seconds=9), silent_seconds=10).waiting == []
        assert jobs.recover(session, now=NOW + timedelta(seconds=11), silent_seconds=10).waiting == [id]
    place.worker().run(id)
    found = place.job(id)
    assert (found.state, found.result, found.attempts, tried) == (JobState.DONE, {"n": 11}, 2, ["second"])
    with place.store.writing() as session, pytest.raises(jobs.Lost):
        jobs.end(session, begun, JobState.FAILED, now=NOW, seconds=1)
    assert place.job(id).state == JobState.DONE


def test_a_job_whose_workers_die_is_given_up(place: Place) -> None:
    id, now = begin(place), NOW
    for _ in range(jobs.MOST_DEATHS):
        with place.store.writing() as session:
            assert jobs.begin(session, id, worker="gone", now=now)
            now += timedelta(minutes=1)
            jobs.recover(session, now=now, silent_seconds=10)
    assert place.job(id).state == JobState.FAILED
    assert "workers died" in (place.job(id).problem or "")


def test_cancelled_before_and_while_it_runs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    id = begin(place)
    with place.store.writing() as session:
        assert jobs.cancel(session, 1, id, now=NOW, by="lea").state == JobState.CANCELLED
    running, asked = threading.Event(), threading.Event()

    def run(work: Work) -> dict[str, Any]:
        running.set()
        assert asked.wait(60)
        while True:
            work.check()

    monkeypatch.setitem(kinds.KINDS, "endless", Kind(run, Nothing))  # type: ignore[arg-type]
    id = begin(place, "endless")
    worker = place.worker()
    thread = threading.Thread(target=worker.run, args=[id])
    thread.start()
    running.wait(60)
    with place.store.writing() as session:
        assert jobs.cancel(session, 1, id, now=NOW).state == JobState.RUNNING
        assert jobs.beat(session, [id], worker=worker.name, now=NOW) == {id}
    worker._running[id].ask_to_end()
    asked.set()
    thread.join()
    assert place.job(id).state == JobState.CANCELLED


def test_what_goes_wrong_is_said_and_the_worker_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Work) -> dict[str, Any]:
        raise InputError("nothing to do", fix="something")

    def break_(_: Work) -> dict[str, Any]:
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(kinds.KINDS, "refused", Kind(refuse, Nothing))  # type: ignore[arg-type]
    monkeypatch.setitem(kinds.KINDS, "broken", Kind(break_, Nothing))  # type: ignore[arg-type]
    worker, said = place.worker(), {}
    for kind in ("refused", "broken", "unknown"):
        id = begin(place, kind)
        worker.run(id)
        assert place.job(id).state == JobState.FAILED
        said[kind] = place.job(id).problem
    assert "nothing to do" in str(said["refused"])
    assert said["broken"] == "ZeroDivisionError: by zero"
    assert said["unknown"] == "this worker knows no job 'unknown'"


def test_kinds_check_their_arguments(place: Place) -> None:
    with place.store.writing() as session:
        with pytest.raises(InputError, match="no job is called 'dance'"):
            kinds.start(session, 1, "dance", {}, now=NOW, reason="")
        with pytest.raises(InputError, match=r"arguments\.steps"):
            kinds.start(session, 1, "learn", {"steps": 3}, now=NOW, reason="")
        first = kinds.start(session, 1, "learn", {"seed": 3}, now=NOW, reason="")
        assert kinds.start(session, 1, "learn", {}, now=NOW, reason="") == first
    assert place.job(first).arguments == {"seed": 3}


def test_lists(place: Place) -> None:
    made = [begin(place) for _ in range(3)]
    with place.store.reading() as session:
        assert [job.id for job in jobs.listed(session, 1, limit=2)] == made[:0:-1]
        assert [job.id for job in jobs.listed(session, 1, before=made[1])] == made[:1]
        assert jobs.listed(session, 1, state=JobState.DONE) == []
        for id in (0, 99):
            with pytest.raises(InputError, match="no job"):
                jobs.get(session, 1, id)
        with pytest.raises(InputError, match="no job"):
            jobs.get(session, 2, made[0])
