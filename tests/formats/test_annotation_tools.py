"""What each annotation tool has of its own: skipped tasks, several people, binary answers, stacks, fragments."""

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livener import Document, Span
from livener.errors import InputError
from livener.formats import Report, read, registry, write

Parse = Callable[..., list[Document]]

ADA = {"start": 0, "end": 3, "label": "PER"}
LEFT = {"start": 4, "end": 8, "label": "ACT"}


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def region(**value: Any) -> dict[str, Any]:
    return {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]} | value}


def task(*annotations: Any, **more: Any) -> dict[str, Any]:
    return {"data": {"text": "Ada left"}, "annotations": list(annotations), **more}


# Label Studio


def test_label_studio_skipped_and_unanswered_tasks(parse: Parse) -> None:
    report = Report()
    skipped = task({"was_cancelled": True, "result": [region()]})
    content = json.dumps([skipped, task(), task({"result": [], "completed_by": 2})])
    unanswered, empty = parse(content, "a.json", report=report)
    assert (unanswered.complete, empty.complete) == (False, True)
    assert report.counts["tasks skipped"] == 1


def test_label_studio_several_people(parse: Parse) -> None:
    first = {"completed_by": {"id": 1, "email": "a@x.org"}, "updated_at": "2031-05-04", "result": [region()]}
    second = {"completed_by": 2, "updated_at": "2031-05-03", "result": []}
    content = json.dumps([task(first, second)])
    report = Report()
    (latest,) = parse(content, "a.json", report=report)
    assert latest.spans == (Span(0, 3, "PER", source="a@x.org"),)
    assert report.counts["several annotations"] == 1
    assert parse(content, "a.json", annotator=1) == parse(content, "a.json", annotator="a@x.org") == [latest]
    assert parse(content, "a.json", annotator=2)[0].spans == ()
    truth = json.dumps([task(first, second | {"ground_truth": True})])
    assert parse(truth, "a.json")[0].spans == ()


def test_label_studio_regions_of_every_kind(parse: Parse) -> None:
    html = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 0, "endOffset": 3}
    result = [
        region(labels=["PER", "TITLE"]),
        {
            "type": "hypertextlabels",
            "value": html | {"globalOffsets": {"start": 2, "end": 5}, "text": "Ada", "hypertextlabels": ["H"]},
        },
        {
            "type": "hypertextlabels",
            "value": html | {"globalOffsets": {"start": 0, "end": 3}, "hypertextlabels": ["H"]},
        },
        {"type": "relation", "from_id": "r1", "to_id": "r9", "direction": "right", "labels": ["works_at"]},
        {"type": "choices", "value": {"choices": ["good"]}},
        region(start=5, end=99, text="Babbage"),
    ]
    report = Report()
    (document,) = parse(json.dumps([task({"result": result})]), "a.json", report=report)
    assert document.spans == (Span(0, 3, "PER"), Span(0, 3, "TITLE"), Span(0, 3, "H"))
    assert report.counts["results left out"] == 2
    assert report.counts["spans left out"] == 2


def test_label_studio_is_written_for_a_project(tmp_path: Path) -> None:
    document = Document("🚀 Ada", "n1", {"k": 1}, (Span(2, 5, "PER", score=0.5, source="crf"),))
    report = Report()
    write([document], tmp_path / "a.json", format="label_studio", from_name="ner", to_name="doc", report=report)
    (written,) = json.loads((tmp_path / "a.json").read_text())
    assert written["data"] == {"k": 1, "text": "🚀 Ada", "external_id": "n1"}
    value = {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}
    assert written["annotations"] == [
        {"result": [{"id": "r1", "from_name": "ner", "to_name": "doc", "type": "labels", "value": value}]}
    ]
    assert report.counts["scores left out"] == 1
    write([document], tmp_path / "a.json", format="label_studio", predictions=True)
    assert list(read(tmp_path / "a.json", predictions=True)) == [document]


# doccano


def test_doccano_metadata_and_columns(parse: Parse, tmp_path: Path) -> None:
    record = {"id": 7, "text": "Ada left", "label": [], "relations": [{"id": 1}], "Comments": ["?"], "source": "wire"}
    report = Report()
    (document,) = parse(lines(record), "a.jsonl", report=report)
    assert (document.id, document.meta) == ("7", {"source": "wire"})
    assert report.counts["relations left out"] == 1
    columns = parse(
        lines({"body": "Ada", "tags": [[0, 3, "PER"]]}), "a.jsonl", format="doccano", text="body", label="tags"
    )
    assert columns[0].spans == (Span(0, 3, "PER"),)
    for format, key in (("doccano", "label"), ("label_studio", "text")):
        with pytest.raises(InputError, match=f"the metadata '{key}' has the name of a key of"):
            write([Document("a", "n1", {key: 1})], tmp_path / "a.jsonl", format=format)


