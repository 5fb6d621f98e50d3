"""``livener select``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def lines(result) -> list[dict]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_chooses_with_what_the_model_finds_and_why(livener: Callable, model: Path, data: Path) -> None:
    given = ("select", model, "--pool", data / "test.inline", "-n", 2)
    found = lines(livener(*given, "--strategy", "rare_forms", "--random-share", 0))
    assert [one["meta"]["selected"]["rank"] for one in found] == [1, 2]
    assert {one["meta"]["selected"]["strategy"] for one in found} == {"rare_forms"}
    assert all(span["score"] for one in found for span in one["spans"])
    assert livener(*given, "--seed", 3).stdout == livener(*given, "--seed", 3).stdout


def test_sentences_within_a_budget(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "next.jsonl"
    result = livener(
        "select", model, "--pool", data / "test.inline", "--budget", 20, "--unit", "sentence", "--out", out
    )
    assert result.exit_code == 0, result.stderr
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sum(one["meta"]["selected"]["tokens"] for one in found) <= 20
    assert all(one["id"].startswith(one["meta"]["document"]) for one in found)


def test_what_is_excluded_is_never_chosen(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    every = ("select", model, "--pool", data / "test.inline", "-n", 99, "--strategy", "random")
    held = tmp_path / "held.jsonl"
    first = lines(livener(*every, "--unit", "sentence"))[0]
    held.write_text(json.dumps({"text": first["text"].upper().replace(" ", "  ")}) + "\n", encoding="utf-8")
    for unit in ("sentence", "document"):
        texts = [one["text"] for one in lines(livener(*every, "--unit", unit, "--exclude", held))]
        assert first["text"] not in texts
    result = livener(*every, "--exclude", data / "test.inline")
    assert (result.exit_code, result.stderr) == (2, "livener: every document of the pool is left out\n")


def test_seconds_as_measured(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    times = tmp_path / "times.jsonl"
    texts = [("a " * n, 2 + 0.5 * n) for n in (4, 9, 20, 30)]
    times.write_text(
        "".join(json.dumps({"text": text, "meta": {"active_seconds": s}}) + "\n" for text, s in texts), "utf-8"
    )
    found = lines(livener("select", model, "--pool", data / "notes.txt", "--times", times, "--budget", 60))
    assert found[0]["meta"]["selected"]["seconds"] == pytest.approx(2 + 0.5 * 9, abs=0.1)


def test_errors_and_a_committee(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.inline"
    wrong.write_text("[Nobody](PERSON) was there .\n", encoding="utf-8")
    given = ("select", model, "--pool", data / "test.inline", "-n", 3)
    assert len(lines(livener(*given, "--strategy", "past_errors", "--errors", wrong))) == 3
    assert len(lines(livener(*given, "--strategy", "disagreement", "--committee", model))) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "how many documents, or for how much?"),
        (("-n", 1, "--strategy", "entropy"), "no strategy 'entropy'"),
        (("-n", 1, "--strategy", "new_domain"), "what is new shows only beside what is known"),
        (
            ("-n", 1, "--strategy", "mixture", "--set", "power=2"),
            "mixture: no setting 'power' (expected no settings)",
        ),
    ],
)
def test_bad_input_is_one_line(
    livener: Callable, model: Path, data: Path, options: tuple[object, ...], message: str
) -> None:
    result = livener("select", model, "--pool", data / "test.inline", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_questions_about_words_are_training_data(livener: Callable, model: Path, data: Path, tmp_path: Path) -> None:
    pool, asked = tmp_path / "pool.jsonl", tmp_path / "asked.jsonl"
    pool.write_text(
        json.dumps({"id": "a", "text": "Ada Zuse flew to Vaduz on Friday . Hidden Figures rose ."}), "utf-8"
    )
    result = livener("select", model, "--pool", pool, "-n", 2, "--unit", "words", "--out", asked)
    assert result.exit_code == 0, result.stderr
    found = [json.loads(line) for line in asked.read_text("utf-8").splitlines()]
    assert found
    for one in found:
        assert one["complete"] is False
        ((start, end),) = one["known"]
        assert all(start <= span["start"] and span["end"] <= end for span in one["spans"])
        assert one["meta"]["selected"]["tokens"] == len(one["text"][start:end].split())
    both = ("--train", data / "train.inline", "--train", asked, "--dev", data / "dev.inline")
    assert livener("train", *both, "--out", tmp_path / "m").exit_code == 0
