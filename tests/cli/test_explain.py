"""``livener explain``."""

import json
from collections.abc import Callable
from pathlib import Path

from livener.pipeline import Pipeline, save
from livener.recognizers.registry import get


def test_contributions_of_a_crf(livener: Callable, model: Path) -> None:
    text = "Ada Byron flew to Oslo on Monday . She stayed ."
    found = json.loads(livener("explain", model, text, "--top", 3, "--json").stdout)
    assert [len(sentence["spans"]) for sentence in found["sentences"]] == [2, 0]
    assert found["sentences"][0]["tokens"][:2] == ["Ada", "Byron"]
    person = found["sentences"][0]["spans"][0]
    assert (person["text"], person["label"]) == ("Ada Byron", "PERSON")
    assert len(person["contributions"]) == 3
    assert set(person["contributions"][0]) == {"weight", "place", "word", "feature"}
    shown = livener("explain", model, text).stdout
    assert "'Oslo': GPE" in shown
    assert "1 before" in shown


def test_transitions(livener: Callable, model: Path) -> None:
    found = json.loads(livener("explain", model, "--transitions", "--json").stdout)["transitions"]
    assert found["tags"][0] == "O"
    assert found["weights"][0][found["tags"].index("I-GPE")] is None
    assert ["B-GPE", "B-PERSON"] in found["unseen"]
    assert "B-GPE → B-PERSON" in livener("explain", model, "--transitions").stdout


def test_recognizers_without_features(livener: Callable, tmp_path: Path) -> None:
    save(Pipeline(get("patterns")()), tmp_path / "m")
    result = livener("explain", tmp_path / "m", "Write to ada@example.org today.")
    assert result.exit_code == 0
    assert "'ada@example.org': EMAIL" in result.stdout
    assert livener("explain", tmp_path / "m", "--transitions").exit_code == 2


def test_nothing_to_explain(livener: Callable, model: Path) -> None:
    assert livener("explain", model).exit_code == 2
    assert livener("explain", model, "Hello .").stdout.strip() == "Hello | ."


def test_what_if_the_text_were_another(livener: Callable, model: Path) -> None:
    result = livener("explain", model, "Ada flew to Oslo .", "--what-if", "Ada flew to bed .", "--json")
    assert result.exit_code == 0, result.stderr
    moves = json.loads(result.stdout)["what_if"]
    assert all(set(one) >= {"label", "score_before", "score_after", "predicted"} for one in moves)
    assert livener("explain", model, "Ada flew to Oslo .", "--what-if", "Ada left .").exit_code == 0
    refused = livener("explain", model, "Ada flew .", "--attention")
    assert refused.exit_code == 2
    assert "has no attention" in refused.stderr
