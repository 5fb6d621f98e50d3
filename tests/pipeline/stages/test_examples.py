"""What each stage does to a text."""

from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.spans import after, batch_of, marked

from livener.errors import InputError
from livener.pipeline.stages.acronyms import Acronyms
from livener.pipeline.stages.boundaries import Join, Trim, Valid
from livener.pipeline.stages.consistency import Consistency
from livener.pipeline.stages.gate import Gate
from livener.pipeline.stages.numbers import RULES, Numbers
from livener.pipeline.stages.recognise import Recognise
from livener.pipeline.stages.redact import Redact
from livener.pipeline.stages.selection import Overlaps, Thresholds
from livener.pipeline.stages.terms import Listed, Override
from livener.text import Document, Sentence, Span

TRIM: list[tuple[dict[str, Any], str, str]] = [
    ({}, "the [“Acme”](ORG), [ (UK) ](GPE)", "the “[Acme](ORG)”,  ([UK](GPE)) "),
    ({}, "[Acme (UK)](ORG) and [Acme (UK](ORG) and [(UK) Acme](ORG)", "=[Acme (UK)](ORG) and [Acme (UK](ORG) and ["),
    ({}, "[Acme's](ORG) and [James’](PER) and [Jones'](PER)", "[Acme](ORG)'s and [James](PER)’ and [Jones](PER)'"),
    ({"possessives": "keep"}, "[Acme's](ORG)", "[Acme's](ORG)"),
    ({"quotes": False}, "[“Acme”, ](ORG)", "[“Acme”](ORG), "),
    ({"articles": "exclude"}, "[The Acme](ORG), [A](PER)", "The [Acme](ORG), [A](PER)"),
    ({"titles": "exclude"}, "[Dr. Mr. Ada](PER) of [Dr. Oetker](ORG)", "Dr. Mr. [Ada](PER) of [Dr. Oetker](ORG)"),
    ({"titles": "include"}, "Prof. Dr. [Ada](PER), XDr. [Bo](PER)", "[Prof. Dr. Ada](PER), XDr. [Bo](PER)"),
    ({"suffixes": "exclude"}, "[Acme Corp., Inc.](ORG), [Co. Inc](GPE)", "[Acme](ORG) Corp., Inc., [Co. Inc](GPE)"),
    ({"suffixes": "include"}, "[Acme](ORG), Inc. [Foo](ORG) Income", "[Acme, Inc.](ORG) [Foo](ORG) Income"),
    ({}, "[”, “](ORG)!", "”, “!"),
]


@pytest.mark.parametrize(("settings", "text", "expected"), TRIM)
def test_trim(settings: dict[str, Any], text: str, expected: str) -> None:
    found = after(Trim(**settings), text)
    assert found.startswith(expected[1:]) if expected.startswith("=") else found == expected


def test_trim_keeps_the_surer_of_two_that_become_equal() -> None:
    batch = batch_of(Document("“Acme”", spans=(Span(0, 5, "ORG", 0.4), Span(1, 6, "ORG", 0.9))))
    assert Trim()(batch).spans == [(Span(1, 5, "ORG", 0.9),)]


