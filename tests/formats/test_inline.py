"""Inline mark-up: small, nestable, exact."""

from collections.abc import Callable
from pathlib import Path

import pytest

from livener import Document, Span
from livener.errors import InputError
from livener.formats import Report, write

Parse = Callable[..., list[Document]]


def test_documents_sentences_and_nesting(parse: Parse) -> None:
    content = (
        "# id = n1\n# kind = court\n[Supreme Court of [Delaware](GPE)](COURT) (1990) met.\nIt rose. # = end\n\n\n"
        "#tag and [Acme](ORG)"
    )
    first, second = parse(content, "a.inline")
    assert (first.id, first.meta) == ("n1", {"kind": "court"})
    assert first.text == "Supreme Court of Delaware (1990) met.\nIt rose. # = end"
    assert first.spans == (Span(0, 25, "COURT"), Span(17, 25, "GPE"))
    assert first.sentences == ((0, 37), (38, 54))
    assert (second.id, second.text, second.spans) == ("a:2", "#tag and Acme", (Span(9, 13, "ORG"),))


def test_escapes(parse: Parse) -> None:
    (document,) = parse(r"\# id = \[1\] \(a\) \\ [x\]\n](L\(1\))", "a.inline")
    assert document.text == "# id = [1] (a) \\ x]\n"
    assert document.spans == (Span(17, 20, "L(1)"),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a ] b", r"']' without a '\[' at column 3"),
        ("[a] b", "']' without a label at column 3"),
        ("[a](", "']' without a label"),
        ("[a]() b", "']' without a label"),
        ("[[a](X) b", r"'\[' is not closed"),
        ("[](X)", "an empty span at column 2"),
        (r"C:\temp", "a lone backslash at column 3"),
        ("end\\", "a lone backslash at column 4"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(parse: Parse, line: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"a.inline:2: {message}"):
        parse("fine\n" + line + "\n", "a.inline")


def test_what_cannot_be_held_is_reported(tmp_path: Path) -> None:
    report = Report()
    crossing = Document("a b c", "n1", spans=(Span(0, 3, "X", score=0.5), Span(2, 5, "Y")))
    write([crossing, Document("  ", "n2")], tmp_path / "a.inline", report=report)
    assert (tmp_path / "a.inline").read_text() == "# id = n1\n[a b](X) c\n\n"
    for kind in ("crossing spans left out", "scores left out", "documents left out"):
        assert report.counts[kind] == 1


def test_metadata_that_is_not_one_line_is_refused(tmp_path: Path) -> None:
    for meta in ({"k": "a\nb"}, {"a b": "c"}):
        with pytest.raises(InputError, match=r"document 'n1': .* cannot stand in a line"):
            write([Document("a", "n1", meta)], tmp_path / "a.inline")
