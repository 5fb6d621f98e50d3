"""``livener stats`` and ``livener convert``."""

import json
from collections.abc import Callable
from pathlib import Path

from livener.formats import read


def test_stats(livener: Callable, data: Path) -> None:
    found = json.loads(livener("stats", data / "train.inline", data / "dev.inline", "--json").stdout)
    assert found["documents"] == 48
    assert found["sentences"] == 96
    assert found["empty_sentences"] == 48
    assert found["labels"]["PERSON"]["spans"] == 48
    assert found["labels"]["PERSON"]["mean_tokens"] == 2.0
    text = livener("stats", data / "train.inline").stdout
    assert "PERSON" in text
    assert "'Ada Byron'" in text


def test_convert_there_and_back(livener: Callable, data: Path, tmp_path: Path) -> None:
    assert (
        livener("convert", data / "test.inline", tmp_path / "a.conll", "--out-option", "scheme=BIOES").exit_code == 0
    )
    assert "E-PERSON" in (tmp_path / "a.conll").read_text()
    result = livener("convert", tmp_path / "a.conll", "-", "--to", "jsonl")
    assert result.exit_code == 0
    assert result.stderr == ""
    (path := tmp_path / "b.jsonl").write_text(result.stdout)
    assert [one.spans for one in read(path)] == [one.spans for one in read(data / "test.inline")]


def test_what_is_lost_is_told(livener: Callable, tmp_path: Path) -> None:
    (path := tmp_path / "nested.inline").write_text("[Supreme Court of [Delaware](GPE)](COURT) ruled .\n")
    result = livener("convert", path, tmp_path / "a.conll")
    assert result.exit_code == 0
    assert "note: " in result.stderr


def test_a_failed_conversion_keeps_the_old_file(livener: Callable, tmp_path: Path) -> None:
    (source := tmp_path / "a.jsonl").write_text('{"text": "ok"}\n{"text": 1}\n')
    (target := tmp_path / "b.inline").write_text("old")
    assert livener("convert", source, target).exit_code == 2
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
