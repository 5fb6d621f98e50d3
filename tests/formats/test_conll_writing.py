"""CoNLL out: no boundary moves, and what is left out is reported."""

from pathlib import Path

import pytest

from livener import Document, Span
from livener.errors import InputError
from livener.formats import Report, write


def written(document: Document, folder: Path, report: Report | None = None, **options: str) -> str:
    write([document], folder / "a.conll", report=report, **options)
    return (folder / "a.conll").read_text(encoding="utf-8")


def test_tokens_and_sentences_of_the_document_are_kept(tmp_path: Path) -> None:
    document = Document(
        "Ada left.\nBob stayed",
        "n1",
        spans=(Span(0, 3, "PER"),),
        tokens=((0, 3), (4, 9), (10, 20)),
        sentences=((0, 9), (10, 20)),
    )
    report = Report()
    assert written(document, tmp_path, report) == (
        "# newdoc id = n1\n# text = Ada left.\nAda\tB-PER\nleft.\tO\n\n# text = Bob stayed\nBob\tO\nstayed\tO\n\n"
    )
    assert report.counts["tokens split"] == 1  # "Bob stayed" holds the white space that separates columns


def test_without_tokens_livener_makes_them(tmp_path: Path) -> None:
    assert "Oslo\tB-LOC\n.\tO\n" in written(Document("I saw Oslo.", spans=(Span(6, 10, "LOC"),)), tmp_path)


def test_a_token_is_split_where_a_span_ends(tmp_path: Path) -> None:
    document = Document("pro-NATO bloc", "n1", spans=(Span(4, 8, "ORG"),), tokens=((0, 8), (9, 13)))
    report = Report()
    assert "pro-\tO\nNATO\tB-ORG\nbloc\tO\n" in written(document, tmp_path, report)
    assert report.notes[0].message.startswith("token 'pro-NATO' is split")


def test_a_span_joins_the_sentences_it_crosses(tmp_path: Path) -> None:
    document = Document(
        "St. Ives", "n1", spans=(Span(0, 8, "LOC"),), tokens=((0, 3), (4, 8)), sentences=((0, 3), (4, 8))
    )
    assert "St.\tB-LOC\nIves\tI-LOC\n" in written(document, tmp_path)


def test_the_scheme_is_an_option(tmp_path: Path) -> None:
    document = Document("Ada Byron", spans=(Span(0, 9, "PER"),), tokens=((0, 3), (4, 9)))
    assert "Ada\tB-PER\nByron\tL-PER\n" in written(document, tmp_path, scheme="BILOU")


def test_what_cannot_be_held_is_reported(tmp_path: Path) -> None:
    spans = (Span(0, 3, "A"), Span(4, 5, "B"), Span(0, 5, "C"), Span(5, 6, "D"), Span(6, 8, "E"))
    document = Document("a b c  d", "n1", {"k": 1}, spans, complete=False)
    report = Report()
    assert "a\tB-C\nb\tI-C\nc\tI-C\nd\tB-E\n" in written(document, tmp_path, report)
    assert report.counts["nested spans left out"] == 2
    for kind in ("blank spans left out", "spans trimmed", "metadata left out", "partial labels"):
        assert report.counts[kind] == 1


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("a", "n1", spans=(Span(0, 1, "A B"),)), "the label 'A B' cannot stand in a tag"),
        (Document("a", "n1", spans=(Span(0, 1, "O"),)), "the label 'O' cannot stand in a tag"),
        (Document("-DOCSTART-", "n1", tokens=((0, 10),)), "a token is the mark -DOCSTART-"),
        (Document("a", "n\n1"), "the id holds a line break"),
        (Document("a\0b", "n1", tokens=((0, 3),)), "the text holds a NUL character"),
    ],
)
def test_what_cannot_stand_in_a_line_is_refused(tmp_path: Path, document: Document, message: str) -> None:
    with pytest.raises(InputError, match=message):
        written(document, tmp_path)
    assert not list(tmp_path.iterdir())
