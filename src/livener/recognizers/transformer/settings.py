"""The settings of the transformer."""

import math
from dataclasses import dataclass
from typing import ClassVar

from livener.recognizers.neural.settings import NeuralSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSettings(NeuralSettings):
    """Settings of the transformer; the defaults are meant for the offline encoder.

    ``encoder``: ``"offline"``, a folder or package with ``model.safetensors`` and ``tokenizer.json``, or
    ``"owner/name"`` on the hub. ``word_case`` adds what case a word is written in to the embeddings of its pieces;
    by default where the tokenizer lower-cases. Sentences of more than ``window`` pieces are read in windows that
    share ``overlap`` pieces. ``context`` words of the document are shown on either side of a sentence.
    ``layer_decay`` is by how much each lower layer learns more slowly; the head and the word case learn ``head_rate``
    times as fast; the embeddings and the first ``frozen_layers`` layers do not learn at all where that is not 0.
    ``masking`` is the share of pieces that are blanked at random in training, so that context counts. ``lora_rank``
    trains adapters of that rank instead of the weights. ``new_pieces`` are words that the tokenizer cuts and should
    not: they become pieces of their own, whose embeddings are trained.
    """

    RANGES: ClassVar[str] = (
        NeuralSettings.RANGES + "; 0 <= overlap < window; 16 <= window; 0 < layer_decay <= 1; "
        "head_rate > 0; 0 <= masking < 1; context, frozen_layers, lora_rank >= 0"
    )

    encoder: str = "offline"
    word_case: bool | None = None
    window: int = 256
    overlap: int = 64
    context: int = 0
    layer_decay: float = 1.0
    head_rate: float = 1.0
    masking: float = 0.0
    frozen_layers: int = 0
    lora_rank: int = 0
    new_pieces: tuple[str, ...] = ()

    @property
    def in_range(self) -> bool:
        """Whether the values are within ``RANGES``."""
        return (
            super(TransformerSettings, self).in_range  # with slots there is no implicit class
            and 0 <= self.overlap < self.window >= 16
            and 0 < self.layer_decay <= 1
            and 0 < self.head_rate < math.inf
            and 0 <= self.masking < 1
            and min(self.context, self.frozen_layers, self.lora_rank) >= 0
        )
