"""``livener predict`` with a pipeline.toml."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

TEXT = "Ada Byron flew to Oslo on Monday , 5 years old .\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.toml").write_text(
        "".join(f'[[stage]]\nuse = "{name}"\n' for name in ("normalise", "split", "tokenise", "recognise", "numbers"))
    )
    return tmp_path / "pipeline.toml"


def test_a_pipeline_with_a_model(livener: Callable, model: Path, config: Path) -> None:
    result = livener("predict", model, "--pipeline", config, input=TEXT)
    document = json.loads(result.stdout)
    assert [span["label"] for span in document["spans"]] == ["PERSON", "GPE", "AGE"]
    assert len(document["meta"]["pipeline"]) == 16


def test_the_trace_is_on_stderr_and_in_json_lines(livener: Callable, model: Path, config: Path) -> None:
    result = livener("predict", model, "--pipeline", config, "--trace", input=TEXT)
    assert "numbers.v1\n    born [35, 46) '5 years old' AGE 0.95" in result.stderr
    born = [(event["stage"], event["event"]) for event in json.loads(result.stdout)["meta"]["trace"]]
    assert born == [("recognise.v1", "born"), ("recognise.v1", "born"), ("numbers.v1", "born")]
    plain = livener("predict", model, "--trace", "--to", "inline", input=TEXT)
    assert "recognise.v1\n    born [0, 9) 'Ada Byron' PERSON" in plain.stderr
    assert "trace" not in plain.stdout


def test_a_pipeline_that_needs_no_model(livener: Callable, config: Path) -> None:
    config.write_text(config.read_text().replace('"recognise"', '"recognise"\nengines = ["patterns"]'))
    result = livener("predict", config, input="Mail ada@example.org\n")
    assert [span["label"] for span in json.loads(result.stdout)["spans"]] == ["EMAIL"]


def test_another_pipeline_makes_finished_outputs_again(
    livener: Callable, model: Path, config: Path, tmp_path: Path
) -> None:
    (notes := tmp_path / "notes.txt").write_text(TEXT)
    arguments = ("predict", model, notes, "--pipeline", config, "--out", tmp_path / "out")
    assert "wrote" in livener(*arguments).stderr
    assert "skipped" in livener(*arguments).stderr
    config.write_text(config.read_text().replace('"numbers"', '"numbers"\nscore = 0.5'))
    assert "wrote" in livener(*arguments).stderr


def test_a_wrong_pipeline_is_one_line(livener: Callable, model: Path, config: Path) -> None:
    config.write_text(config.read_text() + 'rule = ["AGE"]\n')
    result = livener("predict", model, "--pipeline", config, input=TEXT)
    assert result.exit_code == 2
    assert "no setting 'rule' (expected 'rules')" in result.stderr
    assert result.stderr.count("\n") == 1
