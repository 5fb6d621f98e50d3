"""The whole loop on a real project, killed at every step and begun again, and a server that sees what it promotes."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.loop.whole import Loop, state

from livener.learning import gate, models
from livener.learning.serving import Served
from livener.loop import jobs
from livener.store.models import JobState

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    Loop(folder).run()
    return folder


def test_the_loop_goes_round(undisturbed: Path) -> None:
    loop = Loop(undisturbed)
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
    assert Served(loop.store, loop.artefacts)(1)[0] == 1


def test_killed_at_every_step_it_ends_in_the_same_state(undisturbed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.loop.whole", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
    assert state(tmp_path) == state(undisturbed)