@pytest.mark.parametrize(("unit", "start"), [("utf16", 3), ("codepoint", 2), ("grapheme", 2)])
def test_doccano_units(parse: Parse, unit: str, start: int) -> None:
    content = lines({"text": "🚀 Ada left", "label": [[start, start + 3, "PER"]]})
    report = Report()
    (document,) = parse(content, "a.jsonl", format="doccano", unit=unit, report=report)
    assert document.spans[0].text == "Ada"
    assert report.counts["offset units assumed"] == (unit == "utf16")


# Prodigy


def test_prodigy_binary_answers_to_one_text_are_one_document(parse: Parse) -> None:
    def asked(span: dict[str, Any], answer: str, key: int = 5) -> dict[str, Any]:
        more = {"_input_hash": key, "_task_hash": 1, "_view_id": "ner", "answer": answer}
        return {"text": "Ada left", "spans": [span], **more}

    report = Report()
    content = lines(
        asked(ADA, "accept"),
        asked(LEFT, "reject"),
        asked(ADA, "ignore"),
        asked(LEFT, "accept", 6),
        asked(ADA, "reject", 6),
        asked(ADA, "accept", 6),
    )
    first, second = parse(content, "a.jsonl", report=report)
    assert (first.complete, first.spans, first.negatives) == (False, (Span(0, 3, "PER"),), (Span(4, 8, "ACT"),))
    assert set(second.spans) == {Span(0, 3, "PER"), Span(4, 8, "ACT")}
    assert not second.negatives
    assert report.counts["answers that contradict"] == report.counts["tasks with the answer ignore"] == 1


def test_prodigy_rejected_tasks_are_left_out_and_tokens_kept(parse: Parse, tmp_path: Path) -> None:
    tokens = [
        {"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": True},
        {"text": "left", "start": 4, "end": 8, "id": 1, "ws": False},
    ]
    spans = [{"start": 0, "end": 8, "token_start": 0, "token_end": 1, "label": "S"}]
    manual = {"text": "Ada left", "tokens": tokens, "spans": spans, "_is_binary": False, "_view_id": "ner_manual"}
    report = Report()
    content = lines(
        manual | {"answer": "reject"}, manual | {"answer": "accept", "_session_id": "amal", "meta": {"k": 1}}
    )
    (document,) = parse(content, "a.jsonl", report=report)
    assert (document.tokens, document.meta) == (((0, 3), (4, 8)), {"k": 1, "_session_id": "amal"})
    assert report.counts["tasks with the answer reject"] == 1
    write([document], tmp_path / "b.jsonl", format="prodigy")
    written = json.loads((tmp_path / "b.jsonl").read_text())
    assert (written["tokens"], written["spans"], written["_session_id"]) == (tokens, spans, "amal")


def test_prodigy_has_no_task_without_a_question(tmp_path: Path) -> None:
    report = Report()
    write([Document("Ada", complete=False)], tmp_path / "a.jsonl", format="prodigy", report=report)
    assert report.counts["documents left out"] == 1
    assert not (tmp_path / "a.jsonl").read_text()


# Argilla


def argilla(*responses: Any) -> str:
    return json.dumps([{"id": "r1", "fields": {"text": "Ada left"}, "responses": list(responses)}])


def response(status: str, *value: Any, user: str = "u1", question: str = "entities") -> dict[str, Any]:
    return {"user_id": user, "status": status, "values": {question: {"value": list(value)}}}


def test_argilla_statuses_users_and_questions(parse: Parse) -> None:
    report = Report()
    two = argilla(response("submitted", ADA), response("submitted", LEFT, user="u2"))
    assert parse(two, "a.json", report=report)[0].spans == (Span(0, 3, "PER", source="u1"),)
    assert report.counts["several responses"] == 1
    assert parse(two, "a.json", user="u2")[0].spans == (Span(4, 8, "ACT", source="u2"),)
    assert parse(argilla(response("draft", ADA)), "a.json")[0].complete is False
    assert parse(argilla(response("discarded", ADA)), "a.json", report=report) == []
    assert report.counts["records discarded"] == 1
    rating = {"user_id": "u1", "status": "submitted", "values": {"stars": {"value": 5}, "entities": {"value": [ADA]}}}
    assert len(parse(argilla(rating), "a.json")[0].spans) == 1
    both = argilla(response("submitted", ADA), response("submitted", LEFT, question="acts"))
    with pytest.raises(InputError, match=r"several span questions \(expected question = acts \| entities\)"):
        parse(both, "a.json")
    assert parse(both, "a.json", question="acts")[0].spans[0].label == "ACT"


