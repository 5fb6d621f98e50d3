"""What is found wrong, or odd, in annotated documents."""

from dataclasses import replace

import numpy as np
import pytest
from tests.recognizers.samples import marked

from livener.datasets.doubts import doubts
from livener.datasets.quality import FAULTS, REMARKS, Finding, check
from livener.errors import InputError
from livener.text import Document, Span


def kinds(*documents: Document, **options) -> list[tuple[str, str]]:
    return [(one.kind, one.document) for one in check(documents, **options) if one.kind != "rare label"]


def one(text: str, *spans: tuple[int, int, str], id: str = "d") -> Document:
    return Document(text, id, spans=tuple(Span(*span) for span in spans))


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (one("Ann left Oslo .", (0, 4, "PER")), "white space"),
        (one("Ann left Oslo .", (0, 2, "PER")), "inside a token"),
        (one("Ann left. Bob came.", (4, 13, "PER")), "over sentences"),
        (one("the Ann Lee Inc", (4, 11, "PER"), (8, 15, "ORG")), "crossing"),
        (one("Ann left", (0, 3, "PER"), (0, 3, "ORG")), "doubled"),
        (one(" \n"), "empty"),
    ],
)
def test_one_fault_is_found_and_the_same_document_without_it_is_sound(document: Document, kind: str) -> None:
    assert kinds(document) == [(kind, "d")]
    assert kinds(replace(document, spans=document.spans[:0])) == ([("empty", "d")] if kind == "empty" else [])


def test_sound_spans_are_no_faults() -> None:
    nested = one("the Court of Delaware ruled 🎉", (4, 21, "COURT"), (13, 21, "GPE"))
    assert kinds(nested, marked("[Ann Lee](PER) met [Zoë](PER) .")) == []


def test_copies_agree_or_conflict() -> None:
    first, same = marked("[Ann](PER) met Ann .", id="a"), marked("[ANN](PER)  met Ann .", id="b")
    other = marked("Ann met [Ann](PER) .", id="c")
    partly = Document("Ann met Ann .", "d", complete=False)
    assert kinds(first, first, same) == [("copies", "a"), ("copies", "b")]
    assert kinds(first, other) == [("conflicting copies", "c")]
    assert kinds(first, partly) == []


def test_leaks_are_told_whatever_their_case_and_spacing() -> None:
    data, held = marked("[Ann](PER) left .", id="a"), Document("ann  LEFT .")
    assert kinds(data, marked("He left ."), against=[held]) == [("leaks", "a")]


def test_a_form_marked_everywhere_else() -> None:
    verbs = ("rose", "fell", "left", "won", "lost", "split", "sold", "paid", "hired")
    usual = [marked(f"[Acme](ORG) {verb} .", id=verb) for verb in verbs]
    found = check([*usual, marked("Later Acme won again .", id="x"), marked("Acmes are many .", id="y")])
    assert [(f.kind, f.document, f.span) for f in found if f.kind != "rare label"] == [
        ("not marked", "x", Span(6, 10, "ORG"))
    ]
    partly = Document("Later Acme won again .", "x", complete=False)
    assert kinds(*usual, partly) == []
    assert kinds(*usual, marked("[Acme](PER) won twice .", id="z")) == [("other label", "z")]
    assert kinds(*usual[:4], marked("Later Acme won again .", id="x")) == [], "four are no rule"
    assert kinds(*usual, *(marked(f"Acme {n} won .", id="x") for n in "abc")) == [], (
        "three of twelve are no exception"
    )


def test_edges_lengths_and_rare_labels() -> None:
    usual = [marked(f"[Firm{n}](ORG) rose .", id=f"u{n}") for n in range(99)]
    assert kinds(*usual, Document("Firm, rose", "p", spans=(Span(0, 5, "ORG"),))) == [("punctuation", "p")]
    dotted = [marked(f"[Firm{n} Inc.](ORG) rose", id=f"u{n}") for n in range(99)]
    assert kinds(*dotted) == [], "what most have is no oddity"
    long = " ".join(["Firm"] * 30)
    assert kinds(*usual, Document(long, "l", spans=(Span(0, len(long), "ORG"),))) == [("long", "l")]
    rare = [f for f in check([marked("[A](X) b", id="r"), *usual]) if f.kind == "rare label"]
    assert [(f.document, f.fault) for f in rare] == [("r", False)]
    assert "X has 1 of at least 10" in rare[0].message


def test_faults_come_first() -> None:
    found = check([marked("[A](X) b"), one("Ann left", (0, 2, "PER"))])
    assert [f.fault for f in found] == sorted((f.fault for f in found), reverse=True)
    assert not FAULTS.keys() & REMARKS.keys()
    assert Finding("leaks", "a", None, "").fault


def test_a_model_doubts_what_people_got_wrong() -> None:
    rng = np.random.default_rng(0)
    people, firms, verbs = (
        ("Ann Lee", "May King", "Bob Ross"),
        ("Acme", "Shell", "Zenith"),
        ("sued", "left", "joined"),
    )
    parts = [[str(rng.choice(each)) for each in (people, firms, verbs)] for _ in range(150)]
    texts = [f"On day {i} [{who}](PER) {did} [{firm}](ORG) ." for i, (who, firm, did) in enumerate(parts)]
    good = [marked(text, id=f"d{i}") for i, text in enumerate(texts)]
    text = good[0].text
    missed = replace(good[0], spans=good[0].spans[1:], text=f"{text} !")
    wrong_label = replace(good[2], spans=tuple(replace(span, label="PER") for span in good[2].spans))
    data = [missed, good[1], wrong_label, *good[3:]]
    found = doubts(data, folds=4)
    at = {(one.document, one.span.start, one.span.end) for one in found if one.span}
    assert (missed.id, good[0].spans[0].start, good[0].spans[0].end) in at
    assert any(document == wrong_label.id for document, _, _ in at)
    assert len({document for document, _, _ in at} - {missed.id, wrong_label.id}) <= 3
    assert all(one.kind == "doubted" for one in found)
    assert found == doubts(data, folds=4)


def test_too_little_for_doubts() -> None:
    with pytest.raises(InputError, match="too little"):
        doubts([marked("[Ann](PER) left .")] * 9)
