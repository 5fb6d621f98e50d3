"""Files of other tools that are wrong: one clear line, whatever the tool."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livener import Document
from livener.errors import InputError
from livener.formats import Report, read, write

Parse = Callable[..., list[Document]]

TEXT = "Ada left"


def task(start: Any, end: Any, label: Any) -> Any:
    return [
        {
            "data": {"text": TEXT},
            "annotations": [
                {"result": [{"type": "labels", "value": {"start": start, "end": end, "labels": [label]}}]}
            ],
        }
    ]


SHAPES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "label_studio": task,
    "doccano": lambda start, end, label: {"text": TEXT, "label": [[start, end, label]]},
    "prodigy": lambda start, end, label: {
        "text": TEXT,
        "spans": [{"start": start, "end": end, "label": label}],
        "answer": "accept",
    },
    "argilla": lambda start, end, label: {
        "fields": {"text": TEXT},
        "responses": {"q": [{"value": [{"start": start, "end": end, "label": label}]}]},
    },
    "spacy": lambda start, end, label: [TEXT, {"entities": [[start, end, label]]}],
}
JSON_FORMATS = sorted(SHAPES)


@pytest.mark.parametrize("format", JSON_FORMATS)
@pytest.mark.parametrize(
    "span",
    [
        (None, 3, "X"), (0, None, "X"), ("0", 3, "X"), (0.0, 3, "X"), (True, 3, "X"), ([], {}, "X"), (3, 0, "X"),
        (2, 2, "X"), (-1, 3, "X"), (0, 9, "X"), (0, 10**30, "X"), (0, 3, None), (0, 3, ""), (0, 3, 7), (0, 3, ["X"]),
    ],
)  # fmt: skip
def test_offsets_and_labels(parse: Parse, format: str, span: tuple[Any, Any, Any]) -> None:
    good, bad = SHAPES[format](0, 3, "X"), SHAPES[format](*span)
    content = json.dumps(bad) if format == "label_studio" else f"{json.dumps(good)}\n{json.dumps(bad)}\n"
    with pytest.raises(InputError) as raised:
        parse(content, "a.jsonl", format=format)
    assert "a.jsonl: record 1: " in str(raised.value) or "a.jsonl:2: " in str(raised.value)
    assert len(str(raised.value)) < 300
    assert raised.value.fix


def harmless(format: str, content: str) -> bool:
    """A text with keys that are none of the format's."""
    return (format, content[:12]) in {("label_studio", '{"text": "a"')} and "ud800" not in content


@pytest.mark.parametrize("format", JSON_FORMATS)
@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" + "{" * 10,
        "[{}",
        "nothing",
        "{}",
        "[1]",
        "[[]]",
        '["a"]',
        '"a"',
        "null",
        "[null]",
        '{"text": null}',
        '{"text": 7, "spans": 1}',
        '{"text": "a", "label": 7, "spans": 7, "entities": 7, "ents": 7, "annotation": 7}',
        '{"data": 7}',
        '{"data": {"text": "a"}, "annotations": {}}',
        '{"data": {"text": "a"}, "annotations": [{"result": 7}]}',
        '{"data": {"text": "a"}, "annotations": [{"result": [7]}]}',
        '{"fields": 7}',
        '{"fields": {"text": "a"}, "responses": [7]}',
        '{"fields": {"text": "a"}, "responses": {"q": 7}}',
        '{"text": "\\ud800", "label": [], "ents": [], "annotation": []}',
        " \n ",
    ],
)
def test_what_is_not_of_the_format(parse: Parse, format: str, content: str) -> None:
    if harmless(format, content):
        assert not any(document.spans for document in parse(content, "a.json", format=format))
        return
    with pytest.raises(InputError) as raised:
        parse(content, "a.json", format=format)
    assert "a.json" in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("format", [*JSON_FORMATS, "webanno"])
