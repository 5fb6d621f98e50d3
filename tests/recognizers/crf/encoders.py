"""The files of an encoder, made by hand."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np


def write_safetensors(path: Path, tensors: dict[str, tuple[str, tuple[int, ...], bytes]]) -> None:
    """Source: the safetensors format, https://huggingface.co/docs/safetensors."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + body)


def table(count: int, width: int = 6) -> Any:
    return np.random.default_rng(count).normal(size=(count, width)).astype(np.float32)


def write_encoder(folder: Path, vocabulary: Any, *, kind: str, lower: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = table(len(vocabulary))
    name = "bert.embeddings.word_embeddings.weight"
    noise = table(3)
    write_safetensors(
        folder / "model.safetensors",
        {"other.weight": ("F32", noise.shape, noise.tobytes()), name: ("F32", values.shape, values.tobytes())},
    )
    normaliser = {"type": "BertNormalizer", "lowercase": lower}
    tokenizer = {"normalizer": normaliser, "model": {"type": kind, "vocab": vocabulary}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