def test_argilla_version_1_predictions_and_suggestions_out(parse: Parse, tmp_path: Path) -> None:
    old = {"text": "Ada left", "prediction": [["PER", 0, 3, 0.5]], "prediction_agent": "m", "annotation": None}
    (document,) = parse(lines(old), "a.jsonl", suggestions=True)
    assert document.spans == (Span(0, 3, "PER", score=0.5, source="m"),)
    assert parse(lines(old), "a.jsonl")[0].complete is False
    write([document], tmp_path / "b.json", format="argilla", suggestions=True)
    assert list(read(tmp_path / "b.json", suggestions=True)) == [document]


# spaCy


def test_spacy_groups_and_tokens(parse: Parse, tmp_path: Path) -> None:
    doc = {
        "text": "Ada  left",
        "ents": [ADA],
        "spans": {"sc": [ADA, {"start": 0, "end": 9, "label": "S", "kb_id": "Q1"}], "x": []},
        "tokens": [{"id": 0, "start": 0, "end": 3}, {"id": 1, "start": 4, "end": 5}, {"id": 2, "start": 5, "end": 9}],
    }
    (document,) = parse(lines(doc), "a.jsonl")
    assert document.spans == (Span(0, 3, "PER"), Span(0, 9, "S", kb_id="Q1"))
    assert document.tokens == ((0, 3), (5, 9))
    assert parse(lines(doc), "a.jsonl", group="x")[0].spans == ()
    write([document], tmp_path / "b.jsonl", format="spacy")
    spans = [[0, 3, "PER"], [0, 9, "S"]]
    assert json.loads((tmp_path / "b.jsonl").read_text()) == ["Ada  left", {"entities": [], "spans": {"sc": spans}}]


# WebAnno TSV


def webanno(
    *rows: str, text: str = "#Text=Ada left.", head: str = "#T_SP=x.Ref|\n#T_SP=x.NamedEntity|identifier|value"
) -> str:
    return "\n".join([f"#FORMAT=WebAnno TSV 3.2\n{head}\n\n", text, *rows]) + "\n"


def test_webanno_stacks_parts_of_tokens_and_escapes(parse: Parse) -> None:
    report = Report()
    content = webanno(
        "1-1\t5-8\tAda\t*[1]\tQ7[2]|*[3]\tPER[2]|A\\|\\_B[3]",
        "1-2\t9-13\tleft\t*[1]\t*[3]|*\tA\\|\\_B[3]|*\t",
        "1-2.1\t9-11\tle\t_\t*\tPART\t",
        "1-3\t13-14\t.\t_\t_\t_",
    )
    (document,) = parse(content, "a.tsv", report=report)
    assert document.text == "\n" * 5 + "Ada left."
    assert document.spans == (Span(5, 8, "PER", kb_id="Q7"), Span(5, 13, "A|_B"), Span(9, 11, "PART"))
    assert document.tokens == ((5, 8), (9, 13), (13, 14))
    assert document.sentences == ((5, 14),)
    assert report.counts["annotations without a label"] == 1


def test_webanno_sentences_of_several_lines_and_other_layers(parse: Parse) -> None:
    head = "#T_SP=x.Person|\n#T_RL=x.Rel|kind|BT_x.Person"
    content = webanno("1-1\t0-3\tAda\t*\t_\t_", "1-2\t4-8\tleft\t_\t_\t_", text="#Text=Ada\n#Text=left\\t", head=head)
    content += "\n#Sentence.id=s2\n#Text=Bo.\n2-1\t11-13\tBo\t*\tr\t1-1\n"
    (document,) = parse(content, "a.tsv")
    assert document.text == "Ada\nleft\t\n\nBo."
    assert document.spans == (Span(0, 3, "Person"), Span(11, 13, "Person"))
    assert document.sentences == ((0, 8), (11, 13))


def test_webanno_in_code_points(parse: Parse) -> None:
    report = Report()
    content = webanno("1-1\t0-1\t🚀\t_", "1-2\t2-5\tAda\tPER", text="#Text=🚀 Ada", head="#T_SP=x.NamedEntity|value")
    assert parse(content, "a.tsv", report=report)[0].spans == (Span(2, 5, "PER"),)
    assert report.counts["offset units found"] == 1


