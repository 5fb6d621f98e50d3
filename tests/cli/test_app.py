"""The application itself: help, version, what start-up costs; and the small commands."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from livener.cli import app
from livener.cli.console import progress

COMMANDS = (
    "train",
    "evaluate",
    "compare",
    "predict",
    "explain",
    "stats",
    "convert",
    "check",
    "augment",
    "agree",
    "aggregate",
    "doctor",
    "demo",
    "init",
    "import",
    "export",
    "backup",
    "restore",
    "serve",
    "worker",
    "calibrate",
    "select",
    "simulate",
    "drift",
    "domains",
    "diagnose",
)


def test_help_lists_every_command(livener: Callable) -> None:
    result = livener("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.stdout
        assert livener(command, "--help").exit_code == 0
    assert {command.name or command.callback.__name__ for command in app.registered_commands} == set(COMMANDS)


def test_version(livener: Callable) -> None:
    assert livener("--version").stdout.startswith("livener ")


@pytest.mark.parametrize("statement", ["import livener", "import livener.cli"])
def test_start_up_imports_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in ('numba', 'numpy', 'rich', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_doctor(livener: Callable) -> None:
    result = livener("doctor", "--json")
    assert result.exit_code == 0, result.stdout
    state = json.loads(result.stdout)
    assert state["packages"]["numpy"]
    assert "vectors" in state["extras"]
    assert set(state["checks"].values()) == {None}
    assert "works" in livener("doctor").stdout


def test_progress_without_a_terminal_is_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("train") as report:
        report(1, 2, {"loss": 0.5})
        report(2, 2, {"loss": 0.25})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "livener: train 2/2 loss 0.25\n"


def test_demo_keeps_nothing_unless_told(process: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    done = process("demo")
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    kept = process("demo", "--dir", tmp_path / "kept")
    assert kept.returncode == 0
    names = {"model", "report.html", "train.inline", "dev.inline", "test.inline"}
    assert {path.name for path in (tmp_path / "kept").iterdir()} == names
    assert "ORG" in kept.stdout.decode()
    assert "livener predict" in kept.stdout.decode()


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_a_progress_bar_never_takes_the_results(data: Path) -> None:
    """With a terminal for stderr and a pipe for stdout, as in ``livener convert a - | …``."""
    import pty

    outer, terminal = pty.openpty()
    command = [sys.executable, "-m", "livener", "convert", str(data / "test.inline"), "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal) as running:
        stdout, _ = running.communicate(timeout=60)
    os.close(terminal)
    os.close(outer)
    assert running.returncode == 0
    assert [json.loads(line)["id"] for line in stdout.splitlines()] == [f"d{number}" for number in range(48, 60)]
