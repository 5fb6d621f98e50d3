"""Encoders small enough to train in a second, and their checkpoints."""

import json
import re
import string
from pathlib import Path
from typing import Any

import pytest

# The samples' words, so that a handful of sentences is enough to learn them.
WORDS = re.findall(
    "[a-z]+",
    "joined in last week mr sued opened a plant near he said that left the weather was fine and nothing happened ann "
    "lee jordan hale may brown ada king emile "
    "zola acme corp shell apple inc delta ltd oslo cairo lodz lima paris to by",
)


def wordpiece(*, lower: bool = True) -> bytes:
    """A tokenizer.json with the words of the samples, single letters and digits."""
    pytest.importorskip("tokenizers", reason="needs the extra onnx")
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = [*string.ascii_letters, *string.digits, *string.punctuation]
    words = WORDS if lower else [*WORDS, *(word.title() for word in WORDS)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + one for one in letters), *words]
    numbers = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer.to_str().encode()


def encoder(folder: Path, *, lower: bool = True, tags: dict[int, str] | None = None, **changes: Any) -> Path:
    """A folder with an untrained BERT of two layers; with ``tags`` one for token classification."""
    torch = pytest.importorskip("torch", reason="needs the extra neural")
    transformers = pytest.importorskip("transformers", reason="needs the extra neural")
    folder.mkdir(parents=True, exist_ok=True)
    source = wordpiece(lower=lower)
    (folder / "tokenizer.json").write_bytes(source)
    settings = {
        "vocab_size": len(json.loads(source)["model"]["vocab"]),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 130,
    }
    config = transformers.BertConfig(**settings | changes)
    kind = transformers.BertModel
    if tags is not None:
        config.id2label, config.label2id = tags, {tag: i for i, tag in tags.items()}
        kind = transformers.BertForTokenClassification
    with torch.random.fork_rng():
        torch.manual_seed(1)
        kind(config).save_pretrained(folder)
    return folder


def tiny(folder: Path, **more: Any) -> dict[str, Any]:
    """Settings that train a tiny encoder on the samples."""
    return {
        "encoder": str(encoder(folder)),
        "epochs": 6,
        "rate": 5e-3,
        "batch": 256,
        "window": 64,
        "overlap": 16,
        **more,
    }
