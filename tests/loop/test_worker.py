"""Workers that really run: in threads here, told by a queue in SQLite or Redis, and in a process that is killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from tests.loop.annotated import NOW, new_project

from livener.errors import InputError
from livener.loop import jobs, kinds
from livener.loop.queue import Queue
from livener.loop.settings import WorkerSettings
from livener.loop.work import Kind, Work
from livener.loop.worker import Worker
from livener.store import Artefacts, Store
from livener.store.models import JobState

QUICK = {"beat_seconds": 0.05, "poll_seconds": 0.01}


class Nothing(BaseModel):
    pass


def waits(until: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def state(store: Store, id: int) -> JobState:
    with store.reading() as session:
        return jobs.get(session, 1, id).state


@pytest.fixture
def project(store: Store) -> Store:
    new_project(store)
    return store


def settings(queue: str, request: pytest.FixtureRequest) -> WorkerSettings:
    return WorkerSettings(queue=request.getfixturevalue("redis_url") if queue == "redis" else "", **QUICK)  # type: ignore[arg-type]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("queue", ["sqlite", "redis"])
def test_a_worker_is_told_of_a_job(
    project: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queue: str, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setitem(kinds.KINDS, "tried", Kind(lambda work: {"arguments": dict(work.arguments)}, Nothing))  # type: ignore[arg-type]
    given = settings(queue, request)
    teller = Queue(tmp_path, given)
    with Worker(project, Artefacts(tmp_path), tmp_path, settings=given):
        with project.writing() as session:
            id = jobs.create(session, 1, "tried", now=NOW, arguments={"n": 1})
        teller.job(id)
        waits(lambda: state(project, id) == JobState.DONE)
    teller.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_stopping_lets_a_job_wait_for_the_next_worker(
    project: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []

    def run(work: Work) -> dict[str, Any]:
        attempts.append(work.begun.attempt)
        while len(attempts) == 1:
            work.check()
            time.sleep(0.001)
        return {}

    monkeypatch.setitem(kinds.KINDS, "long", Kind(run, Nothing))  # type: ignore[arg-type]
    with project.writing() as session:
        id = jobs.create(session, 1, "long", now=NOW)
    given = WorkerSettings(**QUICK)  # type: ignore[arg-type]
    with Worker(project, Artefacts(tmp_path), tmp_path, settings=given):  # finds it by itself
        waits(lambda: bool(attempts))
    assert state(project, id) == JobState.QUEUED
    with Worker(project, Artefacts(tmp_path), tmp_path, settings=given):
        waits(lambda: state(project, id) == JobState.DONE)
    assert attempts == [1, 2]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_running_job_ends_when_it_is_cancelled(
    project: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(work: Work) -> dict[str, Any]:
        while True:
            work.check()
            time.sleep(0.001)

    monkeypatch.setitem(kinds.KINDS, "endless", Kind(run, Nothing))  # type: ignore[arg-type]
    with project.writing() as session:
        id = jobs.create(session, 1, "endless", now=NOW)
    with Worker(project, Artefacts(tmp_path), tmp_path, settings=WorkerSettings(**QUICK)):  # type: ignore[arg-type]
        waits(lambda: state(project, id) == JobState.RUNNING)
        with project.writing() as session:
            jobs.cancel(session, 1, id, now=NOW)
        waits(lambda: state(project, id) == JobState.CANCELLED)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_command_works_until_it_is_told_to_end(project: Store, tmp_path: Path) -> None:
    (tmp_path / "livener.toml").write_text("")
    process = subprocess.Popen(
        [sys.executable, "-m", "livener", "worker", str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "working for" in process.stderr.readline()
    with project.writing() as session:
        id = jobs.create(session, 1, "learn", now=NOW)
    queue = Queue(tmp_path, WorkerSettings())
    queue.job(id)
    queue.close()
    waits(lambda: state(project, id) == JobState.FAILED)
    with project.reading() as session:
        assert "no resolved document" in (jobs.get(session, 1, id).problem or "")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.stderr.close()


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "livener.toml").write_text("[worker]\nthreads = 3\n")
    assert WorkerSettings.read(tmp_path).threads == 3
    for wrong in ({"thread": 1}, {"threads": 0}, {"queue": "amqp://host"}):
        with pytest.raises(InputError, match="worker"):
            WorkerSettings.of({"worker": wrong}, environment={})
    with pytest.raises(InputError, match="not a table"):
        WorkerSettings.of({"worker": 1}, environment={})
    (tmp_path / "livener.toml").write_text("[worker")
    with pytest.raises(InputError, match="not TOML"):
        WorkerSettings.read(tmp_path)
