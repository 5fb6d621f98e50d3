"""``livener train``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import livener as package
from livener.formats import read
from livener.learning.training import unfinished


def test_a_model_directory_says_where_it_comes_from(model: Path) -> None:
    info = json.loads((model / "model.json").read_text())
    assert info["format"] == 1
    assert info["recognizer"] == "crf.v1"
    assert info["labels"] == ["GPE", "PERSON"]
    assert info["data"]["train"]["documents"] == 36
    assert info["data"]["train"]["spans"] == 72
    assert info["data"]["train"]["sha256"] != info["data"]["dev"]["sha256"]
    assert info["metrics"]["strict"]["f1"] > 0.9
    assert {path.name for path in model.iterdir()} == {"model.json", "README.md", "recognizer"}
    assert "GPE, PERSON" in (model / "README.md").read_text()


def test_without_dev_a_tenth_is_held_out_and_said(livener: Callable, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "m"
    result = livener("train", "--train", data / "train.inline", "--out", out)
    assert result.exit_code == 0
    assert "held out" in result.stderr
    assert result.stdout == ""
    counts = json.loads((out / "model.json").read_text())["data"]
    assert counts["train"]["documents"] + counts["dev"]["documents"] == 36
    assert 1 <= counts["dev"]["documents"] <= 6


def test_an_earlier_model_is_replaced_and_the_same_seed_gives_the_same(
    livener: Callable, data: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    for seed in (3, 0):
        result = livener(
            *("train", "--train", data / "train.inline", "--dev", data / "dev.inline", "--out", out, "--seed", seed)
        )
        assert result.exit_code == 0
    assert json.loads((out / "model.json").read_text())["seed"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    documents = list(read(data / "test.inline"))
    again, first = (list(package.load(path).pipe(documents)) for path in (out, model))
    assert again == first


def test_nothing_to_learn_from(livener: Callable, data: Path, tmp_path: Path) -> None:
    result = livener("train", "--train", data / "notes.txt", "--dev", data / "dev.inline", "--out", tmp_path / "m")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "nothing to learn from" in result.stderr


def test_nested_gold_is_refused_by_a_flat_engine(livener: Callable, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "nested.inline"
    path.write_text("[Supreme Court of [Delaware](GPE)](COURT) ruled .\n")
    result = livener("train", "--train", path, "--dev", data / "dev.inline", "--out", tmp_path / "m")
    assert result.exit_code == 2
    assert result.stderr.startswith("livener: ")
    assert result.stderr.count("\n") == 1
    assert "overlap" in result.stderr
    assert not (tmp_path / "m").exists()


def test_what_cannot_be_learned_is_said(livener: Callable, data: Path, tmp_path: Path) -> None:
    (tmp_path / "more.inline").write_text("[Ada](PERSON) left .\nA[da Byr](PERSON)on left .\n")
    (tmp_path / "dev.inline").write_text("[Ada](PERSON) saw [Mars](PLANET) .\n")
    result = livener(
        *("train", "--train", data / "train.inline", "--train", tmp_path / "more.inline"),
        *("--dev", tmp_path / "dev.inline", "--out", tmp_path / "m"),
    )
    assert result.exit_code == 0, result.stderr
    assert "1 training span could not be learned" in result.stderr
    assert "'da Byr' in document 'more:1'" in result.stderr
    assert "nothing was learned of: PLANET" in result.stderr


def test_a_model_learns_on_and_keeps_its_labels(livener: Callable, data: Path, model: Path, tmp_path: Path) -> None:
    text = "[Ada](PERSON) took [aspirin](DRUG) .\n[Kay](PERSON) took [aspirin](DRUG) .\n"
    (tmp_path / "new.inline").write_text(text * 3)
    result = livener(
        *("train", "--from", model, "--train", tmp_path / "new.inline", "--replay", data / "train.inline"),
        *("--dev", data / "dev.inline", "--annotated", "DRUG", "--annotated", "PERSON", "--out", tmp_path / "m"),
        *("--hourly-cost", "2.5"),
    )
    assert result.exit_code == 0, result.stderr
    info = json.loads((tmp_path / "m" / "model.json").read_text())
    assert info["labels"] == ["DRUG", "GPE", "PERSON"]
    assert info["training"]["cost"] == pytest.approx(info["training"]["seconds"] / 3600 * 2.5, abs=1e-4)
    assert "3 labels" in result.stderr


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        (["--replay", "x.inline"], "--from MODEL"),
        (["--from", "m", "--set", "l2=1"], "without --recognizer and --set"),
    ],
)
def test_options_that_do_not_belong_together(livener: Callable, data: Path, options: list[str], fix: str) -> None:
    result = livener("train", "--train", data / "train.inline", "--out", "new", *options)
    assert result.exit_code == 2
    assert fix in result.stderr


def test_an_interrupted_training_is_resumed_or_begun_anew(livener: Callable, data: Path, tmp_path: Path) -> None:
    command = ["train", "--train", data / "train.inline", "--dev", data / "dev.inline", "--out", tmp_path / "m"]
    unfinished(tmp_path / "m").mkdir()
    result = livener(*command)
    assert result.exit_code == 0, result.stderr
    assert "begins anew" in result.stderr
    result = livener(*command, "--resume")  # nothing was interrupted: it is trained
    assert result.exit_code == 0, result.stderr
    assert "went on" not in result.stderr


def test_a_teacher_and_a_search_by_one_flag_each(livener: Callable, data: Path, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="needs the extra search")
    (tmp_path / "texts.txt").write_text("Ada flew to Oslo .\n\nKay stayed .\n")
    result = livener(
        *("train", "--train", data / "train.inline", "--dev", data / "dev.inline", "--out", tmp_path / "m"),
        *("--teacher", model, "--unlabelled", tmp_path / "texts.txt", "--search", 2, "--set", "epochs=3"),
    )
    assert result.exit_code == 0, result.stderr
    assert "that it is sure of" in result.stderr
    assert "best of 2 trials" in result.stderr
    assert json.loads((tmp_path / "m" / "model.json").read_text())["settings"]["epochs"] == 3
    result = livener("train", "--train", data / "train.inline", "--teacher", model, "--out", tmp_path / "n")
    assert result.exit_code == 2
    assert "--unlabelled" in result.stderr
