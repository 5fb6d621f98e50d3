"""``livener simulate``."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def options(data: Path) -> tuple[object, ...]:
    files = ("--pool", data / "train.inline", "--dev", data / "dev.inline", "--test", data / "test.inline")
    return (*files, "--start", 40, "--budget", 100, "--rounds", 2, "--seeds", 2, "--strategy", "random")


def test_curves_as_page_csv_and_json(livener: Callable, options: tuple[object, ...], tmp_path: Path) -> None:
    given = ("simulate", *options, "--strategy", "words", "--target", 0.1, "--out", tmp_path / "c")
    result = livener(*given)
    assert result.exit_code == 0, result.stderr
    found = json.loads((tmp_path / "c" / "curves.json").read_text("utf-8"))
    assert found["currency"] == "tokens"
    assert [(one["strategy"], one["round"], one["seeds"]) for one in found["curves"]] == [
        (strategy, number, 2) for strategy in ("random", "words") for number in range(3)
    ]
    assert found["cost_of_target"].keys() == {"random", "words"}
    rows = list(csv.DictReader((tmp_path / "c" / "curves.csv").read_text("utf-8").splitlines()))
    assert [float(row["f1"]) for row in rows] == [one["f1"] for one in found["curves"]]
    page = (tmp_path / "c" / "curves.html").read_text("utf-8")
    assert page.count("<polyline") == page.count("<polygon") == 2
    assert page.count("<circle") == 6
    assert not re.search(r"https?://", page), "it asks nobody else for anything"
    assert f"{rows[0]['strategy']}: " in page
    again = livener(*given, "--json")
    assert json.loads(again.stdout) == found
    assert "F1 0.1 " in result.stdout


def test_seconds(livener: Callable, options: tuple[object, ...], tmp_path: Path) -> None:
    times = tmp_path / "times.jsonl"
    lines = ({"text": "a " * n, "meta": {"active_seconds": 1 + 0.5 * n}} for n in (4, 9, 20))
    times.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    result = livener("simulate", *options, "--times", times, "--json", "--out", tmp_path / "c")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["currency"] == "seconds"
    assert all(one["cost"] != one["tokens"] for one in found["curves"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--unit", "words"), "words are a strategy here"),
        (("--strategy", "best"), "no strategy 'best'"),
        (("--start", 500), "from 500 to 100"),
    ],
)
def test_bad_input_is_one_line(
    livener: Callable, options: tuple[object, ...], tmp_path: Path, more: tuple[object, ...], message: str
) -> None:
    result = livener("simulate", *options, *more, "--out", tmp_path / "c")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
