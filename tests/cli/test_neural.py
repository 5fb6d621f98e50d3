"""The commands with a transformer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.recognizers.neural.encoders import tiny

pytest.importorskip("torch", reason="needs the extra neural")


def test_train_predict_and_explain(livener: Callable, data: Path, tmp_path: Path) -> None:
    settings = tiny(tmp_path / "encoder", epochs=12)
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    model, train, dev = tmp_path / "m", data / "train.inline", data / "dev.inline"
    done = livener("train", "--train", train, "--dev", dev, "--recognizer", "transformer", "--out", model, *options)
    assert done.exit_code == 0, done.stderr
    said = json.loads(livener("predict", model, data / "notes.txt").stdout.splitlines()[0])
    assert ("Oslo", "GPE") in [(said["text"][s["start"] : s["end"]], s["label"]) for s in said["spans"]]
    found = json.loads(livener("explain", model, "Kay McNulty flew to Oslo on Monday .", "--json").stdout)
    [sentence] = found["sentences"]
    assert "".join(sentence["pieces"][1]).replace("##", "") == "mcnulty"
    oslo = next(span for span in sentence["spans"] if span["text"] == "Oslo")
    assert {"weight", "word"} == set(oslo["words"][0])
    shown = livener("explain", model, "Kay McNulty flew to Oslo on Monday .", "--top", 2).stdout
    assert "in pieces: k ##a ##y, m ##c" in shown


def test_a_wrong_setting_is_one_line(livener: Callable, data: Path, tmp_path: Path) -> None:
    done = livener(
        "train", "--train", data / "train.inline", "--recognizer", "transformer", "--out", tmp_path / "m",
        "--set", "encoder=nowhere",
    )  # fmt: skip
    assert done.exit_code == 2
    assert "no encoder 'nowhere'" in done.stderr
