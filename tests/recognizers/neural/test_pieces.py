"""Words become pieces, each on its own."""

import json
import pickle

import pytest
from tests.recognizers.neural.encoders import wordpiece

from livener.errors import InputError
from livener.recognizers.neural.pieces import Pieces


def test_words_are_cut_as_the_tokenizer_cuts_them() -> None:
    pieces = Pieces(wordpiece())
    [oslo, new] = pieces(["Oslo", "Oslot"])
    assert pieces.texts(oslo) == ["oslo"]
    assert pieces.texts(new) == ["oslo", "##t"]
    assert (oslo.case, new.case) == (2, 2)
    assert pieces.lowers
    assert not Pieces(wordpiece(lower=False)).lowers
    assert (pieces.prefix, pieces.suffix) == ([2], [3])


@pytest.mark.parametrize("word", ["\u200b", "\x00", "東京", "🙂", "x" * 500_000, "1." * 250_000])
def test_every_word_has_a_piece_and_none_has_very_many(word: str) -> None:
    [found] = Pieces(wordpiece())([word])
    assert 1 <= len(found.ids) <= 48


def test_a_pickled_tokenizer_is_the_same() -> None:
    pieces = Pieces(wordpiece())
    assert pickle.loads(pickle.dumps(pieces))(["Oslo"]) == pieces(["Oslo"])


def test_byte_level_pieces_are_those_of_a_word_inside_a_text() -> None:
    tokenizers = pytest.importorskip("tokenizers", reason="needs the extra onnx")
    letters = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    numbers = {piece: i for i, piece in enumerate([*sorted(letters), "ĠO", "ĠOs"])}
    model = tokenizers.models.BPE(numbers, [("Ġ", "O"), ("ĠO", "s")])
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces = Pieces(tokenizer.to_str().encode())
    assert pieces.texts(pieces(["Oslo"])[0]) == ["ĠOs", "l", "o"]


def test_where_text_is_split_before_it_becomes_bytes_a_space_is_put_before_words_all_the_same() -> None:
    tokenizers = pytest.importorskip("tokenizers", reason="needs the extra onnx")
    before = tokenizers.pre_tokenizers
    numbers = {piece: i for i, piece in enumerate([*sorted(before.ByteLevel.alphabet()), "ĠO", "ĠOs", "'s"])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(numbers, [("Ġ", "O"), ("ĠO", "s"), ("'", "s")]))
    split = before.Split(tokenizers.Regex("'s| ?[a-zA-Z]+"), "isolated")
    tokenizer.pre_tokenizer = before.Sequence([split, before.ByteLevel(add_prefix_space=False, use_regex=False)])
    pieces = Pieces(tokenizer.to_str().encode())
    assert pieces.texts(pieces(["Os's"])[0]) == ["ĠOs", "'s"]
    assert pieces.fingerprint == Pieces(tokenizer.to_str(pretty=True).encode()).fingerprint


@pytest.mark.parametrize("source", [b"", b"{}", b"\xff", json.dumps({"model": {"type": "Odd"}}).encode()])
def test_what_is_no_tokenizer_is_refused(source: bytes) -> None:
    with pytest.raises(InputError, match="not a tokenizer"):
        Pieces(source)