def test_an_archive_is_said_to_be_one(parse: Parse, format: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("all.jsonl", '{"text": "a", "label": []}')
    with pytest.raises(InputError, match=r"a.json: the file is a zip archive \(expected the file inside it"):
        parse(archive.getvalue(), "a.json", format=format)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("T1\tPER 0 3\tBob\n", None),
        ("T1\tPER 0 99\tBob\n", None),
        ("T1\tPER 3 0\tAda\n", r"span \[3, 0\) PER is empty or reversed"),
        ("T1\tPER 0 0\tAda\n", "empty or reversed"),
        ("T1\tPER -1 3\tAda\n", "empty or reversed"),
        ("T1\tPER 0 3\n", "is no span"),
        ("T1\tPER 0 x\tAda\n", "is no span"),
        ("T1\tPER 0 3 4\tAda\n", "is no span"),
        ("T1\tPER 0 3;\tAda\n", "is no span"),
        ("T1\tPER 0 3;4 8\tAda\n", "has not the text of its offsets"),
        ("T1 PER 0 3 Ada\n", "is no span"),
        ("Ada left\n", "is no annotation"),
        ("T1\tPER 0 " + "9" * 5_000 + "\tAda\n", "is no span"),
    ],
)
def test_brat(tmp_path: Path, content: str, message: str | None) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.ann").write_text(content)
    report = Report()
    if message is None:
        assert next(read(tmp_path / "a.ann", report=report)).spans == ()
        assert report.counts["spans left out"] == 1
        return
    with pytest.raises(InputError, match=message) as raised:
        list(read(tmp_path / "a.ann"))
    assert "a.ann" in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("format", ["label_studio", "doccano", "prodigy", "argilla", "jsonl"])
@pytest.mark.parametrize("value", [object(), float("nan")])
def test_metadata_that_is_not_json_is_refused(tmp_path: Path, format: str, value: object) -> None:
    with pytest.raises(InputError, match="document 'n1': cannot be written as JSON"):
        write([Document("a", "n1", {"k": value})], tmp_path / "a.json", format=format)
    assert not list(tmp_path.iterdir())


def test_brat_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.ann").write_text("T1\tPER 0 3\tAda\n")
    with pytest.raises(InputError, match=r"a.txt: cannot be read: No such file"):
        list(read(tmp_path / "a.ann"))
    with pytest.raises(InputError, match="stdin: brat is two files, not a stream"):
        list(read("-", format="brat"))


HEAD = "#FORMAT=WebAnno TSV 3.3\n#T_SP=x.NamedEntity|value\n\n\n#Text=Ada left\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("#FORMAT=WebAnno TSV 2.0\n", "not WebAnno TSV 3"),
        ("#FORMAT=WebAnno TSV 3.3\n1-1\t0-3\tAda\n", "a token before the text of its sentence"),
        (HEAD + "1-1\t0-3\tAda\t\n", "is no token"),
        (HEAD + "1-1\t0-3\tAda\tX\tY\t\n", "is no token"),
        (HEAD + "1-1\tx-3\tAda\tX\t\n", "is no token"),
        (HEAD + "1\t0-3\tAda\tX\t\n", "is no token"),
        (HEAD + "1-1\n", "is no token"),
        (HEAD + "1-1\t0-3\tBob\tX\t\n", "the token 'Bob' is not at 0-3 of the text"),
        (HEAD + "1-1\t0-99\tAda\tX\t\n", "the token 'Ada' is not at 0-99"),
        (HEAD + "1-1\t3-0\tAda\tX\t\n", "the token 'Ada' is not at 3-0"),
        (HEAD + "1-1\t999999999999-999999999999\tAda\tX\t\n", "the sentence begins"),
        (HEAD + "1-1\t0-3\tAda\tX[a\t\n", "cannot be read"),
        (HEAD + "1-1\t0-3\tAda\tX[1]x\t\n", "cannot be read"),
        (HEAD + "1-2\t4-8\tleft\tX\t\n1-1\t0-3\tAda\tX\t\n", "empty or out of order"),
    ],
)
def test_webanno(parse: Parse, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse(content, "a.tsv", format="webanno")
    assert "a.tsv" in str(raised.value)
    assert len(str(raised.value)) < 300
