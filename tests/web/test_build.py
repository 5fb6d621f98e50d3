"""What decides whether the page is built again; building it is the work of npm, in `make web`."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BUILD = Path(__file__).parents[2] / "web" / "build.py"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, over small sources of its own."""
    spec = importlib.util.spec_from_file_location("livener_web_build", BUILD)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    web, static = tmp_path / "web", tmp_path / "static"
    for name in ("index.html", "package.json", "package-lock.json", "src/main.tsx", "public/mark.svg"):
        (web / name).parent.mkdir(parents=True, exist_ok=True)
        (web / name).write_text(name)
    monkeypatch.setattr(module, "WEB", web)
    monkeypatch.setattr(module, "STATIC", static)
    monkeypatch.setattr(module, "STAMP", static / ".sources")
    return module


def built(build: ModuleType) -> None:
    build.STATIC.mkdir()
    (build.STATIC / "index.html").write_text("page")
    build.STAMP.write_text(build.sources() + "\n")


def test_a_page_of_the_present_sources_is_not_built_again(build: ModuleType) -> None:
    assert not build.is_current()
    built(build)
    assert build.is_current()
    build.build()  # there is nothing here that could be run


@pytest.mark.parametrize("change", ["src/main.tsx", "src/new.ts", "package-lock.json", "public/mark.svg"])
def test_a_change_of_the_sources_is_seen(build: ModuleType, change: str) -> None:
    built(build)
    (build.WEB / change).write_text("other")
    assert build.is_built()
    assert not build.is_current()


def test_what_is_installed_or_tested_is_no_source(build: ModuleType) -> None:
    built(build)
    for name in ("node_modules/react/index.js", "tests/a.test.ts"):
        (build.WEB / name).parent.mkdir(parents=True)
        (build.WEB / name).write_text("new")
    assert build.is_current()


def test_a_package_without_the_sources_has_its_page(build: ModuleType, tmp_path: Path) -> None:
    built(build)
    build.WEB.rename(tmp_path / "gone")
    assert build.is_current()


def test_a_build_that_fails_says_why_and_leaves_the_page_out_of_date(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_npm", lambda: ([sys.executable, "-c", "import sys; sys.exit('no space left')"], {}))
    with pytest.raises(RuntimeError, match="no space left"):
        build.build()
    assert not build.is_current()
