"""What the gate lets through, and what it says."""

import json
from pathlib import Path

import pytest
from tests.learning.project import EVERYTHING, NOW, Modelled, golden_document, new_project

from livener.errors import InputError
from livener.learning import gate, regressions
from livener.learning.judging import GateRules, Reading, judge, readable
from livener.store import Store
from livener.text import Document, Span


def failed(found: gate.Gate) -> list[str]:
    assert found.report is not None
    return [check["name"] for check in found.report["checks"] if not check["passed"]]


def promoted(modelled: Modelled, *words: str) -> None:
    number = modelled.add(*words).number
    modelled.gate(number)
    modelled.promote(number)


def test_the_first_model_has_nothing_to_be_worse_than(modelled: Modelled) -> None:
    found = modelled.gate(modelled.add("Acme").number)
    assert (found.passed, found.against, found.user) == (True, None, "lea")
    assert found.report is not None
    assert found.report["scores"]["strict"]["recall"] == 0.25
    assert {label: one["recall"] for label, one in found.report["scores"]["labels"].items() if one["recall"]} == {
        "ORG": 1.0
    }


def test_a_better_one_passes_and_the_report_says_what_changed(modelled: Modelled) -> None:
    promoted(modelled, "Acme", "Ada")
    found = modelled.gate(modelled.add("Acme", "Ada", "Oslo").number)
    assert (found.passed, found.against, found.reasons) == (True, 1, ())
    report = found.report
    assert report is not None
    assert report["overall"]["difference"] > 0
    assert report["changed"]["documents"] == 40
    text = golden_document(0).text
    start = text.index("Oslo")
    assert next(one for one in report["changed"]["shown"] if one["id"] == "g0")["spans"] == [
        {"start": start, "end": start + 4, "label": "GPE", "text": "Oslo", "what": "found"}
        | {"left": text[:start], "right": "."}
    ]
    assert "found   …0: Ada and Zoë of Acme flew to [Oslo]GPE.…" in report["text"]
    with modelled.store.reading() as session:
        assert gate.get(session, 1, found.id) == found
        assert [one.id for one in gate.reports(session, 1)] == [2, 1]
        assert [one.id for one in gate.reports(session, 1, before=2)] == [1]
        with pytest.raises(InputError):
            gate.get(session, 2, found.id)


def test_a_worse_one_is_rejected_with_reasons(modelled: Modelled) -> None:
    promoted(modelled, *EVERYTHING)
    found = modelled.gate(modelled.add("Acme", "Oslo", "Ada").number)
    assert failed(found) == ["f1", "labels"]
    assert [one.partition(":")[0] for one in found.reasons] == ["f1", "labels"]
    assert found.report is not None
    assert found.report["text"].startswith("REJECTED: 40 documents")
    assert {one["what"] for shown in found.report["changed"]["shown"] for one in shown["spans"]} == {"lost"}


def test_calibration_that_worsens_is_rejected(modelled: Modelled) -> None:
    promoted(modelled, *EVERYTHING)
    found = modelled.gate(modelled.add(*EVERYTHING, score=0.3).number)
    assert failed(found) == ["calibration"]
    assert found.report is not None
    assert found.report["calibration"]["difference"] == pytest.approx(0.6)
    assert found.report["changed"]["documents"] == 0


@pytest.mark.parametrize(("needed", "passes"), [(1e12, False), (1.0, True)])
def test_speed_that_the_profile_needs(store: Store, tmp_path: Path, needed: float, passes: bool) -> None:
    new_project(store, {"gate": {"sentences_per_second": needed}})
    modelled = Modelled(store, tmp_path)
    modelled.golden()
    assert modelled.gate(modelled.add("Acme").number).passed == passes


