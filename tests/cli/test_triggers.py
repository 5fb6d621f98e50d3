"""``livener triggers``: added, tried, switched, and their log."""

import json
from collections.abc import Callable
from pathlib import Path


def test_added_tried_and_switched(livener: Callable, tmp_path: Path) -> None:
    project = tmp_path / "contracts"
    assert livener("init", project, "--labels", "PER, ORG").exit_code == 0
    added = livener(
        "triggers", "add", project, "later", "schedule", "--set", "at=2020-01-01T00:00:00Z", "--mode", "dry"
    )
    assert "trigger later is dry" in added.stderr
    options = ("--set", "cron=* * * * *", "--argument", "seed=3")
    assert livener("triggers", "add", project, "always", "schedule", *options).exit_code == 0
    tried = livener("triggers", "check", project, "later")
    assert (tried.exit_code, tried.stdout) == (0, "would not go off: due at 2020-01-01T00:00:00+00:00\n")
    assert "trigger always is off" in livener("triggers", "switch", project, "always").stderr
    found = json.loads(livener("triggers", "list", project, "--json").stdout)
    assert [(one["name"], one["mode"], one["arguments"]) for one in found] == [
        ("always", "off", {"seed": 3}),
        ("later", "dry", {}),
    ]
    assert livener("triggers", "list", project).stdout.splitlines()[1].split() == [
        "always",
        "schedule",
        "learn",
        "off",
        "–",
    ]
    assert livener("triggers", "log", project).exit_code == 0
    assert livener("triggers", "log", project, "--json").stdout == "[]\n"


def test_what_cannot_be(livener: Callable, tmp_path: Path) -> None:
    project = tmp_path / "contracts"
    livener("init", project, "--labels", "PER, ORG")
    for command, said in (
        (("add", project, "t", "moon"), "no condition is called 'moon'"),
        (("add", project, "t", "guidelines", "--mode", "loud"), "no mode 'loud'"),
        (("check", project, "t"), "no trigger 't'"),
    ):
        refused = livener("triggers", *command)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
