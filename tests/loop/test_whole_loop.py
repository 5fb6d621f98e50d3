"""The whole loop on a real project, killed at every step and begun again, and a server that sees what it promotes."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.loop.annotated import NOW
from tests.loop.whole import Loop, state

from livener.learning import gate, models
from livener.loop import jobs
from livener.server.identity import digest
from livener.store.models import JobState, Token

ROOT = Path(__file__).parents[2]
SETTINGS = "[server]\npoll_seconds = 0.1\n[worker]\nin_server = false\n"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """``livener serve`` in a process of its own; its address."""
    (folder / "livener.toml").write_text(SETTINGS)
    command = [sys.executable, "-m", "livener", "serve", str(folder), "--port", "0"]
    with (folder / "served").open("w") as said:
        server = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield address(server, folder / "served")
    finally:
        server.terminate()
        server.wait()


class Watched(Loop):
    """The loop, and what a server beside it answers by after each of its steps that moves what serves."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self._url = url
        self.answered: list[tuple[str, int]] = []

    def begin(self, now: datetime) -> None:
        super().begin(now)
        real = datetime.now(UTC)  # as the server sees it
        with self.store.writing() as session:
            lea = {"user_id": 1, "name": "t", "hash": digest("lvn_lea"), "scopes": ["recognize"]}
            session.add(Token(**lea, created_at=real, expires_at=real + timedelta(days=1)))

    def promote(self, now: datetime) -> None:
        super().promote(now)
        self.ask_server("promoted")

    def roll_back(self, now: datetime) -> None:
        super().roll_back(now)
        self.ask_server("rolled back")

    def ask_server(self, after: str) -> None:
        """Until it answers by what serves now: another process moved the alias, and the server looks at times."""
        with self.store.reading() as session:
            wanted = models.pointed_at(session, 1)
        until = time.monotonic() + 60
        while (by := self.by()) != wanted and time.monotonic() < until:
            time.sleep(0.05)
        self.answered.append((after, by))

    def by(self) -> int:
        """The version that the server answers by."""
        given = {"text": "3 : Ada joined Acme ."}
        answer = httpx.post(
            f"{self._url}/v1/projects/news/recognize",
            json=given,
            headers={"Authorization": "Bearer lvn_lea"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        assert {(one["text"], one["label"]) for one in answer.json()["spans"]} == {("Ada", "PER"), ("Acme", "ORG")}
        return int(answer.json()["model"])


def address(server: subprocess.Popen[bytes], said: Path) -> str:
    """Where a server that has begun says that it listens, once it answers there."""
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", said.read_text())
        try:
            if found and httpx.get(f"{found[0]}/health").is_success:
                return found[0]
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(said.read_text())


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("undisturbed")
    Loop(folder).begin(NOW)
    with serving(folder) as url:
        loop = Watched(folder, url)
        loop.run()
    return loop


def test_the_loop_goes_round(watched: Watched) -> None:
    loop = watched
    with loop.store.reading() as session:
        first, asked, fired, worse = reversed(jobs.listed(session, 1))
        assert {job.state for job in (first, asked, fired, worse)} == {JobState.DONE}
        assert (first.result or {})["passed"]
        assert (asked.result or {})["annotator"] > 0
        assert fired.reason.startswith("trigger enough: ")
        assert (fired.result or {})["passed"]
        assert [models.find(session, 1, number).lineage["parent"] for number in (1, 2, 3)] == [None, 1, 2]
        rejected = gate.get(session, 1, (worse.result or {})["gate"])
        assert not rejected.passed
        assert rejected.reasons
        text = (rejected.report or {})["text"]
        assert text.startswith("REJECTED")
        assert "f1" in text
        assert models.pointed_at(session, 1, "candidate") == 2
        moves = [(one.number, one.rollback) for one in models.moves(session, 1) if one.alias == "production"]
        assert moves == [(1, True), (2, False), (1, False)]


def test_a_server_that_runs_answers_by_what_was_promoted_and_by_the_one_before_after_the_rollback(
    watched: Watched,
) -> None:
    assert watched.answered == [("promoted", 1), ("promoted", 2), ("rolled back", 1)]


def test_killed_at_every_step_it_ends_in_the_same_state(watched: Watched, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.loop.whole", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
    assert state(tmp_path) == state(watched.folder)