def test_an_example_that_must_pass(modelled: Modelled) -> None:
    number = modelled.add("Acme", "Ada").number
    text = "Ada sold Acme to Zoë."
    asked = Document(text, spans=(Span(17, 20, "PER"),), negatives=(Span(9, 13, "ORG"),))
    with modelled.store.writing() as session:
        first = regressions.add(session, 1, asked, note="the incident of May", by=1, now=NOW)
        assert (first.user, first.document.spans[0].text) == ("lea", "Zoë")
    found = modelled.gate(number)
    assert failed(found) == ["must_pass"]
    assert found.report is not None
    (example,) = found.report["must_pass"]["failed"]
    assert [[span["text"] for span in example[side]] for side in ("missing", "forbidden")] == [["Zoë"], ["Acme"]]
    assert "missing  [17, 20) PER 'Zoë'" in found.report["text"]
    with modelled.store.writing() as session:
        regressions.end(session, 1, first.id)
        assert regressions.listed(session, 1) == []
        with pytest.raises(InputError):
            regressions.end(session, 1, first.id)
    assert modelled.gate(number).passed


def test_examples_that_ask_for_nothing_or_for_both(modelled: Modelled) -> None:
    span = (Span(0, 3, "PER"),)
    for wrong in (Document("Ada."), Document("Ada.", spans=span, negatives=span)):
        with pytest.raises(InputError), modelled.store.writing() as session:
            regressions.add(session, 1, wrong, now=NOW)


def test_nothing_to_judge_with(store: Store, tmp_path: Path) -> None:
    new_project(store, {"gate": {"drop": 2}})
    modelled = Modelled(store, tmp_path)
    modelled.add("Acme")
    with pytest.raises(InputError, match=r"gate\.drop"):
        modelled.gate(1)
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE projects SET settings = '{}'")
    with pytest.raises(InputError, match="no golden set"):
        modelled.gate(1)


def reading(spans: list[tuple[Span, ...]]) -> Reading:
    return Reading(spans, 1000.0)


def test_the_drop_that_a_project_allows() -> None:
    gold = [golden_document(number) for number in range(50)]  # 200 spans
    right = [document.spans for document in gold]
    for lost, passes in ((7, True), (9, False)):  # F1 0.982 and 0.977
        worse = [spans[1:] if number < lost else spans for number, spans in enumerate(right)]
        report = judge(gold, reading(worse), reading(right), rules=GateRules(support=1000))
        assert report["passed"] == passes
        json.dumps(report, allow_nan=False)


def test_a_label_with_enough_support_is_judged_alone() -> None:
    gold = [golden_document(number) for number in range(400)]  # a fall of 1.3 points in all, and of 5 for ORG
    right = [document.spans for document in gold]
    worse = [spans[1:] if number < 20 else spans for number, spans in enumerate(right)]
    names = [
        [check["name"] for check in report["checks"] if not check["passed"]]
        for support in (20, 401)
        for report in [judge(gold, reading(worse), reading(right), rules=GateRules(support=support))]
    ]
    assert names == [["labels"], []]


def test_chance_among_many_labels_is_no_reason() -> None:
    """One label of 40 that alone would be worse at p < 0.05: six documents lost it."""
    labels = [f"L{number}" for number in range(40)]
    text = " ".join(labels)
    spans = tuple(Span(text.index(label), text.index(label) + len(label), label) for label in labels)
    gold = [Document(text, f"d{number}", spans=spans) for number in range(100)]
    right = [document.spans for document in gold]
    worse = [found[:-1] if number < 7 else found for number, found in enumerate(right)]
    report = judge(gold, reading(worse), reading(right), rules=GateRules())
    assert report["per_label"]["L39"]["verdict"] == "a"
    assert report["passed"], readable(report)


def test_noise_in_calibration_is_no_reason() -> None:
    """Four documents, one of which was right by luck: nobody can tell."""
    span = (Span(0, 4, "ORG", 0.5),)
    gold = [Document("Acme", f"d{number}", spans=span if number < 2 else ()) for number in range(4)]
    report = judge(
        gold, reading([span] * 4), reading([span, span, (), span]), rules=GateRules(drop=1.0, calibration=0.0)
    )
    assert report["passed"], readable(report)


def test_a_candidate_that_gives_no_scores_any_more() -> None:
    gold = [golden_document(number) for number in range(30)]
    bare = [document.spans for document in gold]
    scored = [tuple(Span(one.start, one.end, one.label, 0.9) for one in spans) for spans in bare]
    report = judge(gold, reading(bare), reading(scored), rules=GateRules())
    assert [check["name"] for check in report["checks"] if not check["passed"]] == ["calibration"]
    assert judge(gold, reading(scored), reading(bare), rules=GateRules())["passed"]
