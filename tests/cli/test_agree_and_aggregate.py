"""``livener agree`` and ``livener aggregate``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from livener.formats import read, write


@pytest.fixture
def people(tmp_path: Path) -> list[Path]:
    """Three people's files of the same four texts in three formats; the third person has left one out."""
    (ann := tmp_path / "ann.inline").write_text(
        "\n".join(f"# id = d{n}\n[Ada Byron](PERSON) flew to [Oslo](GPE) {n} .\n" for n in range(4))
    )
    documents = list(read(ann))
    lost = [document.with_spans(document.spans[:1]) if document.id == "d2" else document for document in documents]
    write(reversed(lost), bob := tmp_path / "bob.jsonl")
    write(documents[1:], cy := tmp_path / "cy.conll")
    return [ann, bob, cy]


def test_agreement_as_json_and_as_text(livener: Callable, people: list[Path]) -> None:
    result = livener("agree", *people, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert found["annotators"] == ["ann", "bob", "cy"]
    assert found["documents"] == 4
    assert [(pair["a"], pair["b"], pair["documents"]) for pair in found["pairs"]] == [
        ("ann", "bob", 4),
        ("ann", "cy", 3),
        ("bob", "cy", 3),
    ]
    assert found["per_label"]["PERSON"]["strict"] == found["per_label"]["PERSON"]["alpha"] == 1
    assert found["pairs"][0]["strict"] == pytest.approx(14 / 15)
    assert found["strict"] == pytest.approx((14 / 15 + 1 + 10 / 11) / 3)
    text = livener("agree", *people).stdout
    assert "bob · cy" in text
    assert "0.947" in text
    assert "bob · cy" not in livener("agree", *people[:2]).stdout


def test_ids_made_of_file_names_do_not_count(livener: Callable, tmp_path: Path) -> None:
    """Two people's files of one name, without ids; the second person has left out the first sentence."""
    for who, text in (("ann", "Ada\tB-PER\nleft\tO\n\nBob\tB-PER\n"), ("bob", "Bob\tO\n")):
        (tmp_path / who).mkdir()
        (tmp_path / who / "batch.conll").write_text(text)
    files = [tmp_path / who / "batch.conll" for who in ("ann", "bob")]
    found = json.loads(livener("agree", *files, "--json").stdout)
    assert found["annotators"] == [str(file) for file in files]
    assert (found["documents"], found["tokens"]) == (1, 1)
    assert found["cohen"] == 0
    assert livener("aggregate", *files, "--out", tmp_path / "gold.jsonl", "--method", "majority").exit_code == 0
    assert [(one.id, one.text, len(one.spans)) for one in read(tmp_path / "gold.jsonl")] == [
        ("gold:1", "Ada left", 1),
        ("gold:2", "Bob", 0),
    ]


@pytest.mark.parametrize("method", ["dawid-skene", "majority"])
def test_one_gold(livener: Callable, people: list[Path], tmp_path: Path, method: str) -> None:
    result = livener("aggregate", *people, "--out", out := tmp_path / "gold.jsonl", "--method", method, "--json")
    assert result.exit_code == 0
    assert result.stderr == f"livener: wrote {out}: 4 documents\n"
    found = json.loads(result.stdout)
    assert found["reliability"]["ann"]["f1"] == found["reliability"]["cy"]["f1"] == 1
    assert found["reliability"]["bob"]["f1"] < 1
    gold = {document.id: document for document in read(out)}
    assert list(gold) == ["d0", "d1", "d2", "d3"]
    assert all(
        [(span.text, span.label) for span in document.spans] == [("Ada Byron", "PERSON"), ("Oslo", "GPE")]
        for document in gold.values()
    )
    assert found["spans"] == 8


def test_the_gold_on_stdout_alone(livener: Callable, people: list[Path]) -> None:
    result = livener("aggregate", *people, "--out", "-")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["d0", "d1", "d2", "d3"]
    assert result.stderr.splitlines()[0].split() == ["annotator", "f1", "precision", "recall", "spans"]


def test_one_person_from_standard_input(livener: Callable, people: list[Path]) -> None:
    result = livener("agree", people[0], "-", "--json", input=people[1].read_bytes())
    assert json.loads(result.stdout)["annotators"] == ["ann", "stdin"]


def test_partly_annotated_documents_are_told(livener: Callable, people: list[Path], tmp_path: Path) -> None:
    lines = [json.loads(line) | {"complete": False} for line in people[1].read_text().splitlines()]
    (part := tmp_path / "part.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = livener("agree", people[0], people[2], part)
    assert result.exit_code == 0
    assert result.stderr == "livener: note: 4 documents are partly annotated and left out\n"


def test_what_a_user_can_repair(livener: Callable, people: list[Path], tmp_path: Path) -> None:
    ann, bob, _ = people
    (other := tmp_path / "other.inline").write_text("# id = d1\nAnother text\n")
    (nested := tmp_path / "nested.inline").write_text("# id = d1\n[[Ada Byron](PERSON) flew](EVENT) to Oslo 1 .\n")
    out = ("--out", tmp_path / "gold.jsonl")
    for arguments, message in (
        (("agree", ann), "one annotator has nobody to agree with"),
        (("agree", ann, ann), "the same file is given twice"),
        (("agree", ann, other), "document 'd1' has another text than that of ann"),
        (("agree", ann, tmp_path / "nowhere.jsonl"), "No such file"),
        (("aggregate", ann, bob, *out, "--method", "best"), "no method 'best'"),
        (("aggregate", ann, nested, *out), "document 'd1' of nested: spans overlap"),
        (("aggregate", ann, bob, "--out", tmp_path / "gold.what"), "no format has the suffix '.what'"),
    ):
        result = livener(*arguments)
        assert result.exit_code == 2, arguments
        assert result.stdout == ""
        assert result.stderr.startswith("livener: ")
        assert result.stderr.count("\n") == 1
        assert message in result.stderr
    (tmp_path / "far.inline").write_text("Nobody else has this .\n")
    assert "annotated by two people" in livener("agree", ann, tmp_path / "far.inline").stderr
    assert not list(tmp_path.glob("gold*"))
