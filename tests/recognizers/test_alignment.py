"""Gold spans on tokens: what fits is known, what does not fit is unknown and never called wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recognizers.samples import marked, sentences
from tests.text.strategies import texts

from livener.errors import InputError
from livener.recognizers.alignment import TokenGold, align, align_both
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

COURT = Document(
    "the Court of Delaware ruled", "c1", spans=(Span(4, 21, "COURT"), Span(13, 21, "GPE"), Span(22, 27, "X"))
)


def one(document: Document, **options: str) -> TokenGold:
    (gold,) = align(sentences(document), **options)  # type: ignore[arg-type]
    return gold


def test_spans_on_token_boundaries_are_known() -> None:
    assert one(marked("[Ann Lee](PER) left [Oslo](LOC)")) == TokenGold([(0, 2, "PER"), (3, 4, "LOC")], [], [], True)


@pytest.mark.parametrize(
    ("start", "end", "unknown"), [(0, 6, [0, 1]), (1, 7, [0, 1]), (5, 6, [1]), (0, 8, [0, 1]), (2, 9, [0, 1, 2])]
)
def test_spans_off_token_boundaries_are_unknown(start: int, end: int, unknown: list[int]) -> None:
    gold = one(Document("Ann Lee left", spans=(Span(start, end, "PER"),)))
    assert gold == TokenGold([], [], unknown, True, lost=1)


def test_a_span_over_the_end_of_a_sentence_is_unknown_in_both() -> None:
    document = Document("He met Ann. Lee left. So it goes.", spans=(Span(7, 15, "PER"),))
    first, second, third = align(sentences(document))
    assert (first.spans, first.unknown, second.spans, second.unknown) == ([], [2, 3], [], [0])
    assert third == TokenGold([], [], [], True)


def test_the_spans_of_each_sentence_are_its_own() -> None:
    documents = [marked("[Ann](PER) left. [Bob](PER) stayed."), marked("Nobody left."), marked("[Eve](PER) came.")]
    golds = align(sentences(*documents))
    assert [gold.spans for gold in golds] == [[(0, 1, "PER")], [(0, 1, "PER")], [], [(0, 1, "PER")]]


def test_answers_of_a_reviewer_are_partial() -> None:
    document = Document(
        "Ann met Bob in May",
        spans=(Span(0, 3, "PER"),),
        negatives=(Span(15, 18, "PER"), Span(8, 11, "LOC"), Span(8, 12, "PER")),
        complete=False,
    )
    assert one(document) == TokenGold([(0, 1, "PER")], [(2, 3, "LOC"), (4, 5, "PER")], [], False)


def test_labels_that_nobody_looked_for_are_open() -> None:
    document = Document("Ann met Bob", spans=(Span(0, 3, "PER"),), unasked=("LAW",))
    assert one(document) == TokenGold([(0, 1, "PER")], [], [], True, open=frozenset({"LAW"}))
    new = sentences(Document("Acme rose", spans=(Span(0, 4, "ORG"),)))
    _, (more,) = align_both(new, sentences(document), overlaps="error", open_replay=True)
    assert more.open == {"LAW", "ORG"}


def test_of_a_partial_document_all_is_known_in_known_ranges() -> None:
    spans = (Span(0, 3, "PER"), Span(15, 18, "DATE"))
    document = Document("Ann met Bob in May 🎉", spans=spans, complete=False, known=((4, 11), (19, 20)))
    assert one(document) == TokenGold([(0, 1, "PER"), (4, 5, "DATE")], [], [3], True)
    half = Document("Ann met Bob", complete=False, known=((0, 2), (4, 6), (6, 7)))
    assert one(half).unknown == [0, 1, 2], "a token is known when one range holds all of it"


@given(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_known_tokens_are_those_in_ranges_or_spans(in_ranges: set[int], in_spans: set[int]) -> None:
    text = "a b c d e f g h i j k l"
    known = tuple((2 * t, 2 * t + 1) for t in sorted(in_ranges))
    spans = tuple(Span(2 * t, 2 * t + 1, "X") for t in sorted(in_spans))
    document = Document(text, spans=spans, complete=False, known=known)
    parts = [
        Sentence(text[a:b], [(i, i + 1) for i in range(0, b - a, 2)], document, a) for a, b in ((0, 11), (12, 23))
    ]
    golds = align(parts)
    if not known:
        assert [gold.complete for gold in golds] == [False, False]
        return
    found = [t + 6 * i for i, gold in enumerate(golds) for t in gold.unknown]
    assert found == sorted({*range(12)} - in_ranges - in_spans)


@pytest.mark.parametrize(
    ("overlaps", "expected"),
    [("outermost", [(1, 4, "COURT"), (4, 5, "X")]), ("innermost", [(3, 4, "GPE"), (4, 5, "X")])],
)
def test_nested_spans_by_choice(overlaps: str, expected: list[tuple[int, int, str]]) -> None:
    assert one(COURT, overlaps=overlaps).spans == expected


def test_nested_spans_are_refused_by_default_with_place_and_choice() -> None:
    with pytest.raises(InputError, match=r"document 'c1'.*\[4, 21\) COURT and \[13, 21\) GPE.*overlaps=outermost"):
        one(COURT)


ranges = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=6)


@given(texts, ranges, st.sampled_from(["outermost", "innermost"]))
def test_known_spans_are_those_of_the_text_and_the_rest_is_unknown(
    text: str, ranges: list[tuple[int, int]], overlaps: str
) -> None:
    spans = tuple(Span(a, a + n, "X") for a, n in ranges if a + n <= len(text))
    found = Segmenter().sentences(Document(text, spans=spans))
    for sentence, gold in zip(found, align(found, overlaps=overlaps), strict=True):  # type: ignore[arg-type]
        covered = [t for start, end, _ in gold.spans for t in range(start, end)]
        assert covered == sorted(set(covered))
        assert not set(covered) & set(gold.unknown)
        for start, end, label in gold.spans:
            tokens = sentence.tokens
            assert sentence.span(tokens[start][0], tokens[end - 1][1], label) in spans
        if len(spans) == 1:  # then a token is touched by it, and known or unknown, or is not
            touched = [t for t, token in enumerate(sentence.tokens) if sentence.span(*token, "X").overlaps(spans[0])]
            assert sorted(covered + gold.unknown) == touched
