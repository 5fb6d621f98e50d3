"""``livener evaluate`` and its HTML report."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

DESIGN_KEYS = {"strict", "exact", "partial", "type", "per_label", "confusion", "error_types", "sentences_per_second"}
VOID = {"meta", "line", "circle", "rect"}


class Balance(HTMLParser):
    """Holds a page to closing what it opens, and to loading nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: str) -> str:
    balance = Balance()
    balance.feed(page)
    assert balance.opened == []
    return "".join(balance.words)


def test_json_is_what_design_says(livener: Callable, model: Path, data: Path) -> None:
    result = livener("evaluate", model, "--data", data / "test.inline", "--json")
    assert result.exit_code == 0
    scores = json.loads(result.stdout)
    assert scores.keys() >= DESIGN_KEYS
    assert set(scores["strict"]) == {"precision", "recall", "f1", "support"}
    assert scores["strict"]["f1"] > 0.9
    assert scores["strict"]["support"] == 24
    assert set(scores["per_label"]) == {"PERSON", "GPE"}
    assert scores["sentences_per_second"] > 100
    assert result.stderr == ""


def test_text_and_report_show_the_errors(livener: Callable, model: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.inline"
    gold.write_text("# id = <one>\nAda Byron & [London](PERSON) <script> flew to [Oslo](GPE) .\n")
    page = tmp_path / "page.html"
    result = livener("evaluate", model, "--data", gold, "--report", page)
    assert result.exit_code == 0
    assert f"wrote {page}" in result.stderr
    assert "'London' PERSON" in result.stdout
    assert "sentences a second" in result.stdout
    words = parsed(page.read_text())
    for expected in ("<one>", "London", "<script>", "Confusion", "Scores"):
        assert expected in words


def test_labels_that_share_nothing_are_refused(livener: Callable, model: Path, tmp_path: Path) -> None:
    (gold := tmp_path / "gold.inline").write_text("[Aspirin](DRUG) helps .\n")
    result = livener("evaluate", model, "--data", gold, "--report", tmp_path / "page.html")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "DRUG" in result.stderr
    assert "PERSON" in result.stderr
    assert not (tmp_path / "page.html").exists()


def test_labels_of_which_some_are_unknown_are_told(livener: Callable, model: Path, tmp_path: Path) -> None:
    (gold := tmp_path / "gold.inline").write_text("[Aspirin](DRUG) helps [Ada Byron](PERSON) .\n")
    result = livener("evaluate", model, "--data", gold, "--json")
    assert result.exit_code == 0
    assert "DRUG" in result.stderr
    assert json.loads(result.stdout)["per_label"]["DRUG"]["recall"] == 0


def test_nothing_to_compare_with(livener: Callable, model: Path, data: Path) -> None:
    result = livener("evaluate", model, "--data", data / "notes.txt")
    assert result.exit_code == 2
    assert "nothing to compare with" in result.stderr


@pytest.mark.parametrize("where", ["nowhere/page.html", "."])
def test_a_report_that_cannot_be_written(
    livener: Callable, model: Path, data: Path, tmp_path: Path, where: str
) -> None:
    result = livener("evaluate", model, "--data", data / "test.inline", "--report", tmp_path / where)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
