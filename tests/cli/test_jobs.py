"""``livener jobs``: begun, looked at, ended."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def project(livener: Callable, tmp_path: Path) -> Path:
    folder = tmp_path / "contracts"
    assert livener("init", folder, "--labels", "PER, ORG").exit_code == 0
    return folder


def test_begun_looked_at_and_ended(livener: Callable, project: Path) -> None:
    begun = livener("jobs", "begin", project, "learn", "--set", "seed=3", "--set", "mode=full", "--reason", "why not")
    assert "job 1 waits for a worker" in begun.stderr
    assert (project / "queue.db").exists()
    (listed,) = json.loads(livener("jobs", "list", project, "--json").stdout)
    assert (listed["state"], listed["arguments"]) == ("queued", {"seed": 3, "mode": "full"})
    line = livener("jobs", "list", project).stdout.splitlines()[1]
    assert line.split()[:3] == ["1", "learn", "queued"]
    assert line.endswith("why not")
    assert "job 1 is cancelled" in livener("jobs", "cancel", project, 1).stderr
    shown = json.loads(livener("jobs", "show", project, 1).stdout)
    assert (shown["state"], shown["log"]) == ("cancelled", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("begin", "learn", "--set", "seed"), "--set key=value"),
        (("begin", "dance"), "no job is called 'dance'"),
        (("cancel", "7"), "no job 7"),
    ],
)
def test_what_cannot_be(livener: Callable, project: Path, arguments: tuple[str, ...], said: str) -> None:
    command, *rest = arguments
    refused = livener("jobs", command, project, *rest)
    assert refused.exit_code == 2
    assert said in refused.stderr