def test_webanno_options(parse: Parse) -> None:
    content = webanno("1-1\t0-3\tAda\tA\tB\tC", head="#T_SP=x.One|f\n#T_SP=x.Two|g|h", text="#Text=Ada")
    with pytest.raises(
        InputError, match=r"which layer holds the entities is not clear \(expected layer = x.One \| x.Two"
    ):
        parse(content, "a.tsv")
    assert parse(content, "a.tsv", layer="Two")[0].spans[0].label == "B"
    assert parse(content, "a.tsv", layer="x.Two", feature="h")[0].spans[0].label == "C"
    with pytest.raises(InputError, match=r"the layer has no feature 'i' \(expected g \| h\)"):
        parse(content, "a.tsv", layer="Two", feature="i")
    assert parse("#FORMAT=WebAnno TSV 3.3\n\n#Text=Ada\n1-1\t0-3\tAda\t\n", "a.tsv")[0].spans == ()


def test_webanno_is_written_as_inception_writes_it(tmp_path: Path) -> None:
    text = "Dr. 🚀 Northwind Labs"
    document = Document(
        text, spans=(Span(6, 20, "ORG", kb_id="Q1"), Span(6, 15, "BRAND")), tokens=((0, 3), (4, 5), (6, 15), (16, 20))
    )
    write([document], tmp_path / "a.tsv", format="webanno")
    assert (tmp_path / "a.tsv").read_text().split("\n")[3:] == [
        "",
        f"#Text={text}",
        "1-1\t0-3\tDr.\t_\t_\t",
        "1-2\t4-6\t🚀\t_\t_\t",
        "1-3\t7-16\tNorthwind\tQ1[1]|*[2]\tORG[1]|BRAND[2]\t",
        "1-4\t17-21\tLabs\tQ1[1]\tORG[1]\t",
        "",
    ]
    with pytest.raises(InputError, match="a file of WebAnno holds one document"):
        write([document, document], tmp_path / "b.tsv", format="webanno")


# brat


def test_brat_folders(tmp_path: Path) -> None:
    documents = [
        Document("Ada\r\nleft 🚀 Bo", "a/1", spans=(Span(0, 9, "S"), Span(12, 14, "PER", kb_id="Wikidata:Q1")))
    ]
    documents += [Document("", "b"), Document("x", "c")]
    report = Report()
    assert write(documents, tmp_path / "out", format="brat", report=report) == 3
    assert sorted(path.name for path in tmp_path.glob("*/*")) == [
        "a_1.ann",
        "a_1.txt",
        "b.ann",
        "b.txt",
        "c.ann",
        "c.txt",
    ]
    assert (tmp_path / "out" / "a_1.ann").read_text() == (
        "T1\tS 0 3;4 8\tAda left\nT2\tPER 11 13\tBo\nN2\tReference T2 Wikidata:Q1\tBo\n"
    )
    found = list(read(tmp_path / "out"))
    assert [(each.id, each.text, each.spans) for each in found] == [
        ("a_1", documents[0].text, documents[0].spans),
        ("b", "", ()),
        ("c", "x", ()),
    ]
    assert report.counts["ids changed"] == 1


def test_brat_leaves_nothing_behind(tmp_path: Path) -> None:
    for documents, problem in (
        ([Document("a", "x/y"), Document("a", "x?y")], "two documents for the file x_y.ann"),
        ([Document("a", "x"), Document("a", "y", spans=(Span(0, 1, "A B"),))], "cannot stand in a line"),
    ):
        with pytest.raises(InputError, match=problem):
            write(documents, tmp_path / "out", format="brat")
        assert not list(tmp_path.iterdir())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    for path, problem in (("out", "expected a new folder"), ("x.ann", "brat is written to a folder")):
        with pytest.raises(InputError, match=problem):
            write([Document("a", "x")], tmp_path / path, format="brat")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["mine.txt"]


# All of them


def test_a_long_first_record_is_recognised(parse: Parse) -> None:
    text = "Ada left. " * 20_000
    (document,) = parse(lines({"text": text, "label": [[0, 3, "PER"]]}), "a.jsonl")
    assert document.spans == (Span(0, 3, "PER"),)
    content = json.dumps([task({"result": [region()]}) | {"data": {"text": text}}] * 100)
    assert len(parse(content, "a.json")) == 100


def test_every_option_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    for name, known in registry._FORMATS.items():
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, name
        for function in (known.read, known.write):
            for option in inspect.signature(function).parameters.values():
                assert option.kind is not option.KEYWORD_ONLY or f"`{option.name}`" in section[1], (
                    f"{name}: {option.name}"
                )
