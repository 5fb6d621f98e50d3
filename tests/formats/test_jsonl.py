"""JSON Lines: strict about every key, and loses nothing."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from livener import Document, Span
from livener.errors import InputError
from livener.formats import Report, read, write

Parse = Callable[..., list[Document]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing", "not JSON: Expecting value at column 1"),
        ('{"text": "a"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"text": "a", "n": ' + "1" * 5_000 + "}", "not JSON"),
        ('["text"]', "not a JSON object"),
        ("{}", '"text" is missing'),
        ('{"text": null}', '"text" is null'),
        ('{"text": 7}', '"text" is 7'),
        ('{"text": "a", "id": ["x"]}', '"id" is'),
        ('{"text": "a", "id": true}', '"id" is true'),
        ('{"text": "a", "meta": "x"}', '"meta" is "x"'),
        ('{"text": "a", "complete": 1}', '"complete" is 1'),
        ('{"text": "a", "spans": {}}', '"spans" is {}'),
        ('{"text": "a", "unasked": "LAW"}', '"unasked" is "LAW"'),
        ('{"text": "a", "unasked": [""]}', '"unasked" is'),
        ('{"text": "a", "complete": false, "known": [0, 1]}', r"known\[0\]"),
        ('{"text": "a", "complete": false, "known": [[0, 2]]}', "known range ends at 2, after the text"),
        ('{"text": "a", "spans": 0}', '"spans" is 0'),
        ('{"text": "a", "spans": [[0, 1, "X"]]}', r"spans\[0\] is \[0, 1"),
        ('{"text": "a", "spans": [{"end": 1, "label": "X"}]}', r"spans\[0\].start is missing"),
        ('{"text": "a", "spans": [{"start": true, "end": 1, "label": "X"}]}', r"spans\[0\].start is true"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1.0, "label": "X"}]}', r"spans\[0\].end is 1.0"),
        ('{"text": "a", "spans": [{"start": 0, "end": 2, "label": "X"}]}', r"\[0, 2\) X is not inside the text"),
        ('{"text": "a", "spans": [{"start": -1, "end": 1, "label": "X"}]}', r"\[-1, 1\) X is not inside the text"),
        ('{"text": "a", "spans": [{"start": 1, "end": 0, "label": "X"}]}', r"\[1, 0\) X is not inside the text"),
        ('{"text": "a", "spans": [{"start": 0, "end": 0, "label": "X"}]}', r"\[0, 0\) X is not inside the text"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1}]}', r"spans\[0\].label is missing"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": ""}]}', r"spans\[0\].label is"),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "text": "b"}]}',
            "says 'b', the text says 'a'",
        ),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "score": NaN}]}',
            "NaN is not a number of JSON",
        ),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "score": 1e999}]}', r"spans\[0\].score is"),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "score": true}]}',
            r"spans\[0\].score is true",
        ),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "kb_id": 7}]}', r"spans\[0\].kb_id is 7"),
        ('{"text": "a", "negatives": [{"start": 0, "end": 1, "label": 1}]}', r"negatives\[0\].label is 1"),
        ('{"text": "a", "tokens": [[0, 1, 2]]}', r"tokens\[0\] is \[0, 1, 2\]"),
        ('{"text": "a", "tokens": [[0, true]]}', r"tokens\[0\] is \[0, true\]"),
        ('{"text": "a", "sentences": [[0, 9]]}', "sentence ends at 9, after the text"),
        ('{"text": "\\ud800"}', r"lone surrogate U\+D800"),
        ('{"text": "a", "meta": {"k": "\\uDFFF"}}', r"lone surrogate U\+DFFF"),
        ('{"text": "a", "k": 1, "meta": {"k": 2}}', 'the key "k" stands beside "meta" and in it'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(parse: Parse, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse('{"text": "fine", "id": "n1"}\n' + line + "\n", "a.jsonl")
    assert "a.jsonl:2: " in str(raised.value)
    assert len(str(raised.value)) < 400


def test_good_documents_before_a_bad_one_are_given(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n{"text": 2}\n')
    stream = read(path)
    assert next(stream) == Document("one", "a:1")
    with pytest.raises(InputError):
        next(stream)


def test_a_pair_of_escaped_surrogates_is_one_character(parse: Parse) -> None:
    (document,) = parse('{"text": "\\ud83d\\ude80"}', "a.jsonl")
    assert document.text == "🚀"


def test_ids(parse: Parse) -> None:
    report = Report()
    documents = parse('{"text": "a"}\n\n{"text": "b", "id": 7}\n{"text": "c", "id": "7"}\n', "a.jsonl", report=report)
    assert [document.id for document in documents] == ["a:1", "7", "7"]
    assert report.counts["ids repeated"] == report.counts["ids that are numbers"] == 1


def test_unknown_keys_go_to_the_metadata_and_back(parse: Parse, tmp_path: Path) -> None:
    line = {"id": "n1", "text": "Ada", "meta": {"lang": "en"}, "spans": [], "wire": [1, {"a": None}], "answer": "ok"}
    (document,) = parse(json.dumps(line), "a.jsonl")
    assert document.meta == {"lang": "en", "wire": [1, {"a": None}], "answer": "ok"}
    for copy in (document, document.with_spans(()), pickle.loads(pickle.dumps(document))):
        write([copy], tmp_path / "b.jsonl")
        assert json.loads((tmp_path / "b.jsonl").read_text()) == line


def test_labels_that_nobody_looked_for_go_there_and_back(parse: Parse, tmp_path: Path) -> None:
    document = Document("Ada left.", "n1", spans=(Span(0, 3, "PER"),), unasked=("LAW", "COURT"))
    write([document], tmp_path / "a.jsonl")
    assert parse((tmp_path / "a.jsonl").read_text(), "a.jsonl") == [document]


def test_unknown_keys_of_spans_are_noted(parse: Parse) -> None:
    report = Report()
    parse('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "color": "red"}]}', "a.jsonl", report=report)
    assert report.counts["keys of spans left out"] == 1


def test_metadata_that_is_not_json_is_refused(tmp_path: Path) -> None:
    for value in (object(), float("nan")):
        with pytest.raises(InputError, match="document 'n1': cannot be written as JSON"):
            write([Document("a", "n1", {"k": value})], tmp_path / "a.jsonl")
    assert not list(tmp_path.iterdir())


def test_only_blank_lines_is_an_empty_file(parse: Parse) -> None:
    with pytest.raises(InputError, match=r"a.jsonl: the file is empty"):
        parse("\n \n", "a.jsonl")
