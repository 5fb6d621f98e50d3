"""One sentence with an emoji and an ã, as every tool writes it: all of them come out at the same code points."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livener import Document, Span
from livener.formats import Report, Source, read, registry

Parse = Callable[..., list[Document]]

TEXT = "Dr. Amina Okoye 🚀 joined Northwind Labs in São Paulo."
GOLD = {(4, 15, "PER"): "Amina Okoye", (25, 39, "ORG"): "Northwind Labs", (43, 52, "LOC"): "São Paulo"}
UTF16 = [(4, 15, "PER"), (26, 40, "ORG"), (44, 53, "LOC")]


def objects(*keys: str, spans: Any = GOLD, **more: Any) -> list[dict[str, Any]]:
    return [dict(zip(keys, span, strict=True), **more) for span in spans]


def regions(spans: Any, *, surface: bool = True) -> list[dict[str, Any]]:
    values = [
        {"start": a, "end": b, "labels": [label]} | ({"text": text} if surface else {})
        for (a, b, label), text in zip(spans, GOLD.values(), strict=True)
    ]
    return [{"id": "r", "type": "labels", "value": value} for value in values]


def webanno() -> str:
    """The sentence as in the reference manual of INCEpTION: entities over several tokens carry a number."""
    words = [*TEXT[:-1].split(" "), "."]
    rows, at = [], 0
    for i, word in enumerate(words, 1):
        at += (i > 1) - (word == ".")
        end = at + len(word)
        inside = [(label, n) for n, (a, b, label) in enumerate(GOLD, 1) if a <= at and end <= b]
        cells = f"*[{inside[0][1]}]\t{inside[0][0]}[{inside[0][1]}]" if inside else "_\t_"
        shift = at > TEXT.index("🚀")
        rows.append(f"1-{i}\t{at + shift}-{end + shift + (word == '🚀')}\t{word}\t{cells}\t")
        at = end
    layer = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value"
    return "\n".join(["#FORMAT=WebAnno TSV 3.3", layer, "", "", f"#Text={TEXT}", *rows, "", ""])


TASK = {"id": 101, "data": {"text": TEXT, "source": "wire-7"}}
FILES: dict[str, tuple[str, str, Any]] = {
    "label_studio, UTF-16": ("a.json", "label_studio", [TASK | {"annotations": [{"result": regions(UTF16)}]}]),
    "label_studio, code points": ("a.json", "label_studio", [TASK | {"annotations": [{"result": regions(GOLD)}]}]),
    "label_studio, no surface": (
        "a.json",
        "label_studio",
        [TASK | {"annotations": [{"result": regions(UTF16, surface=False)}]}],
    ),
    "label_studio, JSON_MIN": (
        "a.json",
        "label_studio",
        [{"id": 1, "text": TEXT, "ner": [each["value"] for each in regions(UTF16)], "annotation_id": 5}],
    ),
    "doccano": ("a.jsonl", "doccano", {"text": TEXT, "label": UTF16, "source": "wire-7"}),
    "doccano, old": ("a.jsonl", "doccano", {"text": TEXT, "labels": UTF16}),
    "doccano, relations": (
        "a.jsonl",
        "doccano",
        {"text": TEXT, "entities": objects("start_offset", "end_offset", "label", spans=UTF16), "Comments": []},
    ),
    "prodigy": (
        "a.jsonl",
        "prodigy",
        {"text": TEXT, "spans": objects("start", "end", "label"), "_view_id": "ner_manual", "answer": "accept"},
    ),
    "argilla, server": (
        "a.json",
        "argilla",
        [
            {
                "fields": {"text": TEXT},
                "external_id": "wire-7",
                "responses": [
                    {
                        "user_id": "u",
                        "status": "submitted",
                        "values": {"entities": {"value": objects("start", "end", "label")}},
                    }
                ],
            }
        ],
    ),
    "argilla, SDK": (
        "a.json",
        "argilla",
        [
            {
                "id": "wire-7",
                "fields": {"text": TEXT},
                "responses": {"entities": [{"value": objects("start", "end", "label"), "user_id": "u"}]},
            }
        ],
    ),
    "argilla, version 1": (
        "a.jsonl",
        "argilla",
        {"text": TEXT, "tokens": TEXT.split(), "annotation": [[label, a, b] for a, b, label in GOLD]},
    ),
    "spacy, tuple a line": ("a.jsonl", "spacy", [TEXT, {"entities": list(GOLD)}]),
    "spacy, array of tuples": ("a.json", "spacy", [[TEXT, {"entities": list(GOLD)}]]),
    "spacy, Doc": ("a.json", "spacy", {"text": TEXT, "ents": objects("start", "end", "label")}),
    "spacy, span group": (
        "a.jsonl",
        "spacy",
        {"text": TEXT, "ents": [], "spans": {"sc": objects("start", "end", "label", kb_id="")}},
    ),
    "webanno": ("a.tsv", "webanno", webanno()),
}


@pytest.mark.parametrize("tool", FILES)
def test_the_example_of_every_tool(parse: Parse, tmp_path: Path, tool: str) -> None:
    name, format, content = FILES[tool]
    content = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    report = Report()
    (document,) = parse(content, name, report=report)
    assert document.text == TEXT
    assert {(span.start, span.end, span.label): span.text for span in document.spans} == GOLD
    assert document.complete
    assert not report.counts["spans left out"]
    with Source(tmp_path / name) as source:
        assert registry.recognised(source).name == format
    pretty = tmp_path / "pretty.log"  # by its content alone, and spread over lines
    if format != "webanno" and tool != "spacy, tuple a line":
        pretty.write_text(json.dumps(json.loads(content), indent=2))
        assert [found.spans for found in read(pretty, format=format)] == [document.spans]


def test_the_example_in_brat(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    lines = [
        *(f"T{n}\t{label} {a} {b}\t{text}" for n, ((a, b, label), text) in enumerate(GOLD.items(), 1)),
        "T4\tPER 0 3;10 15\tDr. Okoye", "T5\tHire 18 24\tjoined", "R1\tworks_at Arg1:T1 Arg2:T2",
        "A1\tConfidence T1 high", "N1\tReference T3 Wikidata:Q174\tSão Paulo", "E1\tHire:T5 Agent:T2 Theme:T1",
        "*\tEquiv T1 T4", "#1\tAnnotatorNotes T2\tcheck legal name",
    ]  # fmt: skip
    (tmp_path / "a.ann").write_text("\n".join(lines) + "\n")
    report = Report()
    for path in (tmp_path / "a.ann", tmp_path):
        (document,) = read(path, report=report)
        assert {(s.start, s.end, s.label): s.text for s in document.spans[:3]} == GOLD
        assert document.spans[2].kb_id == "Wikidata:Q174"
        assert document.spans[3:] == (Span(0, 3, "PER"), Span(10, 15, "PER"), Span(18, 24, "Hire"))
    assert report.counts["annotations left out"] == 10
    assert report.counts["spans in fragments"] == 2


def test_label_studio_predictions(parse: Parse) -> None:
    result = [region | {"score": 0.93} for region in regions(UTF16)]
    content = [
        TASK | {"annotations": [], "predictions": [{"model_version": "ner-v12", "score": 0.7, "result": result}]}
    ]
    (document,) = parse(json.dumps(content), "a.json", predictions=True)
    assert document.id == "101"
    assert document.meta == {"source": "wire-7"}
    assert document.spans == tuple(Span(*span, score=0.93, source="ner-v12") for span in GOLD)
    (unanswered,) = parse(json.dumps(content), "a.json")
    assert (unanswered.complete, unanswered.spans) == (False, ())


def test_argilla_suggestions(parse: Parse) -> None:
    value = objects("start", "end", "label")
    one = {"question_name": "entities", "agent": "ner-v12", "value": value, "score": [0.9, 0.5, 0.7]}
    content = [{"fields": {"text": TEXT}, "external_id": "w", "suggestions": [one], "responses": []}]
    (document,) = parse(json.dumps(content), "a.json", suggestions=True)
    assert [(span.score, span.source) for span in document.spans] == [(s, "ner-v12") for s in (0.9, 0.5, 0.7)]
