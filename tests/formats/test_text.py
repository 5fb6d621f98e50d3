"""Plain text: exact offsets, one document a file or a line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from livener import Document, Span
from livener.errors import InputError
from livener.formats import Report, write

Parse = Callable[..., list[Document]]


def test_a_file_is_one_document_with_its_line_ends(parse: Parse) -> None:
    assert parse(b"\xef\xbb\xbfone\r\ntwo\n\n", "a.txt") == [Document("one\r\ntwo\n\n", "a")]


def test_lines(parse: Parse) -> None:
    report = Report()
    documents = parse("one\u2028\r\n\n \ntwo", "a.txt", lines=True, report=report)
    assert documents == [Document("one\u2028", "a:1"), Document("two", "a:4")]
    assert report.counts["blank lines"] == 1


def test_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    report = Report()
    write([Document("Ada\r\n", spans=(Span(0, 3, "PER"),))], path, report=report)
    assert path.read_bytes() == b"Ada\r\n"
    assert report.counts["spans left out"] == 1
    write([Document("one"), Document("two")], path, lines=True)
    assert path.read_text() == "one\ntwo\n"
    with pytest.raises(InputError, match="plain text holds one document"):
        write([Document("one"), Document("two")], path)
    for text in ("a\nb", " ", "", "a\r"):
        with pytest.raises(InputError, match="the text is not one line"):
            write([Document(text)], path, lines=True)