@pytest.mark.parametrize(
    ("stage", "text", "expected"),
    [
        (Valid(), "A[da By](PER)ron le[f](PER)t", "[Ada Byron](PER) [left](PER)"),
        (Valid(), "Ada left[ ](PER)Oslo. [Bo was. He](PER) is", "Ada left Oslo. Bo was. He is"),
        (Valid(repair="drop"), "A[da By](PER)ron [left](PER)", "Ada Byron [left](PER)"),
        (Valid(), "soft\u00ad[ly](PER) &a[mp](PER);", "[soft\u00adly](PER) [&amp;](PER)"),
        (Join(), "[New](GPE) [York](GPE), [AT](ORG)&[T](ORG) [Inc](PER)", "[New York](GPE), [AT&T](ORG) [Inc](PER)"),
        (
            Join(gaps=("-",)),
            "[New](GPE) [York](GPE) [a](GPE)-[b](GPE)",
            "[New](GPE) [York](GPE) [a-b](GPE)",
        ),
        (Join(labels=("PER",)), "[New](GPE) [York](GPE)", "[New](GPE) [York](GPE)"),
        (Numbers(rules=RULES), "5 °C, 3 km, 1,000.5 kg, 2 ml, 3 acres, 5-year-old", None),
        (Numbers(rules=("AGE",)), "[12](DATE) years old, x5 years old", "[12 years old](AGE), x5 years old"),
        (Numbers(rules=("AGE",)), "[now 12 years old](DATE)", "[now 12 years old](DATE)"),
        (
            Numbers(rename={"REFERENCE": "LAW"}),
            "§§ 5(a), § 7 para 2.",
            "[§§ 5(a)](LAW), [§ 7 para 2](LAW).",
        ),
        (Numbers(rules=()), "5 kg", "5 kg"),
        (
            Consistency(),
            "[Ada Byron](PER), Byrons, Byron: Ada Byron",
            "[Ada Byron](PER), Byrons, [Byron](PER): [Ada Byron](PER)",
        ),
        (Consistency(), "Byron, then [Ada Byron](PER)", "Byron, then [Ada Byron](PER)"),
        (Consistency(short_forms=False), "[Ada Byron](PER), Byron", "[Ada Byron](PER), Byron"),
        (Consistency(), "[Ada](PER 0.4), Ada", "[Ada](PER), Ada"),
        (Consistency(), "[Paris](PER 0.8), [Paris](GPE 0.9), Paris", "[Paris](PER), [Paris](GPE), [Paris](GPE)"),
        (Consistency(labels=("ORG",)), "[Ada](PER), Ada", "[Ada](PER), Ada"),
        (
            Acronyms(),
            "[Internal Revenue](ORG) (IR). IRs IR",
            "[Internal Revenue](ORG) ([IR](ORG)). IRs [IR](ORG)",
        ),
        (
            Acronyms(),
            "[Acme](ORG) (IRS); [World Bank](ORG) (“WB”)",
            "[Acme](ORG) (IRS); [World Bank](ORG) (“[WB](ORG)”)",
        ),
        (Acronyms(definitions=False), "[World Bank](ORG) (WB)", "[World Bank](ORG) (WB)"),
        (Thresholds(default=0.5, labels={"GPE": 0.9}), "[a](PER 0.5) [b](PER 0.4) [c](GPE 0.8)", "[a](PER) b c"),
        (Redact(), "[Ada](PER), [Ada](PER) of [Oslo](GPE)", "[[PER]](PER), [[PER]](PER) of [[GPE]](GPE)"),
        (Redact(labels=("GPE",)), "[Ada](PER) of [Oslo](GPE)!", "[Ada](PER) of [[GPE]](GPE)!"),
    ],
)
def test_a_stage(stage: Any, text: str, expected: str | None) -> None:
    found = after(stage, text)
    if expected is None:
        assert found == (
            "[5 °C](TEMPERATURE), [3 km](LENGTH), [1,000.5 kg](WEIGHT), [2 ml](VOLUME), [3 acres](AREA), "
            "[5-year-old](AGE)"
        )
    else:
        assert found == expected


NESTED = (Span(0, 20, "A", 0.5), Span(0, 5, "B", 0.9), Span(3, 9, "C", 0.95), Span(0, 5, "B", 0.1))


@pytest.mark.parametrize(
    ("stage", "labels"),
    [
        (Overlaps(), "A"),
        (Overlaps(policy="score"), "C"),
        (Overlaps(policy="priority", priority=("B", "A")), "B"),
        (Overlaps(policy="nested"), "AC"),
    ],
)
def test_overlaps(stage: Overlaps, labels: str) -> None:
    batch = batch_of(Document("x" * 30, spans=NESTED))
    assert "".join(span.label for span in stage(batch).spans[0]) == labels


def test_many_overlapping_spans_take_no_quadratic_time() -> None:
    spans = tuple(Span(i, i + 2, "A", 0.5) for i in range(30_000))
    batch = batch_of(Document("x" * 30_001, spans=spans))
    assert len(Overlaps()(batch).spans[0]) == 15_000


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text("term,label,id\nNew York,GPE,Q60\nIT,ORG,Q1\nLincoln,GPE,\n", encoding="utf-8")
    return tmp_path / "t.csv"


def test_override_wins_but_for_parts_of_longer_names(terms: Path) -> None:
    stage = Override(terms=(terms,))
    text = "[New York](ORG) [York](PER) to New York or [New York Times](ORG); [in new](PER) york"
    assert after(stage, text) == (
        "[New York](GPE) [York](PER) to [New York](GPE) or [New York Times](ORG); in [new york](GPE)"
    )
    (span,) = stage(batch_of(Document("New York"))).spans[0]
    assert (span.kb_id, span.score, span.source) == ("Q60", 0.99, "override")


