"""Holding out, fingerprints, and counting."""

import pytest

from livener.datasets import fingerprint, hold_out, statistics
from livener.errors import InputError
from livener.text import Document, Span


def test_hold_out_goes_by_text_and_nothing_else() -> None:
    texts = [f"Text {n % 40}." for n in range(80)]  # every text twice
    documents = [Document(text, id=str(n)) for n, text in enumerate(texts)]
    rest, held = hold_out(documents)
    assert len(held) == 8
    assert not {document.text for document in rest} & {document.text for document in held}
    assert sorted([*rest, *held], key=lambda one: int(one.id)) == documents
    again = hold_out(list(reversed(documents)))[1]
    assert sorted(document.id for document in again) == sorted(document.id for document in held)


def test_hold_out_gives_each_side_something() -> None:
    assert [len(part) for part in hold_out([Document("a"), Document("b")])] == [1, 1]
    for documents in ([], [Document("a")], [Document("a"), Document("a")]):
        with pytest.raises(InputError, match="held out"):
            hold_out(documents)


def test_a_fingerprint_sees_texts_labels_and_order_only() -> None:
    one = Document("Ada left", id="x", spans=(Span(0, 3, "PER", 0.9),))
    same = Document("Ada left", id="y", spans=(Span(0, 3, "PER"),))
    assert fingerprint([one]) == fingerprint([same])
    others = [Document("Ada left"), Document("Ada left", spans=(Span(0, 3, "ORG"),))]
    assert len({fingerprint(found) for found in ([one], [one, one], *([other] for other in others), [])}) == 5


def test_statistics_by_hand() -> None:
    court = Document(
        "Supreme Court of Delaware\nIt ruled.",
        spans=(Span(0, 25, "COURT"), Span(17, 25, "GPE")),
        sentences=((0, 25), (26, 35)),
        tokens=((0, 7), (8, 13), (14, 16), (17, 25), (26, 28), (29, 34), (34, 35)),
    )
    river = Document("Delaware", spans=(Span(0, 8, "RIVER"),), complete=False)
    found = statistics([court, river])
    assert (found.documents, found.sentences, found.tokens, found.spans) == (2, 3, 8, 3)
    assert (found.empty_sentences, found.nested, found.partial_documents) == (1, 1, 1)
    assert found.labels["COURT"].mean_tokens == 4.0
    assert found.ambiguous == {"Delaware": {"GPE": 1, "RIVER": 1}}
    assert statistics([]).as_dict()["labels"] == {}
