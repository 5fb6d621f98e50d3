"""What every stage keeps to, whatever spans it is given."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.spans import batch_of, documents

from livener.pipeline import Batch, Stage, registry
from livener.pipeline.domains import train
from livener.pipeline.stages import consistency
from livener.pipeline.stages.acronyms import Acronyms
from livener.pipeline.stages.boundaries import Join, Trim, Valid
from livener.pipeline.stages.consistency import Consistency
from livener.pipeline.stages.domain import DomainGate
from livener.pipeline.stages.gate import Gate
from livener.pipeline.stages.numbers import RULES, Numbers
from livener.pipeline.stages.recognise import Recognise
from livener.pipeline.stages.redact import Redact
from livener.pipeline.stages.segmentation import Normalise, Split, Tokenise
from livener.pipeline.stages.selection import Overlaps, Thresholds
from livener.pipeline.stages.terms import Listed, Override
from livener.recognizers.registry import get
from livener.text import Document

_TERMS = "term,label,id\nAcme,ORG,Q1\nAda Byron,PER,Q2\nByron,GPE,Q3\nIRS,ORG,Q4\n中国,GPE,Q5\n5,GPE,\n"
_ACRONYMS = """
[[acronym]]
acronym = "IRS"
label = "GPE"
id = "Q7"

[[acronym]]
acronym = "PER"
label = "ORG"
context = ["Byron"]
"""
Make = Callable[[Path], Stage]
STAGES: dict[str, Make] = {
    "normalise": lambda _: Normalise(),
    "gate": lambda _: Gate(languages=("en",), words=("the", "and")),
    "domain": lambda folder: DomainGate(folder / "domains", refuse=("unknown",)),
    "split": lambda _: Split(),
    "lines": lambda _: Split(by="lines"),
    "nothing": lambda _: Split(by="nothing"),
    "tokenise": lambda _: Tokenise(),
    "recognise": lambda _: Recognise().with_engines([get("patterns")()]),
    "recognise, domains": lambda _: Recognise(domains=("law",)).with_engines([get("patterns")()]),
    "snap": lambda _: Valid(),
    "drop": lambda _: Valid(repair="drop"),
    "join": lambda _: Join(),
    "trim": lambda _: Trim(),
    "trim, exclude": lambda _: Trim(articles="exclude", titles="exclude", suffixes="exclude"),
    "trim, include": lambda _: Trim(articles="exclude", titles="include", suffixes="include", people=("PER", "ORG")),
    "trim, keep": lambda _: Trim(quotes=False, possessives="keep"),
    "override": lambda folder: Override(terms=(folder / "terms.csv",)),
    "veto": lambda folder: Listed(terms=(folder / "terms.csv",)),
    "vote": lambda folder: Listed(terms=(folder / "terms.csv",), policy="vote", score=0.5),
    "acronyms": lambda folder: Acronyms(tables=(folder / "acronyms.toml",)),
    "definitions": lambda _: Acronyms(),
    "numbers": lambda _: Numbers(rules=RULES),
    "consistency": lambda _: Consistency(),
    "consistency, surest": lambda _: Consistency(score=0.0, people=("PER", "GPE")),
    "longest": lambda _: Overlaps(),
    "score": lambda _: Overlaps(policy="score"),
    "priority": lambda _: Overlaps(policy="priority", priority=("GPE", "crf")),
    "nested": lambda _: Overlaps(policy="nested"),
    "thresholds": lambda _: Thresholds(default=0.5, labels={"PER": 0.8}),
    "placeholder": lambda _: Redact(),
    "pseudonym": lambda _: Redact(by="pseudonym", labels=("PER",)),
}
FLAT = ("longest", "score", "priority", "placeholder")
# What one stage assigns the other does not read.
COMMUTING = [
    ("thresholds", "snap"),
    ("thresholds", "drop"),
    ("thresholds", "veto"),
    ("veto", "drop"),
    ("acronyms", "normalise"),
]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    os.environ["LIVENER_REDACT_KEY"] = "secret"
    folder = tmp_path_factory.mktemp("lists")
    (folder / "terms.csv").write_text(_TERMS, encoding="utf-8")
    (folder / "acronyms.toml").write_text(_ACRONYMS, encoding="utf-8")
    train({"law": ["The Lessee shall indemnify the Lessor."] * 20}).save(folder / "domains")
    made = {name: make(folder) for name, make in STAGES.items()}
    del os.environ["LIVENER_REDACT_KEY"]
    return made


def assert_valid(batch: Batch) -> None:
    for document, spans in zip(batch.documents, batch.spans, strict=True):
        Document(document.text, spans=tuple(spans))  # refuses what is not inside, or not its slice of the text
        assert not any(span.text == "" for span in spans if span.source not in ("crf", None))


def test_every_stage_is_here(stages: dict[str, Stage]) -> None:
    # `link` needs a knowledge base: tests/linking holds it to the same.
    assert {stage.name for stage in stages.values()} == {
        registry.get(name).name for name in registry.BUILT_IN if name != "link"
    }


@pytest.mark.parametrize("name", STAGES)
@given(st.lists(documents(), min_size=1, max_size=2))
def test_it_makes_no_invalid_span_and_is_idempotent(
    name: str, stages: dict[str, Stage], given_: list[Document]
) -> None:
    stage = stages[name]
    batch = batch_of(*given_)
    once = stage(batch)
    assert len(once.documents) == len(once.spans) == len(given_)
    assert_valid(once)
    if name in FLAT:
        for spans in once.spans:
            assert all(a.end <= b.start for a, b in pairwise(spans))
    again = stage(once)
    assert again.spans == once.spans
    assert again.documents == once.documents
    assert [text for text, _ in again.texts] == [text for text, _ in once.texts]
    assert (again.ranges, again.notes) == (once.ranges, once.notes)
    assert stage(batch).spans == once.spans, "a pure function"


@pytest.mark.parametrize("name", STAGES)
@given(st.lists(documents(), min_size=2, max_size=4))
def test_documents_of_a_batch_know_nothing_of_each_other(
    name: str, stages: dict[str, Stage], given_: list[Document]
) -> None:
    together = stages[name](batch_of(*given_))
    for i, document in enumerate(given_):
        alone = stages[name](batch_of(document))
        assert (alone.documents[0].text, alone.spans[0]) == (together.documents[i].text, together.spans[i])


@pytest.mark.parametrize(("one", "other"), COMMUTING)
@given(documents())
def test_the_order_of_stages_that_commute_does_not_matter(
    one: str, other: str, stages: dict[str, Stage], document: Document
) -> None:
    a, b = stages[one], stages[other]
    batch = batch_of(document)
    assert a(b(batch)).spans == b(a(batch)).spans


@given(documents())
def test_consistency_looks_for_few_forms_and_for_many_alike(document: Document) -> None:
    batch = batch_of(document)
    with pytest.MonkeyPatch.context() as patch:
        few = Consistency(score=0.0)(batch).spans
        patch.setattr(consistency, "_FEW", 0)
        assert Consistency(score=0.0)(batch).spans == few


@given(st.lists(st.sampled_from(sorted(STAGES)), max_size=8), documents())
def test_stages_in_any_order_make_no_invalid_span(
    stages: dict[str, Stage], names: list[str], document: Document
) -> None:
    batch = batch_of(document)
    for name in names:
        stage = stages[name]
        if name in ("normalise", "gate", "split", "lines", "nothing", "tokenise", "recognise"):
            continue
        if any(not getattr(batch, field) for field in stage.requires & {"texts", "sentences"}):
            continue
        batch = stage(batch)
        assert_valid(batch)
