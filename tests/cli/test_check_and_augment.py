"""``livener check`` and ``livener augment``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def test_sound_documents_pass(livener: Callable, data: Path) -> None:
    result = livener("check", data / "train.inline")
    assert result.exit_code == 0
    assert "36 documents: 0 faults" in result.stderr


def test_faults_are_told_with_their_place_and_fail(livener: Callable, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    lines = (
        {"id": "a", "text": "Ann left.", "spans": [{"start": 0, "end": 4, "label": "PER"}]},
        {"id": "b", "text": "Bob left.", "spans": [{"start": 0, "end": 2, "label": "PER"}]},
        {"id": "c", "text": "Eve left.", "spans": [{"start": 0, "end": 2, "label": "PER"}]},
    )
    bad.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    result = livener("check", bad, "--shown", 1)
    assert result.exit_code == 1
    assert "  a [0, 4) PER: 'Ann ' is more than 'Ann'" in result.stdout
    assert "inside a token (2, wrong)" in result.stdout
    assert "  and 1 more" in result.stdout
    found = json.loads(livener("check", bad, "--json", "--against", bad).stdout)
    assert (found["documents"], found["spans"], found["faults"]["leaks"]) == (3, 3, 3)
    assert {
        key: value for key, value in next(f for f in found["findings"] if f["span"]).items() if key != "message"
    } == {"kind": "white space", "document": "a", "span": {"start": 0, "end": 4, "label": "PER"}}


def test_doubts(livener: Callable, data: Path, tmp_path: Path) -> None:
    text = (data / "train.inline").read_text("utf-8").replace("[London](GPE)", "[London](PERSON)", 1)
    (tmp_path / "t.inline").write_text(text, "utf-8")
    result = livener("check", tmp_path / "t.inline", "--doubts", "--json")
    assert result.exit_code == 1, "its copies say something else"
    found = [one for one in json.loads(result.stdout)["findings"] if one["kind"] == "doubted"]
    assert any(one["span"]["label"] == "PERSON" and "London" in one["message"] for one in found)


def test_more_documents_with_other_names(livener: Callable, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "more.jsonl"
    given = ("augment", data / "train.inline", "--out", out, "--copies", 3, "--share", 1)
    result = livener(*given, "--exclude", data / "test.inline")
    assert result.exit_code == 0, result.stderr
    made = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    held = (data / "test.inline").read_text("utf-8").replace("](PERSON)", "").replace("](GPE)", "").replace("[", "")
    assert made
    for one in made:
        assert one["meta"]["augmented"]["by"] == "names"
        assert one["text"].splitlines()[0] not in held.splitlines()
    assert "left out" in result.stderr
    assert "(copy" in result.stderr
    again = tmp_path / "again.jsonl"
    livener(*given[:3], again, *given[4:], "--exclude", data / "test.inline")
    assert again.read_text("utf-8") == out.read_text("utf-8")


def test_templates_and_names(livener: Callable, data: Path, model: Path, tmp_path: Path) -> None:
    names, templates = tmp_path / "places.csv", tmp_path / "templates.txt"
    names.write_text("term,label\nVaduz,GPE\n", "utf-8")
    templates.write_text("{PERSON} likes {GPE} .\n\n", "utf-8")
    given = ("augment", data / "train.inline", "--templates", templates, "--names", names, "--copies", 40)
    result = livener(*given, "--model", model, "--most", 30)
    assert result.exit_code == 0, result.stderr
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]
    assert len(set(texts)) == len(texts) <= 30
    assert any("Vaduz" in text for text in texts)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--translator", "mirror"), "no translator 'mirror'"),
        (("--share", 0), "nothing could be made of 36 documents: copy 36"),
        (("--templates", "t", "--translator", "mirror"), "templates are not translated"),
    ],
)
def test_bad_input_is_one_line(livener: Callable, data: Path, options: tuple[object, ...], message: str) -> None:
    result = livener("augment", data / "train.inline", *options)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
