"""A draft in memory: what it makes of labels that came later."""

import pytest

from livener.loop import draft as drafts
from livener.loop.draft import Draft
from livener.loop.rules import LiveRules
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter, Span

PEOPLE = ("Ada", "Kay", "Grace", "Alan", "Edsger", "Barbara")
DRUGS = ("aspirin", "codeine", "heparin", "insulin")
RULES = LiveRules()


def said(person: str, drug: str, *labels: str) -> Document:
    text = f"{person} took {drug} ."
    spans = (Span(0, len(person), "PER"), Span(text.index(drug), text.index(drug) + len(drug), "DRUG"))
    return Document(text, spans=tuple(span for span in spans if span.label in labels))


@pytest.mark.parametrize("base", [None, 1])
def test_what_was_annotated_before_a_label_came_says_nothing_of_it(base: int | None) -> None:
    """The old documents hold drugs that nobody marked: learned again, they must not unlearn the label."""
    old = [said(person, drug, "PER") for person in PEOPLE for drug in DRUGS]
    crf = Crf.create({})
    crf.fit([one for each in old for one in Segmenter().sentences(each)], [])
    draft = Draft(Pipeline(crf), base, 0, fitted=10_000)
    draft._keep([one for each in old for one in Segmenter().sentences(each)])
    draft.learn([said(person, "aspirin", "PER", "DRUG") for person in PEOPLE[:3]], RULES)
    if base is None:
        draft.fitted = 0  # the next step trains from the beginning
    for person in PEOPLE:
        draft.learn([Document(f"{person} left .", spans=(Span(0, len(person), "PER"),))], RULES)
    unasked = [one.document.unasked for one in draft.pool]
    assert unasked == [("DRUG",)] * len(old) + [()] * (3 + len(PEOPLE))
    found = [draft.pipeline(said(person, "aspirin")).spans for person in PEOPLE]
    assert [sorted(span.label for span in spans) for spans in found] == [["DRUG", "PER"]] * len(PEOPLE)


def test_a_pool_that_is_cut_knows_still_what_is_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_POOL", 10)
    old = [said(person, DRUGS[0], "PER") for person in PEOPLE]
    draft = Draft(Pipeline(Crf.create({})), None, 0)
    draft._keep([one for each in old for one in Segmenter().sentences(each)])
    draft._fit()
    draft.base = 1
    for person in PEOPLE:
        draft.learn([said(person, "codeine", "PER", "DRUG")], RULES)
    marked = ["DRUG" in {span.label for span in one.document.spans} for one in draft.pool]
    assert [one.document.unasked == ("DRUG",) for one in draft.pool] == [not one for one in marked]
    assert len(marked) == 10
