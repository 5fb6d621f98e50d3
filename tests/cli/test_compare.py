"""``livener compare``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from livener.formats import read, write


@pytest.fixture
def nothing_found(data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "nothing.jsonl"
    write([document.with_spans(()) for document in read(data / "test.inline")], path)
    return path


def test_a_model_with_itself(livener: Callable, model: Path, data: Path) -> None:
    result = livener("compare", model, model, "--data", data / "test.inline", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["verdict"] == "no difference shown"
    assert found["overall"]["difference"] == 0
    assert set(found["per_label"]) == {"GPE", "PERSON"}


def test_exit_1_when_b_is_worse(livener: Callable, model: Path, data: Path, nothing_found: Path) -> None:
    worse = livener("compare", model, nothing_found, "--data", data / "test.inline")
    assert worse.exit_code == 1
    assert "A is better" in worse.stdout
    better = livener("compare", nothing_found, model, "--data", data / "test.inline")
    assert better.exit_code == 0
    assert "B is better" in better.stdout


def test_predictions_are_found_by_id(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    gold = list(read(data / "test.inline"))
    write(reversed(gold), path := tmp_path / "reversed.jsonl")
    result = livener("compare", path, path, "--data", data / "test.inline", "--json")
    assert json.loads(result.stdout)["overall"]["a"] == 1.0
    write(gold[1:], path)
    result = livener("compare", model, path, "--data", data / "test.inline")
    assert result.exit_code == 2
    assert gold[0].id in result.stderr
