"""``livener drift``."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from livener.formats import read, write
from livener.text import Document, Span


def predictions(path: Path, documents: list[Document]) -> Path:
    write(documents, path)
    return path


@pytest.fixture
def calm(model: Path, livener: Callable, tmp_path: Path) -> list[Document]:
    lines = [
        f"{name} flew to {place} on Monday ." for name in ("Ada Byron", "Alan Turing") for place in ("Oslo", "Lima")
    ]
    text = predictions(tmp_path / "notes.jsonl", [Document(line, f"n{i}") for i, line in enumerate(lines * 20)])
    result = livener("predict", model, text, "--to", "jsonl")
    assert result.exit_code == 0, result.stderr
    (tmp_path / "calm.jsonl").write_text(result.stdout, encoding="utf-8")
    return list(read(tmp_path / "calm.jsonl"))


def test_no_drift(livener: Callable, calm: list[Document], tmp_path: Path) -> None:
    path = predictions(tmp_path / "a.jsonl", calm)
    result = livener("drift", path, path)
    assert result.exit_code == 0
    assert result.stdout.startswith("no drift (80 documents and 80 documents")


def test_drift_is_exit_1_a_table_json_and_a_page(livener: Callable, calm: list[Document], tmp_path: Path) -> None:
    a = predictions(tmp_path / "a.jsonl", calm)
    lost = [
        replace(
            document,
            meta={"time": f"2024-05-0{1 + i // 40}"},
            spans=tuple(span for span in document.spans if span.label != "GPE"),
        )
        for i, document in enumerate(calm)
    ]
    lost[0] = replace(lost[0], text=lost[0].text + " <script>", spans=())
    b = predictions(tmp_path / "b.jsonl", lost)
    result = livener("drift", a, b, "--report", tmp_path / "drift.html")
    assert result.exit_code == 1
    assert "GPE" in result.stdout
    assert "-100.0%" in result.stdout
    page = (tmp_path / "drift.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "Moved: GPE" in page
    assert "Day by day" in page
    found = json.loads(livener("drift", a, b, "--json").stdout)
    assert found["drifted"]
    assert found["labels"][0] == "GPE"
    assert found["moved"]


def test_the_previous_version_tells_model_from_text(
    livener: Callable, calm: list[Document], model: Path, tmp_path: Path
) -> None:
    a = predictions(tmp_path / "a.jsonl", calm)
    some = [d.with_spans(d.spans[:1]) if i % 4 == 0 else d for i, d in enumerate(calm)]
    b = predictions(tmp_path / "b.jsonl", some)
    for previous in (model, a):
        result = livener("drift", a, b, "--previous", previous)
        assert result.exit_code == 1
        assert "the model has changed, the text has not" in result.stdout


def test_what_cannot_be_compared_is_one_line(livener: Callable, calm: list[Document], tmp_path: Path) -> None:
    a = predictions(tmp_path / "a.jsonl", calm)
    few = predictions(tmp_path / "few.jsonl", calm[:3])
    bare = predictions(tmp_path / "bare.jsonl", [document.with_spans(()) for document in calm])
    for arguments, problem in [
        ((a, few), "3 documents in the current window"),
        ((bare, bare), "neither file has predicted spans"),
        ((a, a, "--test", "entropie"), "no drift test 'entropie'"),
        ((a, a, "--same-weekday"), "no time"),
        ((a, a, "--level", 2), "the level is 2"),
    ]:
        result = livener("drift", *arguments)
        assert result.exit_code == 2
        assert problem in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_label_only_one_side_has(livener: Callable, calm: list[Document], tmp_path: Path) -> None:
    a = predictions(tmp_path / "a.jsonl", calm)
    more = [d.with_spans((*d.spans, Span(len(d.text) - 8, len(d.text) - 2, "DATE"))) for d in calm]
    b = predictions(tmp_path / "b.jsonl", more)
    found = json.loads(livener("drift", a, b, "--json").stdout)
    assert found["labels"][0] == "DATE"
    assert "DATE" in livener("drift", a, b).stdout
