"""``livener calibrate``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import inline

from livener.learning.routing import Routing


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A model that may be written to."""
    return Path(shutil.copytree(model, tmp_path / "m"))


@pytest.fixture
def held_out(tmp_path: Path) -> Path:
    path = tmp_path / "held-out.inline"
    path.write_text(inline(range(60, 360)), encoding="utf-8")
    return path


def test_thresholds_are_printed_and_kept(livener: Callable, copy: Path, held_out: Path) -> None:
    result = livener("calibrate", copy, "--data", held_out, "--limit", "0.05", "--audit", "0.1", "--json")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert figures["labels"].keys() == {"GPE", "PERSON"}
    assert figures["labels"]["GPE"]["share"] == 1.0
    assert figures["sentences"]["judged"] == 600
    assert f"wrote {copy / 'routing.json'}: 2 labels of 2" in result.stderr
    kept = Routing.load(copy)
    assert (kept.limit, kept.audit_share) == (0.05, 0.1)
    assert kept.labels["GPE"].acceptance.threshold == figures["labels"]["GPE"]["threshold"]
    shown = livener("calibrate", copy, "--data", held_out)
    assert "whole sentences" in shown.stdout


def test_that_no_threshold_holds_is_said(livener: Callable, copy: Path, data: Path) -> None:
    result = livener("calibrate", copy, "--data", data / "test.inline")
    assert result.exit_code == 1
    assert "none" in result.stdout
    assert (
        "GPE: no threshold is shown to hold 2.00%: too few: 12 judged, 203 without an error needed" in result.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--limit", "2"], "the limit is 2"),
        (["--confidence", "0"], "the confidence is 0"),
        (["--audit", "0"], "the audit"),
    ],
)
def test_rates_out_of_range_are_refused(
    livener: Callable, copy: Path, data: Path, arguments: list[str], message: str
) -> None:
    result = livener("calibrate", copy, "--data", data / "test.inline", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (copy / "routing.json").exists()


def test_only_a_model_directory_can_keep_them(livener: Callable, data: Path, tmp_path: Path) -> None:
    assert livener("calibrate", tmp_path / "none", "--data", data / "test.inline").exit_code == 2
