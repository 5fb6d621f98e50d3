"""Nothing that trains, selects or augments can reach the golden set: not by an import, not by a query of its own."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "livener"

KNOW_OF_IT = {
    "cli/apart.py",  # leaves its texts out of what is selected and augmented
    "datasets/__init__.py",  # says where it is
    "datasets/golden.py",
    "datasets/versions.py",  # keeps it apart
    "demo/project.py",  # makes one
    "learning/examining.py",  # shows what judged models get wrong in it
    "client/examining.py",  # … in answers
    "server/routers/examining.py",
    "learning/gate.py",  # judges with it
    "client/monitoring.py",  # tells what gates said
    "server/routers/monitoring.py",
    "loop/held_out.py",
    "loop/indicators.py",
    "loop/diagnose.py",  # looks on it for what is wrong with a model that is judged
    "loop/draft.py",  # leaves its texts out
    "loop/learn.py",  # says that there is none
    "loop/live.py",  # leaves its texts out
    "monitoring/diagnosis/trust.py",  # says that training had read its texts
    "review/resolved.py",  # leaves its texts out
    "review/quality.py",  # says that it has none of its texts
    "review/fixes.py",
    "server/routers/quality.py",
    "store/models/project.py",  # the keys that keep it apart
    "store/migrations/r0001_project.py",
}
"""The only files that may name it: one more is a decision."""


def test_no_other_file_knows_of_it() -> None:
    named = re.compile(r"golden", re.IGNORECASE)
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if named.search(path.read_text(encoding="utf-8"))
    }
    assert found == KNOW_OF_IT


@pytest.mark.parametrize(
    "module",
    ["learning/training.py", "learning/acquisition/selector.py", "datasets/augmentation.py", "review/resolved.py"],
)
def test_an_import_of_it_breaks_the_contract(module: str, tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "src" / "livener", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "src" / "livener" / module
    file.write_text(f"{file.read_text(encoding='utf-8')}\nfrom livener.datasets import golden\n", encoding="utf-8")
    lint = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run(
        [lint, "--no-cache"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "only what judges a model reads the golden set BROKEN" in done.stdout
    assert f"livener.{module.removesuffix('.py').replace('/', '.')} -> livener.datasets.golden" in done.stdout
