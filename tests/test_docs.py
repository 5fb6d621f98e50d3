"""What the README and the documentation show in Python runs."""

import re
from pathlib import Path

import pytest

from livener.demo import outermost, sample
from livener.formats import write
from livener.learning import train

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    str(page.relative_to(ROOT))
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if BLOCK.search(page.read_text(encoding="utf-8")) and page.name != "incident.md"  # tests/loop/test_incident.py
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages take for granted: ``model/`` and the sample as train, dev and test files."""
    folder = tmp_path_factory.mktemp("docs")
    parts = {part: [outermost(document) for document in sample(part)] for part in ("train", "dev", "test")}
    for part, documents in parts.items():
        write(documents, folder / f"{part}.conll")
    train("crf", parts["train"], parts["dev"], out=folder / "model")
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_python_blocks_run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    # One program, so that a later block sees the names of an earlier one; line numbers stay those of the page.
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        lines[first : first + block[1].count("\n")] = block[1].splitlines()
    exec(compile("\n".join(lines), page, "exec"), {"__name__": page})
