"""A job that fails is an alert that is told once; one of its kind that is done ends it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from tests.loop.annotated import NOW
from tests.loop.conftest import Place
from tests.monitoring.listening import Heard, http_server

from livener.errors import InputError
from livener.loop import jobs, kinds
from livener.loop.work import Kind, Work
from livener.monitoring import alerts
from livener.store.models import JobState, Project


class Nothing(BaseModel):
    fails: bool = True


@pytest.fixture
def heard(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """What a webhook of the project hears; jobs of the kind ``shaky`` fail as they are told to."""

    def run(work: Work) -> dict[str, Any]:
        if work.arguments.get("fails", True):
            raise InputError("no such folder", where="log", fix="a folder\nthat is there")
        return {}

    monkeypatch.setitem(kinds.KINDS, "shaky", Kind(run, Nothing))  # type: ignore[arg-type]
    with http_server() as heard:
        text = '[server]\npublic_url = "https://ner.example.org"\n[alerts]\nallow = ["127.0.0.1"]\nprivate = true\n'
        (place.folder / "livener.toml").write_text(text, encoding="utf-8")
        hook = {"kind": "webhook", "url": f"http://127.0.0.1:{heard.port}/hook"}
        other = {"kind": "webhook", "url": f"http://127.0.0.1:{heard.port}/drift", "kinds": ["drift"]}
        with place.store.writing() as session:
            session.get_one(Project, 1).settings = {"channels": {"hook": hook, "other": other}}
        yield heard


def begin(place: Place, *, fails: bool = True) -> int:
    with place.store.writing() as session:
        return kinds.start(session, 1, "shaky", {"fails": fails}, now=NOW, reason="to try")


def lives(place: Place) -> list[list[str]]:
    """What happened to each alert of the project, the first alert first."""
    with place.store.reading() as session:
        found = [alerts.get(session, 1, one.id) for one in alerts.listed(session, 1)]
    return [[event.what for event in one.events or ()] for one in reversed(found)]


def test_it_is_told_once_whatever_is_tried_again_and_ends_with_one_that_is_done(place: Place, heard: Heard) -> None:
    worker, first = place.worker(), begin(place)
    with place.store.writing() as session:  # an attempt whose worker dies is no failure
        assert jobs.begin(session, first, worker="gone", now=NOW)
        assert jobs.recover(session, now=NOW + timedelta(minutes=1), silent_seconds=10).waiting == [first]
    assert lives(place) == []
    worker.run(first)
    worker.run(first)
    assert place.job(first).state == JobState.FAILED
    assert lives(place) == [["opened", "told"]]
    ((_, path, body),) = heard.came
    assert path == "/hook"
    summary = f"shaky: job {first} failed: log: no such folder (expected a folder that is there)"
    link = "https://ner.example.org/p/news/monitor?alert=1"
    told = {"project": "news", "kind": "failure", "subject": "shaky", "summary": summary, "alert": 1, "link": link}
    assert json.loads(body) == told
    assert (1, "alert", {"id": 1}) in place.told

    worker.run(begin(place))  # the same again is no news
    assert lives(place) == [["opened", "told", "seen again"]]
    worker.run(begin(place, fails=False))
    assert lives(place) == [["opened", "told", "seen again", "closed"]]
    worker.run(begin(place))
    assert lives(place)[1:] == [["opened", "told"]]
    assert len(heard.came) == 2


def test_one_whose_workers_died_is_told_and_one_that_people_ended_is_not(place: Place, heard: Heard) -> None:
    ended = begin(place)
    with place.store.writing() as session:
        jobs.cancel(session, 1, ended, now=NOW)
    place.worker().run(ended)
    assert heard.came == []
    id, worker = begin(place), place.worker()
    for _ in range(jobs.MOST_DEATHS):
        with place.store.writing() as session:
            assert jobs.begin(session, id, worker="gone", now=place.clock.now)
        place.clock.now += timedelta(minutes=1)
        worker.tick()
    assert place.job(id).state == JobState.FAILED
    assert lives(place) == [["opened", "told"]]
    assert "workers died" in json.loads(heard.came[0][2])["summary"]
    assert len(heard.came) == 1
