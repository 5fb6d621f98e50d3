"""``livener doctor``: what is installed, what works, what is missing and how to get it."""

import json
import re
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import typer

from livener.cli.console import table
from livener.cli.reading import Json

_FOR_DEVELOPERS = {"dev", "docs"}


def doctor(as_json: Json = False) -> None:
    """Check the installation.

    Exit 1 when something that livener needs does not work.
    """
    import platform

    checks = _checks()
    state: dict[str, Any] = {
        "livener": metadata.version("livener"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _packages(),
        "extras": _extras(),
        "checks": checks,
    }
    if as_json:
        typer.echo(json.dumps(state, ensure_ascii=False))
    else:
        rows = [[name, state[name]] for name in ("livener", "python", "platform")]
        rows += [[name, version or "missing"] for name, version in state["packages"].items()]
        rows += [[f"livener[{name}]", advice or "installed"] for name, advice in state["extras"].items()]
        rows += [[name, problem or "works"] for name, problem in checks.items()]
        typer.echo(table(["", ""], rows).lstrip())
    if any(checks.values()) or not all(state["packages"].values()):
        raise typer.Exit(1)


def _requirements() -> dict[str, list[str]]:
    """The packages that livener asks for, by extra; those of the core under an empty name."""
    found: dict[str, list[str]] = {"": []}
    for line in metadata.requires("livener") or ():
        package, _, marker = line.partition(";")
        extra = re.search(r"""extra\s*==\s*['"]([\w-]+)""", marker)
        name = re.match(r"[\w.-]+", package)
        assert name  # a requirement begins with a name
        found.setdefault(extra[1] if extra else "", []).append(name[0])
    return found


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _packages() -> dict[str, str | None]:
    return {package: _version(package) for package in _requirements()[""]}


def _extras() -> dict[str, str | None]:
    """For each extra what to do to have it, or None where it is complete."""
    return {
        extra: None if all(map(_version, packages)) else f"pip install 'livener[{extra}]'"
        for extra, packages in _requirements().items()
        if extra not in {"", *_FOR_DEVELOPERS}
    }


def _checks() -> dict[str, str | None]:
    """For each check what is wrong, or None where it works."""
    return {"recognizers": _problem(_recognizers), "training and prediction": _problem(_round_trip)}


def _problem(check: Callable[[], None]) -> str | None:
    try:
        check()
    except Exception as error:  # whatever is broken, the other checks still run
        return f"{type(error).__name__}: {error}"
    return None


def _recognizers() -> None:
    from livener.recognizers.registry import get, names

    for name in names():
        get(name)


def _round_trip() -> None:
    """The kernels compile, training learns a toy task, and the saved model says the same: in a temporary folder."""
    from livener import learning, load
    from livener.text import Document, Span

    toy = [Document(f"{name} arrived .", spans=(Span(0, len(name), "PERSON"),)) for name in ("Ada", "Alan", "Grace")]
    with tempfile.TemporaryDirectory() as work:
        report = learning.train("crf", toy, toy, out=Path(work) / "model")
        before, after = (nlp("Ada arrived .").spans for nlp in (report.pipeline, load(Path(work) / "model")))
    if not before:
        raise RuntimeError("a toy task was not learned")
    if before != after:
        raise RuntimeError("a saved model predicts something else")