def test_override_looks_within_sentences(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("term,label\nRose York,PER\nYork,GPE\n", encoding="utf-8")
    # As one name over a border is none, it does not hide the one behind the border.
    assert after(Override(terms=(tmp_path / "t.csv",)), "She rose.\n\nYork fell.") == "She rose.\n\n[York](GPE) fell."
    assert after(Override(terms=(tmp_path / "t.csv",)), "A rose\n\nYork fell.") == "A rose\n\n[York](GPE) fell."


def test_a_list_vetoes(terms: Path) -> None:
    text = "[New York](GPE) [New York](ORG) [it](ORG) [IT](ORG)"
    assert after(Listed(terms=(terms,)), text) == "New York [New York](ORG) [it](ORG) IT"
    terms.write_text("term,label\nmonday,*\n")
    assert after(Listed(terms=(terms,)), "[Monday](GPE) [Tuesday](ORG)") == "Monday [Tuesday](ORG)"


def test_a_list_votes(terms: Path) -> None:
    stage = Listed(terms=(terms,), policy="vote", score=0.7)
    spans = stage(
        batch_of(marked("[new york](GPE 0.5) [Lincoln](PER 0.6) [Lincoln](PER 0.8) [Oslo](GPE 0.1)"))
    ).spans[0]
    assert [(span.label, span.score, span.kb_id) for span in spans] == [
        ("GPE", 0.7, "Q60"),
        ("GPE", 0.7, None),
        ("PER", 0.8, None),
        ("GPE", 0.1, None),
    ]


def test_acronyms_by_table_and_context(tmp_path: Path) -> None:
    table = tmp_path / "a.toml"
    table.write_text(
        "[[acronym]]\nacronym = 'IRS'\nlabel = 'AGENCY'\nid = 'Q973587'\ncontext = ['tax', 'audit']\n"
        "[[acronym]]\nacronym = 'IRS'\nlabel = 'SYSTEM'\ncontext = ['reference', 'frame', 'earth']\n"
        "[[acronym]]\nacronym = 'WHO'\nlabel = 'AGENCY'\n"
    )
    stage = Acronyms(tables=(table,))
    assert after(stage, "The tax of the IRS. WHO's") == "The tax of the [IRS](AGENCY). [WHO](AGENCY)'s"
    assert after(stage, "A frame in the earth's IRS") == "A frame in the earth's [IRS](SYSTEM)"
    assert after(stage, "the IRS, who, IRSX") == "the IRS, who, IRSX"
    assert after(stage, "tax [WHO tax](ORG) [IRS](ORG)") == "tax [WHO tax](ORG) [IRS](AGENCY)"
    defined = "[Indian Railway Service](ORG 0.6) (IRS), a tax on IRS"
    assert after(stage, defined).count("[IRS](ORG)") == 2
    for wrong, message in (
        ("x = 1", "not a table"),
        ("[[acronym]]\nacronym='A'", "not an acronym"),
        ("[[acronym]]\nacronym=' '\nlabel='A'", "a word"),
        ("[[acronym]]\nacronym='A'\nlabel='A'\ncontexts=['a']", "'context'"),
        ("[", "not TOML"),
    ):
        table.write_text(wrong)
        with pytest.raises(InputError, match=message):
            Acronyms(tables=(table,))


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("The cat is on the mat and that was it.", ""),
        ("Le chat est dans la maison et les souris ne sont pas là.", "language fr"),
        ("Acme Corp. 2024", ""),
        ("Договор был подписан сторонами", "language other"),
        ("", ""),
    ],
)
def test_the_gate_knows_languages(text: str, refused: str) -> None:
    notes = Gate(languages=("en",))(batch_of(Document(text))).notes
    assert notes.get(0, {}).get("gate", "") == refused


def test_the_gate_knows_the_domain() -> None:
    gate = Gate(words=("Lease", "tenant", "rent"), least=2)
    found = gate(batch_of(Document("A lease of the TENANT."), Document("A lease, a lease, a leaser.")))
    assert found.notes == {1: {"gate": "domain: 1 of its words"}}
    assert found.texts[1] == ("", None)
    with pytest.raises(InputError, match="unknown language 'xx'"):
        Gate(languages=("xx",))


def test_pseudonyms_are_stable_and_need_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="LIVENER_REDACT_KEY"):
        Redact(by="pseudonym")
    monkeypatch.setenv("LIVENER_REDACT_KEY", "one")
    texts = [after(Redact(by="pseudonym"), text) for text in ("[Ada](PER)", "to [ADA](PER)", "[Ada](GPE)")]
    assert texts[1] == f"to {texts[0]}"
    assert texts[2] != texts[0]
    monkeypatch.setenv("LIVENER_REDACT_KEY", "two")
    assert after(Redact(by="pseudonym"), "[Ada](PER)") != texts[0]


def test_a_redacted_document_tells_nothing_of_what_it_was() -> None:
    document = Document("Ada X", spans=(Span(0, 3, "PER", 0.9, "crf", "Q7259"),), tokens=((0, 3), (4, 5)))
    batch = Redact()(batch_of(document))
    assert batch.documents[0] == Document("[PER] X")
    assert batch.spans == [(Span(0, 5, "PER", 0.9, "crf"),)]
    assert not batch.sentences
    assert not batch.texts


class Says:
    """An engine that says always the same."""

    name = "says.v1"

    def __init__(self, *spans: Span) -> None:
        self._spans = list(spans)
        self.labels = tuple(sorted({span.label for span in spans}))

    def predict(self, sentences: list[Sentence]) -> list[list[Span]]:
        return [self._spans for _ in sentences]


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        ("priority", ["A0.5", "C0.3"]),
        ("score", ["B0.9", "C0.3"]),
        ("longest", ["B0.9", "C0.3"]),
        ("union", ["A0.5", "A0.8", "B0.9", "C0.3"]),
        ("vote", ["A0.65"]),
    ],
)
def test_engines_are_merged(merge: Any, expected: list[str]) -> None:
    one, two = Says(Span(0, 3, "A", 0.5)), Says(Span(0, 8, "B", 0.9), Span(9, 12, "C", 0.3))
    stage = Recognise(merge=merge).with_engines([one, two, Says(Span(0, 3, "A", 0.8))])  # type: ignore[list-item]
    found = stage(batch_of(Document("Ada Byron left"))).spans[0]
    assert sorted(f"{span.label}{span.score}" for span in found) == expected
    assert stage.labels_given == {"A", "B", "C"}
