"""``livener alerts``: listed, shown, closed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from livener.monitoring.alerts import Found, raise_alerts
from livener.store import Store


@pytest.fixture
def project(livener: Callable, tmp_path: Path) -> Path:
    folder = tmp_path / "contracts"
    assert livener("init", folder, "--labels", "PER, ORG").exit_code == 0
    summary = "ORG: spans per document 0.5 → 0.1 (-80 %); the model has changed, the text has not"
    moved = [{"key": "d1", "text": "Acme\nleft.", "meta": {}, "spans": [], "score": 2.0, "why": "no ORG"}]
    with Store(f"sqlite:///{folder}/store.db") as store, store.writing() as session:
        raise_alerts(session, 1, [Found("drift", "ORG", summary, {}, moved)], now=datetime.now(UTC))
    return folder


def test_listed_shown_and_closed(livener: Callable, project: Path) -> None:
    assert "the model has changed, the text has not" in livener("alerts", "list", project).stdout
    (listed,) = json.loads(livener("alerts", "list", project, "--json", "--state", "open").stdout)
    assert (listed["id"], listed["subject"]) == (1, "ORG")
    shown = livener("alerts", "show", project, 1).stdout
    assert "drift (open): ORG" in shown
    assert "Acme left." in shown
    assert json.loads(livener("alerts", "show", project, 1, "--json").stdout)["events"][0]["what"] == "opened"
    assert "alert 1 is closed" in livener("alerts", "close", project, 1, "--reason", "model 2 serves").stderr
    assert "model 2 serves" in livener("alerts", "show", project, 1).stdout
    assert json.loads(livener("alerts", "list", project, "--json", "--state", "open").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("show", 7), "no alert 7"), (("list", "--state", "gone"), "open | acknowledged | closed")],
)
def test_what_cannot_be(livener: Callable, project: Path, arguments: tuple[object, ...], said: str) -> None:
    command, *rest = arguments
    refused = livener("alerts", command, project, *rest)
    assert refused.exit_code == 2
    assert said in refused.stderr
