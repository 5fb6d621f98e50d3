"""Which format a file has, and formats of other packages."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from livener import Document
from livener.errors import InputError
from livener.formats import Format, Report, Source, names, read, registry, write

Parse = Callable[..., list[Document]]

CONLL = "Ada\tB-PER\nleft\tO\n"
JSONL = '{"text": "Ada left"}\n'


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.conll", CONLL, "conll"),
        ("a.IOB2", CONLL, "conll"),
        ("a.txt", CONLL, "conll"),
        ("a.dev", CONLL, "conll"),
        ("Tagged", CONLL, "conll"),
        ("a.txt", "-DOCSTART- -X- O\n\nAda NN B-PER\nleft VB O\n", "conll"),
        ("a.txt", "# newdoc id = n1\n# text = Ada left\n1\tAda\tB-PER\n2\tleft\tO\n", "conll"),
        ("a.txt", "Ada O\n" * 3_000, "conll"),
        ("a.txt", "Ada B-PER\n" * 9 + "one row is broken\n", "conll"),
        ("a.jsonl", JSONL, "jsonl"),
        ("a.txt", JSONL, "jsonl"),
        ("a.log", "\n" + JSONL, "jsonl"),
        ("a.txt", '{"text": "' + "long " * 2_000 + '"}', "jsonl"),
        ("a.inline", "[Ada](PER) left\n", "inline"),
        ("a.txt", "Ada left\n", "text"),
        ("notes", "Blood group O", "text"),
        ("a.txt", "Take I-95 or send an E-mail.\n", "text"),
        ("a.txt", "We left on I-95.\nPlease send E-mail only.\n", "text"),
        ("a.txt", "Ada\tB-PER\n", "conll"),
        ("a.md", "{not} JSON\n", "text"),
        ("a.txt", "{", "text"),
    ],
)
def test_recognition(tmp_path: Path, name: str, content: str, format: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with Source(path) as source:
        assert registry.recognised(source).name == format


def test_an_unknown_format_names_those_there_are(parse: Parse, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.xyz: the format is not recognised \(expected format = argilla \| brat"):
        parse("Ada left\n", "a.xyz")
    with pytest.raises(InputError, match="no format 'conl'"):
        read(tmp_path / "a", format="conl")
    with pytest.raises(InputError, match=r"no format has the suffix '.xyz'"):
        write([], tmp_path / "a.xyz")


def test_an_unknown_option_names_those_there_are(parse: Parse, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"conll has no option 'tag' here \(expected form \| tags \| link"):
        parse(CONLL, "a.conll", tag=1)
    with pytest.raises(InputError, match=r"jsonl has no option 'scheme' here \(expected none\)"):
        write([], tmp_path / "a.jsonl", scheme="BIO")


def test_the_report_counts_what_was_read(parse: Parse) -> None:
    report = Report()
    parse(CONLL + "\n" + CONLL, "a.conll", report=report)
    assert {key: report.counts[key] for key in ("documents", "sentences", "tokens", "spans")} == {
        "documents": 2,
        "sentences": 2,
        "tokens": 4,
        "spans": 2,
    }


def _read_shout(source: Source, _report: Report) -> Iterator[Document]:
    yield Document("".join(source.lines()).upper(), source.stem)


SHOUT = Format("shout", _read_shout, lambda documents, _report: (d.text for d in documents), (".shout",))


def test_other_packages_add_formats(parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("shout", "shouting:SHOUT", "livener.formats")
    monkeypatch.setitem(sys.modules, "shouting", sys.modules[__name__])
    monkeypatch.setattr(registry, "entry_points", lambda **wanted: [point] * (wanted.get("name", "shout") == "shout"))
    assert "shout" in names()
    assert parse("ada", "a.shout") == [Document("ADA", "a")]
    write([Document("ada")], tmp_path / "b.shout")
    assert (tmp_path / "b.shout").read_text() == "ada"


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("Ada left")
    (tmp_path / "a.jsonl").write_text(JSONL)
    (tmp_path / "c.conll").write_text(CONLL)
    (tmp_path / ".hidden.txt").write_text("no")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    (tmp_path / "inner.txt").mkdir()
    (tmp_path / "nothing.txt").touch()
    report = Report()
    assert [document.id for document in read(tmp_path, report=report)] == ["a:1", "b", "c:1"]
    assert sorted(Path(note.where).name for note in report.notes) == ["inner.txt", "nothing.txt", "scan.pdf"]
    with pytest.raises(InputError, match=r"the folder has no file with documents \(expected such as .txt"):
        list(read(tmp_path / "inner.txt"))
