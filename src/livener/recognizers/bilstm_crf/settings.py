"""The settings of the BiLSTM-CRF."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from livener.recognizers.neural.settings import NeuralSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BilstmCrfSettings(NeuralSettings):
    """Settings of the BiLSTM-CRF; the defaults are meant to be left alone.

    ``vectors``: static word vectors beside those that are learned: ``"offline"``, an encoder's folder or package, or
    ``None``. ``words`` and ``characters`` are the widths of what is learned of a word and of its letters, ``hidden``
    that of the LSTM in each direction. Sentences of more than ``window`` words are read in windows that share
    ``overlap`` words.
    """

    RANGES: ClassVar[str] = (
        NeuralSettings.RANGES + "; 0 <= overlap < window; window >= 16; words, characters, hidden >= 1"
    )

    head: Literal["softmax", "crf"] = "crf"
    epochs: int = 20
    patience: int = 4
    rate: float = 2e-3
    warmup: float = 0.05
    dropout: float = 0.5
    quantise: Literal["auto", "no"] = "no"
    vectors: str | None = "offline"
    words: int = 100
    characters: int = 50
    hidden: int = 200
    window: int = 300
    overlap: int = 60

    @property
    def in_range(self) -> bool:
        """Whether the values are within ``RANGES``."""
        return (
            super(BilstmCrfSettings, self).in_range  # with slots there is no implicit class
            and 0 <= self.overlap < self.window >= 16
            and min(self.words, self.characters, self.hidden) >= 1
        )
