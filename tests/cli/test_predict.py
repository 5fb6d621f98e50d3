"""``livener predict``."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from livener.formats import read
from livener.pipeline import Pipeline, save
from livener.recognizers.llm import Llm

TEXT = "Ada Byron flew to Oslo on Monday . 🎉\n"


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_to_json_lines(livener: Callable, model: Path, arguments: tuple[str, ...]) -> None:
    result = livener("predict", model, *arguments, input=TEXT)
    assert result.exit_code == 0
    assert result.stderr == ""
    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    assert document["text"] == TEXT
    spans = [(document["text"][span["start"] : span["end"]], span["label"]) for span in document["spans"]]
    assert spans == [("Ada Byron", "PERSON"), ("Oslo", "GPE")]
    assert all(0 < span["score"] <= 1 for span in document["spans"])


def test_every_line_a_document(livener: Callable, model: Path) -> None:
    result = livener("predict", model, "--lines", input=TEXT * 3)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["stdin:1", "stdin:2", "stdin:3"]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("conll", "Byron\tI-PERSON"),
        ("inline", "[Ada Byron](PERSON) flew to [Oslo](GPE)"),
        ("html", "Ada Byron<small>PERSON</small></mark>"),
        ("ansi", "\x1b[97;48;5;"),
    ],
)
def test_other_outputs(livener: Callable, model: Path, data: Path, to: str, expected: str) -> None:
    result = livener("predict", model, data / "notes.txt", "--to", to)
    assert result.exit_code == 0
    assert expected in result.stdout


@pytest.mark.parametrize("to", ["jsonl", "conll", "inline", "html", "ansi"])
def test_out_is_resumable(livener: Callable, model: Path, data: Path, tmp_path: Path, to: str) -> None:
    out = tmp_path / "out"
    arguments = ("predict", model, data / "notes.txt", data / "test.inline", "--to", to, "--out", out)
    assert livener(*arguments).exit_code == 0
    assert sorted(path.name for path in out.glob("[!.]*")) == [f"notes.{to}", f"test.{to}"]
    complete = (out / f"test.{to}").read_text()
    (out / f"test.{to}").unlink()
    (out / f"notes.{to}").write_text("finished")
    result = livener(*arguments)
    assert result.exit_code == 0
    assert "skipped" in result.stderr
    assert result.stdout == ""
    assert (out / f"notes.{to}").read_text() == "finished"
    assert (out / f"test.{to}").read_text() == complete


def test_an_output_older_than_its_input_is_made_again(
    livener: Callable, model: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.jsonl").write_text("stale")
    os.utime(tmp_path / "notes.jsonl", (0, 0))
    assert livener("predict", model, data / "notes.txt", "--out", tmp_path).exit_code == 0
    assert next(read(tmp_path / "notes.jsonl")).spans


def test_predictions_of_another_model_or_other_options_are_made_again(
    livener: Callable, model: Path, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(model, other := tmp_path / "other")  # a copy keeps its times, so it is older than the predictions
    (other / "model.json").write_text((model / "model.json").read_text() + " ")
    os.utime(other / "model.json", (0, 0))
    common = ("predict", model, data / "notes.txt", "--out", tmp_path)
    assert "wrote" in livener(*common).stderr
    for arguments in ((*common, "--lines"), ("predict", other, *common[2:]), common):
        assert "wrote" in livener(*arguments).stderr
        assert "skipped" in livener(*arguments).stderr


def test_a_missing_input_is_told_before_the_work(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    result = livener("predict", model, data / "notes.txt", tmp_path / "missing.txt", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "missing.txt: No such file" in result.stderr
    assert not (tmp_path / "out").exists()


def test_two_inputs_for_one_output_are_refused(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    (other := tmp_path / "notes.txt").write_text("x")
    result = livener("predict", model, data / "notes.txt", other, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_an_input_is_never_overwritten(livener: Callable, model: Path, tmp_path: Path) -> None:
    (path := tmp_path / "a.jsonl").write_text('{"text": "Ada Byron left ."}\n')
    result = livener("predict", model, path, "--out", tmp_path)
    assert result.exit_code == 2
    assert path.read_text() == '{"text": "Ada Byron left ."}\n'


def test_it_streams(model: Path, tmp_path: Path) -> None:
    """Memory does not grow with the number of documents: 20 times as many take hardly more."""
    peaks = []
    for count in (2_000, 40_000):
        (path := tmp_path / f"{count}.txt").write_text(TEXT * count)
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "livener", "predict", str(model), str(path), "--lines"],
            dict(os.environ),
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, str(tmp_path / "out"), os.O_WRONLY | os.O_CREAT, 0o644)],
        )
        _, status, usage = os.wait4(pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss)
        assert (tmp_path / "out").read_text().count("\n") == count
    assert peaks[1] < 1.15 * peaks[0], peaks


def test_the_command_works_in_a_process_of_its_own(process: Callable, model: Path, data: Path) -> None:
    done = process("predict", model, data / "notes.txt")
    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout)["text"] == TEXT


def test_several_processes_write_what_one_does(
    livener: Callable, process: Callable, model: Path, tmp_path: Path
) -> None:
    (path := tmp_path / "many.txt").write_text(TEXT * 200)
    common = ("predict", model, path, "--lines", "--partition", "0.003", "--out")
    assert livener(*common, tmp_path / "one").exit_code == 0
    done = process(*common, tmp_path / "two", "--engine", "processes", "--workers", "2")
    assert done.returncode == 0, done.stderr
    one, two = (
        {each.name: each.read_text() for each in (tmp_path / name).glob("*.jsonl")} for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 3


def test_documents_that_fail_are_set_aside(livener: Callable, model: Path, tmp_path: Path) -> None:
    (path := tmp_path / "some.jsonl").write_text('{"text": "Ada Byron left ."}\n{"text": 7}\n')
    result = livener("predict", model, path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "1 document, 1 set aside" in result.stderr
    assert json.loads((tmp_path / "out/failed/some.jsonl.jsonl").read_text())["given"] == '{"text": 7}'


def test_parquet_out_and_in(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    assert livener("predict", model, data / "notes.txt", "--to", "parquet", "--out", tmp_path).exit_code == 0
    again = livener("predict", model, tmp_path / "notes.parquet", "--out", tmp_path)
    assert again.exit_code == 0, again.stderr
    (document,) = read(tmp_path / "notes.jsonl")
    assert (document.id, document.text) == ("notes", TEXT)
    assert document.spans


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine", "processes"), "--out DIR"),
        (("--workers", "2"), "--engine processes or ray"),
        (("--engine", "processes", "--address", "auto", "--out", "o"), "--address is for Ray"),
        (("--engine", "processes", "--out", "o"), "standard input"),
        (("--trace", "--out", "o"), "without --out"),
        (("--to", "parquet"), "--out DIR"),
    ],
)
def test_options_that_do_not_fit(livener: Callable, model: Path, options: tuple[str, ...], message: str) -> None:
    result = livener("predict", model, *options, input=TEXT)
    assert result.exit_code == 2
    assert message in result.stderr


def test_what_it_would_cost(livener: Callable, model: Path, tmp_path: Path) -> None:
    assert "costs nothing" in livener("predict", model, "--estimate", input=TEXT).stderr
    settings = {"endpoint": "https://llm.invalid/v1", "model": "m", "labels": ["ORG"], "input_price": 1e6}
    save(Pipeline(Llm.create(settings)), tmp_path / "llm")
    result = livener("predict", tmp_path / "llm", "--lines", "--estimate", input=TEXT * 300)
    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(r"llm\.v1: about 300 requests, \d+,\d+ tokens in, \d+,\d+ out, cost .*\n", result.stdout)
