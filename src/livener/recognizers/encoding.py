"""Texts as vectors, by the encoder that is there without a network. Needs the extra ``neural``."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import MissingDependencyError
from livener.recognizers.crf.encoder_files import encoder_files

_BATCH = 64
_LONGEST = 128  # pieces that the encoder reads of a text


def encoded(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """The mean of what the offline MiniLM makes of the pieces of each text, brought to length 1 (n, 384).

    About 200 sentences a second on one core.

    Raises:
        MissingDependencyError: without the extra ``neural``.

    >>> encoded(["The bank lends money.", "He scored twice."]).shape
    (2, 384)
    """
    tokenizer, model, torch = _encoder()
    out = np.zeros((len(texts), model.config.hidden_size))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for at in range(0, len(order), _BATCH):
        batch = order[at : at + _BATCH]
        inputs = tokenizer(
            [texts[i] for i in batch], padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][:, :, None]
        out[batch] = ((hidden * mask).sum(1) / mask.sum(1).clamp(min=1)).numpy()
    lengths: npt.NDArray[np.float64] = np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return np.asarray(out / lengths)


@lru_cache(maxsize=1)
def _encoder() -> tuple[Any, Any, Any]:
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError:
        raise MissingDependencyError("transformers", extra="neural", need="the encoder") from None
    folder = encoder_files("offline")[0].parent
    model = AutoModel.from_pretrained(folder)
    model.eval()
    return AutoTokenizer.from_pretrained(folder), model, torch
