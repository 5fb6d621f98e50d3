"""A file is written whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from livener import Document
from livener.errors import InputError
from livener.formats import read, write


def failing() -> Iterator[Document]:
    yield Document("one")
    raise RuntimeError("interrupted")


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write(failing(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_can_be_rewritten_from_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n{"text": "two"}\n')
    assert write(read(path), path) == 2
    assert [document.text for document in read(path)] == ["one", "two"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    write([Document("one")], tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").is_file()
    assert write([Document("one")], os.devnull, format="jsonl") == 1


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written: No such file or directory"):
        write([], tmp_path / "none" / "a.jsonl")
    with pytest.raises(InputError, match=r"cannot be written: Is a directory"):
        write([], tmp_path, format="jsonl")
    with pytest.raises(InputError, match=r"U\+D800 cannot be written as utf-8"):
        write([Document("a", "\ud800")], tmp_path / "a.jsonl")
    assert not list(tmp_path.iterdir())


def test_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert write([Document("Göteborg 🚀", "n1")], "-") == 1
    assert capsys.readouterr().out == '{"id": "n1", "text": "Göteborg 🚀", "spans": []}\n'
