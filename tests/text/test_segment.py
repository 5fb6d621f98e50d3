import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.text.strategies import texts

from livener.errors import InputError
from livener.text import Document, Normaliser, Segmenter, Sentence, tokenize

SEGMENTER = Segmenter()


def original_tokens(sentences: list[Sentence]) -> list[tuple[int, int]]:
    return [sentence.original(start, end) for sentence in sentences for start, end in sentence.tokens]


def assert_offsets_hold(document: Document, sentences: list[Sentence]) -> None:
    for sentence in sentences:
        assert all(0 <= start < end <= len(sentence.text) for start, end in sentence.tokens)
        for i, (start, _) in enumerate(sentence.tokens):
            for _, end in sentence.tokens[i : i + 3]:
                span = sentence.span(start, end, "X")
                assert span.text == document.text[span.start : span.end] != ""
    tokens = original_tokens(sentences)
    assert all(0 <= start < end <= len(document.text) for start, end in tokens)


@given(texts, st.sampled_from(["NFC", "NFKC", None]))
def test_offsets_hold_for_any_text(text: str, form: str) -> None:
    document = Document(text)
    sentences = Segmenter(Normaliser(unicode=form)).sentences(document)  # type: ignore[arg-type]
    assert_offsets_hold(document, sentences)
    assert all(end <= start for (_, end), (start, _) in pairwise(original_tokens(sentences)))


@given(texts, st.booleans(), st.integers(1, 9))
def test_given_tokens_and_sentences_are_respected(text: str, with_sentences: bool, width: int) -> None:
    tokens = tuple(tokenize(text))
    groups = [tokens[i : i + width] for i in range(0, len(tokens), width)]
    sentences = tuple((group[0][0], group[-1][1]) for group in groups) if with_sentences else None
    document = Document(text, tokens=tokens, sentences=sentences)
    found = SEGMENTER.sentences(document)
    assert_offsets_hold(document, found)
    assert tuple(original_tokens(found)) == tokens
    if with_sentences:
        assert [len(sentence.tokens) for sentence in found] == [len(group) for group in groups]


@given(texts)
def test_given_sentences_without_tokens(text: str) -> None:
    middle = len(text) // 2
    ranges = tuple((start, end) for start, end in ((0, middle), (middle, len(text))) if start < end)
    document = Document(text, sentences=ranges)
    found = SEGMENTER.sentences(document)
    assert_offsets_hold(document, found)
    assert len(found) <= len(ranges)


def test_given_tokens_are_seen_normalised() -> None:
    document = Document("It’s  caf\u00e9\u00ad!", tokens=((0, 4), (6, 10), (11, 12)))
    (sentence,) = SEGMENTER.sentences(document)
    assert sentence.words == ["It's", "café", "!"]


def test_a_token_that_would_vanish_leaves_the_document_as_it_is() -> None:
    document = Document("“a \u200b b”", tokens=((0, 2), (3, 4), (5, 7)))
    (sentence,) = SEGMENTER.sentences(document)
    assert sentence.words == ["“a", "\u200b", "b”"]


def test_pieces_of_one_original_character_are_one_token() -> None:
    (sentence,) = Segmenter(Normaliser(unicode="NFKC")).sentences(Document("add 1½ cups"))
    assert sentence.words == ["add", "11⁄2", "cups"]


def test_a_sentence_boundary_never_cuts_a_given_token() -> None:
    document = Document("It ended. Then rest. ", tokens=((0, 2), (3, 14), (15, 21)))
    (sentence,) = SEGMENTER.sentences(document)
    assert sentence.words == ["It", "ended. Then", "rest. "]


def test_a_token_across_given_sentences_is_refused() -> None:
    document = Document("one two", id="d1", tokens=((0, 7),), sentences=((0, 3), (4, 7)))
    with pytest.raises(InputError, match="document 'd1': token"):
        SEGMENTER.sentences(document)


def test_empty() -> None:
    assert SEGMENTER.sentences(Document("")) == []
    assert SEGMENTER.sentences(Document(" \u200b\n")) == []
    assert SEGMENTER.sentences(Document("a", tokens=(), sentences=())) == []


def test_settings_are_json_and_come_back() -> None:
    segmenter = Segmenter(Normaliser(unicode="NFKC", dashes=False))
    again = Segmenter.from_settings(json.loads(json.dumps(segmenter.settings())))
    assert again.normaliser == segmenter.normaliser
    assert again.settings() == segmenter.settings()


@pytest.mark.parametrize("settings", [{"tokens": "regex.v9"}, {"sentence": 1}, {"normaliser": {"quote": True}}])
def test_unknown_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match="unknown"):
        Segmenter.from_settings(settings)


def test_pickles_to_a_worker() -> None:
    again = pickle.loads(pickle.dumps(SEGMENTER))
    assert again.sentences(Document("A “b”."))[0].words == ["A", '"', "b", '"', "."]
