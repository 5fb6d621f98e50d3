"""Encoders of other architectures, untrained and tiny, each with a tokenizer of the kind that it has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.recognizers.neural.encoders import WORDS, wordpiece
from tests.recognizers.samples import news

_SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
}


def byte_level() -> bytes:
    """Byte-level BPE, as RoBERTa has it: a word inside a text begins with a space."""
    tokenizers = pytest.importorskip("tokenizers", reason="needs the extra onnx")
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=special,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.post_processor = tokenizers.processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=False
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    source: str = tokenizer.to_str()
    return source.encode()


def unigram(*names: str) -> bytes:
    """Pieces with their probabilities, as XLM-R and DeBERTa have them, with the special pieces of these names."""
    tokenizers = pytest.importorskip("tokenizers", reason="needs the extra onnx")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(prepend_scheme="first")
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=160, special_tokens=list(names), unk_token=names[3], show_progress=False
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    first, last = names[0], names[2]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, 0), (last, 2)]
    )
    source: str = tokenizer.to_str()
    return source.encode()


def _texts() -> list[str]:
    return [" " + text for text in (*(one.text for one in news(60)), *WORDS) for _ in range(2)]


_ROBERTA: dict[str, Any] = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
ARCHITECTURES: dict[str, tuple[str, Callable[[], bytes], dict[str, Any]]] = {
    "roberta": ("Roberta", byte_level, _SIZES | _ROBERTA),
    "xlm-r": ("XLMRoberta", lambda: unigram("<s>", "<pad>", "</s>", "<unk>", "<mask>"), _SIZES | _ROBERTA),
    "deberta-v2": (
        "DebertaV2",
        lambda: unigram("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"),
        _SIZES | {"pad_token_id": 1, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    ),
    "deberta-v3": (
        "DebertaV2",
        lambda: unigram("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"),
        _SIZES
        | {
            "pad_token_id": 1,
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "position_buckets": 32,
            "position_biased_input": False,
            "type_vocab_size": 0,
        },
    ),
    "modernbert": (
        "ModernBert",
        byte_level,
        _SIZES
        | {
            "pad_token_id": 1,
            "bos_token_id": 0,
            "eos_token_id": 2,
            "cls_token_id": 0,
            "sep_token_id": 2,
            "local_attention": 16,
            "global_attn_every_n_layers": 2,
        },
    ),
    "distilbert": (
        "DistilBert",
        wordpiece,
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": 130},
    ),
    "longformer": ("Longformer", byte_level, _SIZES | _ROBERTA | {"attention_window": [16, 16]}),
}


def architecture(name: str, folder: Path) -> Path:
    """A folder with an untrained encoder of that architecture and its tokenizer."""
    torch = pytest.importorskip("torch", reason="needs the extra neural")
    transformers = pytest.importorskip("transformers", reason="needs the extra neural")
    tokenizers = pytest.importorskip("tokenizers", reason="needs the extra onnx")
    family, tokenizer, settings = ARCHITECTURES[name]
    source = tokenizer()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_bytes(source)
    size = tokenizers.Tokenizer.from_str(source.decode()).get_vocab_size()
    config = getattr(transformers, f"{family}Config")(vocab_size=size, **settings)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        getattr(transformers, f"{family}Model")(config).save_pretrained(folder)
    return folder
