"""What is made from documents, and what of it is let through."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recognizers.samples import marked

from livener.datasets import augmentation
from livener.datasets.augmentation import Inspection, back_translated, filled, names_of, other_names, translator
from livener.datasets.splits import text_key
from livener.errors import InputError
from livener.text import Document, Segmenter, Span

NAMES = {
    "PER": ["Ann", "Émile Zola", "Dr. Kim 🚀", "O'Neil-Ruiz"],
    "ORG": ["Acme", "Shell Oil Co."],
    "LOC": ["Łódź", "東京"],
}
PIECES = st.one_of(
    st.sampled_from(["he said", "a", "an", "🎉", "in", ", and", ".", "\n", "é", "x y  z"]).map(
        lambda text: (text, None)
    ),
    st.tuples(
        st.sampled_from(["Bob", "ACME LTD", "Oslo", "The Hague"]), st.sampled_from(["PER", "ORG", "LOC", "MISC"])
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text, spans = "", []
    for piece, label in draw(st.lists(PIECES, max_size=8)):
        start = len(text)
        text += f"{piece} "
        if label:
            spans.append(Span(start, start + len(piece), label))
    bare = Document(text)
    tokens = (
        tuple(s.original(*t) for s in Segmenter().sentences(bare) for t in s.tokens) if draw(st.booleans()) else None
    )
    return Document(text, "d", {"k": 1}, tuple(spans), tokens)


def outside(document: Document) -> list[str]:
    """The text between the spans."""
    edges = [0, *(edge for span in document.spans for edge in (span.start, span.end)), len(document.text)]
    return [document.text[a:b] for a, b in pairwise(edges)][::2]


@given(documents(), st.integers(0, 99), st.sampled_from([0.0, 0.5, 1.0]))
def test_other_names_change_names_and_nothing_else(document: Document, seed: int, share: float) -> None:
    made = list(other_names([document], NAMES, rng=np.random.default_rng(seed), share=share, copies=2))
    assert len(made) == (2 if document.spans else 0)
    for one in made:
        assert outside(one) == outside(document)
        assert [span.label for span in one.spans] == [span.label for span in document.spans]
        for before, after in zip(document.spans, one.spans, strict=True):
            known = [*NAMES.get(before.label, []), before.text]
            assert after.text in {*known, *(name.upper() for name in known)}
            if share == 1.0 and before.label in NAMES:
                assert after.text != before.text
        assert share or one.text == document.text
        assert one.meta == {"k": 1, "augmented": {"by": "names", "from": "d"}}
        if document.tokens is not None:
            assert one.tokens is not None
            assert [text for text in outside(one) if text.strip()] == [t for t in outside(document) if t.strip()]
            inside = [[one.text[a:b] for a, b in one.tokens if s.start <= a and b <= s.end] for s in one.spans]
            assert all("".join(words) == "".join(s.text.split()) for words, s in zip(inside, one.spans, strict=True))
            words = ["".join(one.text[a:b] for a, b in one.tokens)]
            assert words == ["".join(one.text.split())]


@given(documents(), st.integers(0, 99))
def test_what_is_let_through_is_sound(document: Document, seed: int) -> None:
    inspection = Inspection.of([document])
    made = list(other_names([document], NAMES, rng=np.random.default_rng(seed), share=1.0, copies=4))
    through = list(inspection(made))
    assert len(through) + inspection.rejected.total() == len(made)
    keys = [text_key(one.text) for one in through]
    assert len({*keys, text_key(document.text)}) == len(keys) + 1
    for one in through:
        tokens = [[s.original(*t) for t in s.tokens] for s in Segmenter().sentences(one)]
        for span in one.spans:
            assert any(span.start in {a for a, _ in those} and span.end in {b for _, b in those} for those in tokens)


def test_capitals_stay_capitals_and_nested_spans_are_left_alone() -> None:
    made = list(other_names([marked("[BOBBY](PER) left")], {"PER": ["Ann"]}, rng=np.random.default_rng(0), share=1.0))
    assert made[0].text == "ANN left"
    nested = Document("Bank of Oslo", spans=(Span(0, 12, "ORG"), Span(8, 12, "LOC")))
    partly = Document("Bob left", spans=(Span(0, 3, "PER"),), complete=False)
    assert list(other_names([nested, partly], NAMES, rng=np.random.default_rng(0))) == []


def test_templates() -> None:
    made = list(filled(["{PER} of {ORG} left {LOC}."], NAMES, rng=np.random.default_rng(0), copies=20))
    assert len({one.text for one in made}) > 10
    for one in made:
        assert [span.label for span in one.spans] == ["PER", "ORG", "LOC"]
        assert all(span.text in NAMES[span.label] for span in one.spans)
    for wrong, message in (("nobody left", "no place"), ("{DATE} came", "no names for 'DATE'")):
        with pytest.raises(InputError, match=message):
            list(filled([wrong], NAMES, rng=np.random.default_rng(0)))


def test_translation_keeps_entities_or_the_document_is_left_out() -> None:
    given = [
        marked("[Ann](PER) met [Bob](PER) in [Oslo](LOC) .", id="a"),
        marked("[Ann](PER) lost [Bob](PER) .", id="b"),
        marked("[Ann](PER) doubled [Bob](PER) .", id="c"),
    ]

    def there(texts):
        return [text.replace("met", "traf") for text in texts]

    def back(texts):
        changed = [text.replace("traf", "came across") for text in texts]
        changed = [text.replace("lost [[1]]", "lost") for text in changed]
        return [text.replace("doubled [[1]]", "[[1]] and [[1]]") for text in changed]

    made = list(back_translated(given, there, back))
    assert [(one.id, one.text) for one in made] == [("a+back", "Ann came across Bob in Oslo .")]
    assert [(span.text, span.label) for span in made[0].spans] == [("Ann", "PER"), ("Bob", "PER"), ("Oslo", "LOC")]

    def swapped(texts):
        return ["in [[2]] [[1]] was met by [[0]]" for _ in texts]

    (made_again,) = back_translated(given[:1], there, swapped)
    assert [span.text for span in made_again.spans] == ["Oslo", "Bob", "Ann"]


def test_labels_that_nobody_looked_for_stay_so() -> None:
    given = replace(marked("[Bob](PER) left .", id="a"), unasked=("LAW",))
    (renamed,) = other_names([given], {"PER": ["Ann"]}, rng=np.random.default_rng(0), share=1.0)
    (translated,) = back_translated([given], lambda texts: texts, lambda texts: [one + " so" for one in texts])
    assert (renamed.unasked, translated.unasked) == (("LAW",), ("LAW",))


def test_reasons_to_leave_out() -> None:
    held = [Document("He left. Ann met Bob.")]
    inspection = Inspection.of([marked("[Bob](PER) came .")], excluded=held)
    candidates = [
        marked("bob  CAME ."),
        marked("[Ann](PER) met [Bob](PER)."),  # a sentence of what must not come out
        marked("an [Bob](PER) came"),
        marked("a [Ann](PER) came"),
        marked("An [Ann](PER) came, and a [US](LOC) one"),
        Document("Bobby sang .", spans=(Span(0, 3, "PER"),)),
        marked("[Ann](PER) came ."),
        marked("[Ann](PER) came ."),
    ]
    assert [one.text for one in inspection(candidates)] == ["An Ann came, and a US one", "Ann came ."]
    assert inspection.rejected == {"copy": 3, "article": 2, "boundary": 1}


def test_a_model_may_object() -> None:
    def model(score: float, *spans: tuple[int, int, str]):
        return lambda document: document.with_spans(tuple(Span(*span, score) for span in spans))

    made = [marked("[Ann Lee](PER) left .")]
    for predicted, score, through in (
        ((0, 7, "ORG"), 0.99, False),
        ((0, 3, "PER"), 0.99, False),
        ((0, 7, "ORG"), 0.6, True),
        ((0, 7, "PER"), 0.99, True),
        ((8, 12, "ORG"), 0.99, True),
    ):
        inspection = Inspection.of([], model=model(score, predicted))
        assert bool(list(inspection(made))) is through, predicted
        assert inspection.rejected["contradicted"] == (not through)


def test_names_are_those_of_the_spans() -> None:
    assert names_of([marked("[Bob](PER) met [Ann](PER) in [Rio](LOC)")]) == {"LOC": ["Rio"], "PER": ["Ann", "Bob"]}


def test_translators_come_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "mirror"

        def load(self):
            return list, list

    monkeypatch.setattr(augmentation, "entry_points", lambda group: [Point()] if "translators" in group else [])
    assert translator("mirror") == (list, list)
    with pytest.raises(InputError, match="no translator 'mirro'"):
        translator("mirro")
