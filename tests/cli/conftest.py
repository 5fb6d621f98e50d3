"""A trained model, files to work on, and the command itself."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from livener.cli import app

NAMES = ("Ada Byron", "Alan Turing", "Grace Hopper", "Jean Bartik", "Kay McNulty", "Betty Holberton")
PLACES = ("London", "Oslo", "Lima", "Cairo", "Quito", "Hanoi")


def inline(numbers: range) -> str:
    """Documents of two sentences, easy to learn."""
    return "\n".join(
        f"# id = d{n}\n[{NAMES[n % 6]}](PERSON) flew to [{PLACES[n // 2 % 6]}](GPE) on Monday .\nNobody was there .\n"
        for n in numbers
    )


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with train.inline, dev.inline, test.inline and notes.txt."""
    path = tmp_path_factory.mktemp("data")
    for name, numbers in (("train", range(36)), ("dev", range(36, 48)), ("test", range(48, 60))):
        (path / f"{name}.inline").write_text(inline(numbers), encoding="utf-8")
    (path / "notes.txt").write_text("Ada Byron flew to Oslo on Monday . 🎉\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CRF trained by the command."""
    path = tmp_path_factory.mktemp("models") / "m"
    arguments = [
        "train",
        "--train",
        str(data / "train.inline"),
        "--dev",
        str(data / "dev.inline"),
        "--out",
        str(path),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    return path


@pytest.fixture
def livener() -> Callable[..., Any]:
    """The command in this process: ``livener("stats", path, input=b"…")``."""

    def invoke(*arguments: object, input: str | bytes | None = None) -> Any:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def process() -> Callable[..., "subprocess.CompletedProcess[bytes]"]:
    """The command in a process of its own."""

    def run(*arguments: object, input: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-m", "livener", *map(str, arguments)]
        return subprocess.run(command, input=input, capture_output=True, check=False, timeout=120)

    return run
