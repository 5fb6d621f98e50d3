"""Spans made by a document or a sentence are spans like any other."""

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from livener.errors import InputError
from livener.text import Document, Sentence, Span

DOCUMENT = Document("Apple rose.", spans=(Span(0, 5, "ORG", 0.5, "crf", "Q312"),))
SENTENCE = Sentence(DOCUMENT.text, [(0, 5), (6, 10), (10, 11)], DOCUMENT)


@pytest.mark.parametrize("made", [DOCUMENT.spans[0], SENTENCE.span(0, 5, "ORG", 0.5, "crf", "Q312")])
def test_a_span_that_was_made_here_is_a_span(made: Span) -> None:
    given = Span(0, 5, "ORG", 0.5, "crf", "Q312", "Apple")
    assert type(made) is Span
    assert (made, made.text, hash(made), repr(made)) == (given, given.text, hash(given), repr(given))
    assert pickle.loads(pickle.dumps(made)) == replace(made) == given
    with pytest.raises(FrozenInstanceError):
        made.start = 1  # type: ignore[misc]


def test_a_predicted_document_is_a_document() -> None:
    given = Document("Apple rose.", "n1", {"a": 1}, tokens=((0, 5), (6, 11)), sentences=((0, 11),), complete=False)
    made = given.predicted((Span(0, 5, "ORG"),), {"pipeline": "v"})
    same = Document("Apple rose.", "n1", {"pipeline": "v"}, (Span(0, 5, "ORG"),), given.tokens, given.sentences)
    assert type(made) is Document
    assert (made, repr(made), made.spans[0].text) == (same, repr(same), "Apple")
    assert pickle.loads(pickle.dumps(made)) == replace(made) == same
    with pytest.raises(InputError, match="not inside"):
        given.predicted((Span(0, 50, "ORG"),), {})
    with pytest.raises(FrozenInstanceError):
        made.text = ""  # type: ignore[misc]
