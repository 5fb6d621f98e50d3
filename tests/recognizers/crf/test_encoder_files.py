"""The files of encoders: which are found, how they are read, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.recognizers.crf.encoders import table, write_encoder, write_safetensors

from livener.errors import InputError
from livener.recognizers.crf import WordVectors
from livener.recognizers.crf.encoder_files import encoder_files, read_embeddings, read_pieces

BYTE_LEVEL = ["the", "Ġthe", "Ã©t", "ĠcafÃ©", "Ċ", "Ġ", "<|endoftext|>", "<s>", "âĢ", "!"]
UNIGRAM = [["<unk>", 0.0], ["▁the", -1.0], ["ing", -2.0], ["▁", -3.0], ["▁<", -9.0], ["[CLS]", 0.0], ["<", -4.0]]


def write_tokenizer(path: Path, model: dict[str, Any], normaliser: Any = None) -> Path:
    path.write_text(json.dumps({"normalizer": normaliser, "model": model}), encoding="utf-8")
    return path


def test_pieces_of_the_three_kinds(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    words = {"[PAD]": 0, "[CLS]": 1, "the": 2, "##ing": 3, "[": 4, "!": 5}
    write_tokenizer(file, {"type": "WordPiece", "vocab": words})
    assert read_pieces(file) == ({2: "the", 3: "##ing", 4: "[", 5: "!"}, False)
    write_tokenizer(file, {"type": "BPE", "vocab": {piece: i for i, piece in enumerate(BYTE_LEVEL)}})
    assert read_pieces(file)[0] == {
        0: "##the",
        1: "the",
        2: "##ét",
        3: "café",
        4: "##\n",
        5: "",
        8: "##\ufffd",
        9: "##!",
    }
    write_tokenizer(file, {"type": "Unigram", "vocab": UNIGRAM})
    assert read_pieces(file)[0] == {1: "the", 2: "##ing", 3: "", 4: "<", 6: "##<"}


@pytest.mark.parametrize(
    ("normaliser", "lower"),
    [
        (None, False),
        ({"type": "BertNormalizer", "lowercase": True}, True),
        ({"type": "BertNormalizer", "lowercase": False}, False),
        ({"type": "Lowercase"}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFC"}]}, False),
    ],
)
def test_an_uncased_vocabulary_is_known_by_its_normaliser(tmp_path: Path, normaliser: Any, lower: bool) -> None:
    file = write_tokenizer(tmp_path / "t.json", {"type": "WordPiece", "vocab": {"the": 0}}, normaliser)
    assert read_pieces(file)[1] is lower


@pytest.mark.parametrize(
    "content", ['{"model": {"type": "WordLevel"}}', '{"model": {"vocab": {}}}', "{}", "[]", "{", ""]
)
def test_a_tokenizer_without_pieces_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        read_pieces(file)


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("name", ["embeddings.word_embeddings.weight", "model.embed_tokens.weight", "wte.weight"])
def test_embeddings_of_every_type(tmp_path: Path, dtype: str, name: str) -> None:
    values = table(5)
    raw = {
        "F32": values.tobytes(),
        "F16": values.astype(np.float16).tobytes(),
        "BF16": (values.view(np.uint32) >> 16).astype(np.uint16).tobytes(),
    }[dtype]
    file = tmp_path / "model.safetensors"
    write_safetensors(
        file, {"first": ("F32", (1, 2), bytes(8)), name: (dtype, (5, 6), raw), "last": ("F32", (1,), bytes(4))}
    )
    read = read_embeddings(file)
    assert read.dtype == np.float32
    assert read == pytest.approx(values, rel=1e-2)


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"position_embeddings.weight": ("F32", (1, 2), bytes(8))},
        {"wte.weight": ("I8", (1, 2), bytes(2))},
        {"wte.weight": ("F32", (3, 2), bytes(8))},
    ],
)
def test_weights_without_embeddings_are_refused(tmp_path: Path, tensors: dict[str, Any]) -> None:
    file = tmp_path / "model.safetensors"
    write_safetensors(file, tensors)
    with pytest.raises(InputError, match=r"model\.safetensors"):
        read_embeddings(file)


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff" * 100, b"\x02" + bytes(7) + b"[]", b"\x04" + bytes(7) + b"{..}"]
)
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.safetensors"):
        read_embeddings(file)


def test_a_folder_needs_both_files(tmp_path: Path) -> None:
    write_encoder(tmp_path, {"the": 0, "##ing": 1}, kind="WordPiece")
    assert encoder_files(str(tmp_path)) == (tmp_path / "model.safetensors", tmp_path / "tokenizer.json")
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"a folder with model.safetensors and tokenizer.json"):
        encoder_files(str(tmp_path))


@pytest.mark.parametrize("kind", ["WordPiece", "BPE", "Unigram"])
def test_vectors_of_every_kind_of_vocabulary(tmp_path: Path, kind: str) -> None:
    vocabulary: Any = {
        "WordPiece": {"[PAD]": 0, "un": 1, "##seen": 2, ".": 3},
        "BPE": {"<s>": 0, "Ġun": 1, "seen": 2, "Ċ": 3},
        "Unigram": [["<s>", 0.0], ["▁un", -1.0], ["seen", -2.0], ["▁.", -3.0]],
    }[kind]
    write_encoder(tmp_path, vocabulary, kind=kind)
    found = WordVectors.from_encoder(str(tmp_path), dimensions=2)
    assert [found.pieces[i] for i in found.split("unseen")] == ["un", "##seen"]
    assert np.linalg.norm(found.vectors(["unseen"])) == pytest.approx(4.0)
