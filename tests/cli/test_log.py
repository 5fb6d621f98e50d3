"""``livener log``: asked and erased, on the folder of a project."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from livener.monitoring.log import Inferences, LogWriter
from livener.text import Document, Span


@pytest.fixture
def project(livener: Callable, tmp_path: Path) -> Path:
    folder = tmp_path / "contracts"
    assert livener("init", folder, "--labels", "PER, ORG").exit_code == 0
    with LogWriter(folder / "log") as writer:
        for number in range(3):
            spans = (Span(0, 4, "ORG", 0.9), Span(10, 13, "PER", 0.6))
            document = Document("Acme paid Zoë.", f"d{number}", {"person": f"p{number}"}, spans)
            at = datetime.now(UTC) - timedelta(days=5 * number)
            writer.append(Inferences(at, 1, [document], 12 + number, "crf.v1", caller="ann"))
    return folder


def test_asked(livener: Callable, project: Path) -> None:
    shown = livener("log", "spans", project, "--surface", "Acme").stdout.splitlines()
    assert shown[0].split() == ["time", "label", "surface", "score", "version", "document", "domain", "caller"]
    assert [line.split()[-3] for line in shown[1:]] == ["d1", "d0"]
    since = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    found = livener("log", "documents", project, "--since", since, "--json").stdout.splitlines()
    assert [json.loads(line)["key"] for line in found] == ["d2", "d1", "d0"]
    found = livener("log", "spans", project, "--since", since, "--version", 14, "--label", "PER", "--json").stdout
    assert json.loads(found)["surface"] == "Zoë"
    assert len(livener("log", "documents", project, "--limit", 1).stdout.splitlines()) == 2


def test_erased(livener: Callable, project: Path) -> None:
    tried = livener("log", "erase", project, "--person", "p0", "--dry-run")
    assert tried.stderr == "livener: 1 text with 2 spans would be erased\n"
    assert livener("log", "erase", project, "--person", "p0").stderr == "livener: erased 1 text with 2 spans\n"
    assert livener("log", "erase", project, "--document", "d1").exit_code == 0
    assert livener("log", "documents", project, "--json").stdout == ""


def test_what_cannot_be(livener: Callable, project: Path, tmp_path: Path) -> None:
    for command, said in (
        (("erase", project), "not one of a document and a person"),
        (("spans", project, "--since", "soon"), "no time 'soon'"),
        (("spans", tmp_path), "not a project folder"),
    ):
        refused = livener("log", *command)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
