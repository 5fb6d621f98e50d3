"""The rules of the house that a machine can hold: CONTRIBUTING.md says them in words."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import typer

import livener
from livener.cli import app
from livener.formats import conll, inline, jsonl, text

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(livener.__path__, "livener.")
    if not any(part.startswith("_") for part in module.name.split("."))
)


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize("name", ["livener", *MODULES])
def test_a_module_says_what_it_is_for(name: str) -> None:
    assert (load(name).__doc__ or "").strip(), f"{name} has no docstring"


@pytest.mark.parametrize("name", ["livener", *MODULES])
def test_exported_names_exist_and_are_documented(name: str) -> None:
    module = load(name)
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    for public in exported:
        value = getattr(module, public)
        if isinstance(value, type) or callable(value):
            assert (value.__doc__ or "").strip(), f"{name}.{public} has no docstring"


@pytest.mark.parametrize("name", MODULES)
def test_a_file_is_named_after_what_it_does_and_stays_readable(name: str) -> None:
    assert name.rpartition(".")[2] not in {"utils", "util", "helpers", "common", "misc"}
    source = Path(str(load(name).__file__))
    lines = len(source.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{source} has {lines} lines: what are its two halves?"


@pytest.mark.parametrize("name", MODULES)
def test_no_group_repeats_possessively(name: str) -> None:
    """`re` gets ``(…)++``, ``(…)*+`` and ``(?>…)`` wrong before Python 3.11.5 (gh-106052), which Debian 12 lacks."""
    source = Path(str(load(name).__file__)).read_text(encoding="utf-8")
    assert not re.findall(r"\)(?:[+*?]|\{[0-9,]*\})\+.*|\(\?>.*|\\[0-9][+*?]\+.*", source)


def test_every_command_and_option_is_documented() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## livener ([\w-]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert sections.keys() == commands.keys()
    shared = options_in(page.partition("\n## ")[0])
    for name, command in commands.items():
        every = [command, *getattr(command, "commands", {}).values()]
        given = [option for one in every for parameter in one.params for option in parameter.opts]
        options = {option for option in given if option.startswith("-")}
        documented = options_in(sections[name])
        assert documented <= options, f"livener {name} has no such option"
        assert options - shared <= documented, f"an option of livener {name} is not in docs/reference/cli.md"


def options_in(markdown: str) -> set[str]:
    code = " ".join(re.findall(r"`([^`\n]*)`", markdown))
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", code))


def test_every_format_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    for module in (conll, inline, jsonl, text):
        name = module.__name__.rpartition(".")[2]
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, f"{name} has no section"
        for option in inspect.signature(module.read).parameters.values():
            if option.kind is option.KEYWORD_ONLY:
                assert f"`{option.name}`" in section[1], f"{name}: {option.name}"


def test_imports_run_one_way() -> None:
    lint = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_path_of_one_machine() -> None:
    """A path below somebody's home, or a package index on a disk, works nowhere else."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout to know which files are the project's")
    machine = re.compile(r"(?<![\w.$}])/(?:root|work|opt|home/\w+|Users/\w+)/\w|\bfile:///?\w")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        try:
            lines = (ROOT / name).read_text(encoding="utf-8").split("\n")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}:{number}" for number, line in enumerate(lines, 1) if machine.search(line)]
    assert not found


def test_the_extras_that_messages_name_are_there_and_every_pip_knows_them() -> None:
    """Packages say `zero-shot` whatever is written here, and the pip of Python 3.11 looks for what is asked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    assert not [name for name in extras if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]
    named = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(r'extra="([^"]+)", need=', file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= extras
