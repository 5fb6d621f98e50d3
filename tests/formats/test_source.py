"""Encodings, line ends, binary files, long lines: what comes before any format."""

import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from livener import Document
from livener.errors import InputError
from livener.formats import Source, read

Parse = Callable[..., list[Document]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_encodings(parse: Parse, encoding: str) -> None:
    (document,) = parse("Göteborg\tB-LOC\n".encode(encoding), "a.conll", encoding=encoding)
    assert document.spans[0].text == "Göteborg"


def test_a_character_may_lie_across_two_reads(parse: Parse) -> None:
    text = "a" + "é🚀" * 400_000
    (document,) = parse(text, "a.txt")
    assert document.text == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.txt: the file is empty"),
        (b"one\ntwo\nG\xf6teborg\n", r"a.txt:3: byte 0xf6 at offset 9 is not utf-8 .*perhaps latin-1"),
        (b"one\n\x93two\x94\n", r"a.txt:2: byte 0x93 at offset 4 is not utf-8 .*perhaps cp1252"),
        (b"x" * 5_000 + b"\n\xff", r"a.txt:2: byte 0xff at offset 5001 is not utf-8"),
        (b"\n\xe2\x82", r"a.txt:2: byte 0xe2 at offset 1 is not utf-8"),
        ("Göteborg".encode("utf-16"), "a.txt: the file is not utf-8 .*utf-16"),
        (b"\x89PNG\r\n\x1a\n\0\0", r"a.txt: the file is binary \(a zero byte at offset 8\)"),
        (b"x" * 5_000 + b"\0", r"a.txt: the file is binary \(a zero byte at offset 5000\)"),
    ],
)
@pytest.mark.parametrize("format", [None, "text", "jsonl", "conll", "inline"])
def test_what_is_not_text_is_said_in_one_line(parse: Parse, content: bytes, message: str, format: str | None) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse(content, "a.txt", format=format)
    assert "\n" not in str(raised.value)


def test_a_line_that_is_too_long_is_found_without_reading_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n" + b"x" * 30_000_000)
    tracemalloc.start()
    with (
        Source(path) as source,
        pytest.raises(InputError, match=r":2: the line is longer than 10,000,000 characters"),
    ):
        list(source.lines())
    assert tracemalloc.get_traced_memory()[1] < 25_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.conll", "a.inline"])
def test_the_longest_line_is_an_option(parse: Parse, name: str) -> None:
    with pytest.raises(InputError, match=r":2: the line is longer than 100 characters"):
        parse('{"text": "a"}\n' + "x" * 101 + "\n", name, longest_line=100)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.txt: cannot be read: No such file"):
        list(read(tmp_path / "none.txt"))
    with pytest.raises(InputError, match=r"the folder has no file with documents"):
        list(read(tmp_path, format="text"))
    for encoding in ("utf-9", "rot13"):
        with pytest.raises(InputError, match=f"unknown encoding '{encoding}'"):
            list(read(tmp_path / "none.txt", encoding=encoding))


@pytest.mark.parametrize("content", [b'{"text": "Ada"}\n', b"Ada", b"Ada\tB-PER\n"])
def test_stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    (document,) = read("-")
    assert document.text == "Ada"
    assert document.id.startswith("stdin")


@pytest.mark.skipif(os.name == "nt", reason="names of any bytes")
def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    (path := tmp_path / os.fsdecode(b"n\xff.txt")).write_text("Ada")
    assert next(read(path)).id == "n\ufffd"
