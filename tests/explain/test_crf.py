"""Explanations add up to what the model computes."""

import numpy as np
import pytest

from livener.explain import explain_spans, transitions
from livener.recognizers.crf import Crf
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

TEXT = "Mr. Jordan Hale flew to Jordan ."


def sentences(*documents: Document) -> list[Sentence]:
    segment = Segmenter().sentences
    return [sentence for document in documents for sentence in segment(document)]


@pytest.fixture(scope="module", params=["BIO", "BIOES"])
def crf(request: pytest.FixtureRequest) -> Crf:
    model = Crf.create({"scheme": request.param})
    people = [
        Document(f"Mr. {name} left .", spans=(Span(4, 4 + len(name), "PER"),)) for name in ("Ann Lee", "Jordan Hale")
    ]
    places = [
        Document(f"He flew to {name} .", spans=(Span(11, 11 + len(name), "LOC"),)) for name in ("Oslo", "Jordan")
    ]
    model.fit(sentences(*people, *places), [])
    return model


def test_contributions_add_up_to_the_emissions(crf: Crf) -> None:
    (sentence,) = sentences(Document(TEXT))
    x, _ = crf.emissions([sentence])
    explained = explain_spans(crf, sentence)
    assert [(one.span.text, one.span.label) for one in explained] == [("Jordan Hale", "PER"), ("Jordan", "LOC")]
    assert [one.span for one in explained] == crf.predict([sentence])[0]
    for one, (start, end) in zip(explained, [(1, 3), (5, 6)], strict=True):
        tags = crf.tagset.roles(end - start, one.span.label)
        expected = sum(x[t, tag] - x[t, 0] + crf.bias for t, tag in zip(range(start, end), tags, strict=True))
        assert sum(part.weight for part in one.contributions) == pytest.approx(expected, abs=1e-4)
        weights = [abs(part.weight) for part in one.contributions]
        assert weights == sorted(weights, reverse=True)


def test_places_are_counted_from_the_span(crf: Crf) -> None:
    (sentence,) = sentences(Document(TEXT))
    person, place = explain_spans(crf, sentence)
    around = {(-2, ""), (-1, "Mr."), (0, "Jordan"), (0, "Hale"), (1, "flew"), (2, "to")}
    assert {(part.place, part.word) for part in person.contributions} <= around
    assert {(-1, "to"), (0, "Jordan"), (1, ".")} <= {(part.place, part.word) for part in place.contributions}
    assert any(part.feature == "w=mr." and part.place == -1 for part in person.contributions)
    assert ("sentence begins", -2, "") in {(part.feature, part.place, part.word) for part in person.contributions}
    assert all(part.feature.isprintable() for part in (*person.contributions, *place.contributions))


def test_transitions_name_what_training_never_showed(crf: Crf) -> None:
    found = transitions(crf)
    begin = found.tags.index("B-PER")
    forbidden = found.tags.index("I-LOC")
    assert found.weights[begin, forbidden] == -np.inf
    assert ("B-PER", "B-PER") in found.unseen or crf.settings.scheme == "BIOES"
    assert all(found.counts[found.tags.index(a), found.tags.index(b)] == 0 for a, b in found.unseen)
    assert ("O", "O") not in found.unseen
    assert ("B-PER", "I-LOC") not in found.unseen
