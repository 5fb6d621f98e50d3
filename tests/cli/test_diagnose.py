"""``livener diagnose``."""

import json
from collections.abc import Callable
from pathlib import Path

from livener.formats import read, write


def test_a_healthy_model_is_exit_0(livener: Callable, model: Path, data: Path) -> None:
    result = livener("diagnose", model, "--data", data / "test.inline")
    assert result.exit_code == 0, result.stdout
    assert "nothing is found to be wrong" in result.stdout


def test_what_is_wrong_is_named_with_its_fix(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.jsonl"
    documents = list(read(data / "test.inline")) * 2
    write(
        [
            document.with_spans(
                tuple(s.__class__(s.start, s.end, "LOC" if s.label == "GPE" else s.label) for s in document.spans)
            )
            for document in documents
        ],
        renamed,
    )
    result = livener("diagnose", model, "--data", renamed)
    assert result.exit_code == 1
    assert "label_mapped_wrongly: LOC never fires" in result.stdout
    assert "→" in result.stdout
    found = json.loads(livener("diagnose", model, "--data", renamed, "--json").stdout)
    assert found["causes"][0]["evidence"]
    assert livener("diagnose", model, "--data", tmp_path / "none.conll").exit_code == 2
