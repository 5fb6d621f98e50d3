"""Where a span was born, moved, relabelled or dropped."""

from pathlib import Path

from livener.pipeline import Trace, load
from livener.text import Span

CONFIG = """
[[stage]]
use = "normalise"
[[stage]]
use = "split"
[[stage]]
use = "tokenise"
[[stage]]
use = "recognise"
engines = ["patterns"]
[[stage]]
use = "override"
terms = ["terms.csv"]
[[stage]]
use = "listed"
terms = ["votes.csv"]
policy = "vote"
score = 1.0
[[stage]]
use = "thresholds"
labels = {MONEY = 1.0}
[[stage]]
use = "redact"
labels = ["EMAIL"]
"""
TEXT = "Pay $5 to ada@example.org by 12 May 2024 or 13 May."


def traced(folder: Path) -> Trace:
    (folder / "pipeline.toml").write_text(CONFIG)
    (folder / "terms.csv").write_text("term,label,id\nby 12 May 2024,DATE,Q1\n")
    (folder / "votes.csv").write_text("term,label,id\n13 May,DAY,\nby 12 May 2024,DATE,Q2\n")
    return load(folder / "pipeline.toml").trace(TEXT)


def test_every_event_is_told(tmp_path: Path) -> None:
    trace = traced(tmp_path)
    told = [
        (record["stage"], record["event"], record.get("after", record.get("before"))["text"])
        for record in trace.records()
    ]
    assert told == [
        ("recognise.v1", "born", "$5"),
        ("recognise.v1", "born", "ada@example.org"),
        ("recognise.v1", "born", "12 May 2024"),
        ("recognise.v1", "born", "13 May"),
        ("override.v1", "moved", "by 12 May 2024"),
        ("listed.v1", "linked", "by 12 May 2024"),
        ("listed.v1", "relabelled", "13 May"),
        ("thresholds.v1", "dropped", "$5"),
        ("redact.v1", "moved", "[EMAIL]"),
        ("redact.v1", "moved", "by 12 May 2024"),
        ("redact.v1", "moved", "13 May"),
    ]
    assert "override.v1\n  moved [29, 40) '12 May 2024' DATE" in str(trace)


def test_every_intermediate_result_is_kept_and_the_document_is_the_predicted_one(tmp_path: Path) -> None:
    trace = traced(tmp_path)
    assert [step.stage for step in trace.steps][:4] == ["normalise.v1", "split.v1", "tokenise.v1", "recognise.v1"]
    assert trace.steps[0].batch.texts[0][0] == TEXT
    assert trace.steps[2].batch.sentences[0][0].words[:2] == ["Pay", "$"]
    assert trace.steps[3].batch.spans[0][0] == Span(4, 6, "MONEY", 0.97, "patterns")
    assert trace.document == load(tmp_path / "pipeline.toml")(TEXT)
