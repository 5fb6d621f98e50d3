"""Files that people send in: archives, their limits, and what is wrong with them."""

import gzip
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livener.errors import InputError
from livener.review import upload
from livener.review.upload import Limits, uploaded

LINE = b'{"id": "d1", "text": "Apple rose.", "spans": [{"start": 0, "end": 5, "label": "ORG"}]}\n'
DEEP = b'{"text": "a", "meta": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert list(tmp_path.iterdir()) == []


def received(content: bytes, **options: Any) -> list[tuple[str, str]]:
    return [(document.id, document.text) for document in uploaded(io.BytesIO(content), **options)]


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as out:
        for name, content in members:
            out.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LINE, "notes.jsonl"),
        (LINE, "upload"),
        (gzip.compress(LINE), "notes.jsonl.gz"),
        (gzip.compress(LINE), ".gz"),
        (gzip.compress(LINE[:40]) + gzip.compress(LINE[40:]), "two-members.gz"),
        (archive(("a/notes.jsonl", LINE), ("a/", b""), ("__MACOSX/a/._notes.jsonl", b"\0")), "notes.zip"),
        (LINE, "../../etc/passwd.jsonl"),
        (LINE, "…" * 500),
    ],
)
def test_plain_and_packed(content: bytes, name: str) -> None:
    assert received(content, name=name) == [("d1", "Apple rose.")]


def test_formats_of_several_files_come_as_an_archive() -> None:
    content = archive(("x/d1.txt", b"Apple rose."), ("x/d1.ann", b"T1\tORG 0 5\tApple\n"), ("x/d2.txt", b"No."))
    assert received(archive(("d1.txt", b"Apple rose."), ("d1.ann", b"")), format="brat") == [("d1", "Apple rose.")]
    assert received(content) == [("d1", "Apple rose."), ("d2", "No.")]


def test_files_are_read_as_they_are_named_and_ids_say_where() -> None:
    content = archive(("b.inline", b"[Ada](PER) left.\n"), ("a.txt", b"Nothing."))
    assert received(content, name="both.zip") == [("a", "Nothing."), ("b:1", "Ada left.")]
    assert received(b"one\ntwo\n", name="news.txt", format="text", lines=True)[1] == ("news:2", "two")


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        (b"", {"format": "jsonl"}, "up.jsonl: the file is empty"),
        (LINE + b'{"text": "\xff"}\n', {}, "up.jsonl:2: byte 0xff at offset .* is not utf-8"),
        (LINE + b"\0", {}, "up.jsonl: the file is binary"),
        (LINE + DEEP, {}, "up.jsonl:2: not JSON"),
        (LINE + b'{"text": "a", "spans": [{"start": 0, "end": 9, "label": "X"}]}', {}, "up.jsonl:2: span .* inside"),
        (LINE + b'{"text": "a", "spans": [{"start": -1, "end": 1, "label": "X"}]}', {}, "up.jsonl:2: span .* inside"),
        (
            LINE + b'{"text": "abc", "spans": [{"start": 2, "end": 1, "label": "X"}]}',
            {},
            "up.jsonl:2: span .* inside",
        ),
        (LINE + b'{"text": "abc", "spans": [{"start": 0, "end": 1}]}', {}, "up.jsonl:2: .*label is missing"),
        (LINE + b'"text"', {}, "up.jsonl:2: not a JSON object"),
        (LINE * 3, {"limits": Limits(longest_line=50)}, "up.jsonl:1: the line is longer than 50"),
        (LINE, {"format": "nonsense"}, "no format 'nonsense'"),
        (LINE, {"nonsense": 1}, "no option 'nonsense'"),
        (LINE, {"encoding": "nonsense"}, "unknown encoding"),
        (gzip.compress(LINE)[:-9], {}, "up.jsonl: the archive cannot be unpacked"),
        (gzip.compress(LINE)[:-6] + b"abcdef", {}, "up.jsonl: the archive cannot be unpacked"),
        (b"\x1f\x8bnonsense", {}, "up.jsonl: the archive cannot be unpacked"),
        (b"PK\x03\x04nonsense", {}, "up.jsonl: the archive cannot be unpacked: File is not a zip file"),
        (archive(("a.jsonl", LINE))[:60], {}, "up.jsonl: the archive cannot be unpacked"),
        (archive(("a.jsonl", LINE), method=0).replace(b"rose", b"fell"), {}, "cannot be unpacked: Bad CRC"),
        (
            archive(("a.jsonl", LINE)).replace(b"\x14\x00\x00\x00", b"\x14\x00\x01\x00"),
            {},
            "cannot be unpacked.*encrypted",
        ),
        (archive(("../a.jsonl", LINE)), {}, "outside of itself: '../a.jsonl'"),
        (archive(("/a.jsonl", LINE)), {}, "outside of itself: '/a.jsonl'"),
        (archive(("x/../../a.jsonl", LINE)), {}, "outside of itself"),
        (archive(("..\\a.jsonl", LINE)), {}, "outside of itself"),
        (archive(("C:a.jsonl", LINE)), {}, "outside of itself"),
        (archive(("a.jsonl", LINE), ("./a.jsonl", LINE)), {}, "'./a.jsonl' twice"),
        (archive(("x" * 300, LINE)), {}, "cannot be unpacked.*name too long"),
        (archive((".hidden", LINE)), {}, "the archive has no files"),
        (archive(("a.jsonl", LINE + b"{")), {}, "up.jsonl/a.jsonl:2: not JSON|inside/a.jsonl:2: not JSON"),
        (archive(*[(f"{n}.jsonl", LINE) for n in range(9)]), {"limits": Limits(files=8)}, "the archive has 9 files"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_where(content: bytes, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        received(content, name="up.jsonl", **options)
    assert "\n" not in str(caught.value)
    assert tempfile.gettempdir() not in str(caught.value)


def test_a_bomb_is_stopped_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"0" * (40 << 20)
    for content in (
        gzip.compress(zeros),
        archive(("a.txt", zeros)),
        archive(*[(f"{n}.txt", zeros) for n in range(2)]),
    ):
        with pytest.raises(InputError, match=r"up: the archive unpacks to more than [0-9,]+ bytes: a zip bomb\?"):
            received(content, name="up")
    with pytest.raises(InputError, match=r"at most 20 bytes in all"):
        received(gzip.compress(LINE), limits=Limits(bytes=20))
    monkeypatch.setattr(upload, "_SMALL", 0)
    assert received(gzip.compress(LINE)), "what is packed as text is packed is no bomb"


def test_what_an_archive_says_of_its_size_is_not_believed() -> None:
    content = archive(("a.jsonl", LINE))
    size = len(LINE).to_bytes(4, "little")
    assert content.count(size) == 2
    with pytest.raises(InputError, match=r"cannot be unpacked|not JSON"):
        received(content.replace(size, (len(LINE) - 9).to_bytes(4, "little")))


def test_a_reader_that_stops_early_leaves_nothing() -> None:
    found = uploaded(io.BytesIO(LINE * 3), name="notes.jsonl")
    assert re.fullmatch("d1", next(found).id)
    found.close()  # type: ignore[attr-defined]
