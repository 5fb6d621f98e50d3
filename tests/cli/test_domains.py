"""``livener domains``."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.pipeline.test_domains import law, news, recipes

from livener.formats import write
from livener.pipeline.domains import Domains
from livener.text import Document


def test_domains_are_learned_and_judged_on_what_was_held_out(livener: Callable, tmp_path: Path) -> None:
    for name, texts in (("news", news(80)), ("law", law(80)), ("other", recipes(80))):
        write([Document(text, f"{name}{i}") for i, text in enumerate(texts)], tmp_path / f"{name}.jsonl")
    arguments = ["--train", f"news={tmp_path / 'news.jsonl'}", "--train", f"law={tmp_path / 'law.jsonl'}"]
    out = tmp_path / "domains"
    result = livener("domains", *arguments, "--other", tmp_path / "other.jsonl", "-o", out, "--json")
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    assert figures["news"]["held_out"] == 16
    assert all(figures[name]["right"] > 0.9 for name in ("news", "law", "unknown"))
    assert Domains.load(out).names == ("law", "news")
    assert "called unknown" in livener("domains", *arguments, "-o", out).stdout


def test_what_is_no_pair_is_one_line(livener: Callable, tmp_path: Path) -> None:
    result = livener("domains", "--train", "news.jsonl", "-o", tmp_path / "d")
    assert result.exit_code == 2
    assert "NAME=FILE" in result.stderr
