"""``livener models``: from a directory to production and back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.learning.project import EVERYTHING, Modelled

from livener.store import Store
from livener.store.folder import places

TEXT = "Ada of Acme flew to Oslo."


@pytest.fixture
def project(livener: Callable, tmp_path: Path) -> Path:
    """A project with a golden set, and directories of models beside it: one knows all, the other less."""
    folder = tmp_path / "contracts"
    assert livener("init", folder, "--labels", "PER, ORG, GPE").exit_code == 0
    with Store(places(folder).url) as store:
        modelled = Modelled(store, folder)
        modelled.golden()
        for name, words in (("good", EVERYTHING), ("bad", EVERYTHING[:1])):
            modelled.directory(*words).rename(tmp_path / name)
    return folder


def test_from_a_directory_to_production_and_back(livener: Callable, project: Path) -> None:
    for number, name in enumerate(("bad", "good"), 1):
        assert f"is model {number}" in livener("models", "add", project, project.parent / name).stderr
        judged = livener("models", "gate", project, number)
        assert (judged.exit_code, judged.stdout.startswith("passed: 40 documents")) == (0, True)
        assert livener("models", "promote", project, number, "--reason", "it knows more").exit_code == 0
    back = livener("models", "rollback", project, "--reason", "an incident")
    assert "production is model 1, and was model 2" in back.stderr
    shown = json.loads(livener("models", "show", project, "production").stdout)
    assert (shown["number"], shown["gate"]["report"]["documents"]) == (1, 40)
    assert shown == json.loads(livener("models", "show", project, "1").stdout)
    listed = json.loads(livener("models", "list", project, "--json").stdout)
    assert [(one["number"], one["aliases"]) for one in listed] == [(2, []), (1, ["production"])]
    lines = livener("models", "list", project).stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["2", lines[1].split()[1]], ["1", "production"]]


def test_a_rejected_one(livener: Callable, project: Path) -> None:
    for number, name in enumerate(("good", "bad"), 1):
        livener("models", "add", project, project.parent / name)
        judged = livener("models", "gate", project, number, "--json")
        assert (judged.exit_code, json.loads(judged.stdout)["passed"]) == ((0, True), (1, False))[number - 1]
        moved = livener("models", "promote", project, number, "--reason", "why")
        assert moved.exit_code == (0, 2)[number - 1]
    assert "did not pass the gate" in moved.stderr
    assert livener("models", "promote", project, 2, "--reason", "why", "--alias", "shadow").exit_code == 0
    for path, text in (("notes.txt", TEXT), ("same.txt", "Nobody.")):
        (project.parent / path).write_text(text)
    beside = livener("models", "shadow", project, 2, project.parent / "notes.txt", project.parent / "same.txt")
    (line,) = beside.stdout.splitlines()
    assert [span["text"] for span in json.loads(line)["candidate"]] == ["Acme"]
    assert "models 1 and 2 read 1 document the same, 1 differently" in beside.stderr


def test_examples_that_must_pass(livener: Callable, project: Path) -> None:
    livener("models", "add", project, project.parent / "bad")
    (file := project.parent / "incident.jsonl").write_text(
        json.dumps({"text": TEXT, "spans": [{"start": 0, "end": 3, "label": "PER"}]}) + "\n"
    )
    assert livener("models", "require", project, file, "--note", "May").exit_code == 0
    judged = livener("models", "gate", project, 1)
    assert judged.exit_code == 1
    assert "missing  [0, 3) PER 'Ada'" in judged.stdout


def test_what_cannot_be(livener: Callable, project: Path) -> None:
    for wrong in (
        ("show", project, "production"),
        ("show", project, "7"),
        ("gate", project, 7),
        ("rollback", project, "--reason", "why"),
        ("add", project, project.parent / "nothing"),
        ("add", places(project).url, project.parent / "good"),
    ):
        found = livener("models", *wrong)
        assert (found.exit_code, len(found.stderr.splitlines())) == (2, 1)
