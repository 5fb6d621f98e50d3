"""The network of the BiLSTM-CRF; needs torch."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from livener.recognizers.bilstm_crf.settings import BilstmCrfSettings
from livener.recognizers.neural.network import Network
from livener.recognizers.neural.pieces import CASES

_LETTER_WIDTH = 30
_CASE_WIDTH = 8
_FORGOTTEN = 0.1
_WORD_STD, _LETTER_STD = 0.1, 0.3
"""Learned vectors begin small, so that what is static counts more than what a rare word happened to begin with."""


class BilstmNetwork(Network):
    """Words (a learned vector, a static one, a CNN over letters, case), an LSTM in either direction, and tag scores.

    Source: Ma and Hovy 2016, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF".
    """

    recurrent = True

    def __init__(
        self,
        settings: BilstmCrfSettings,
        *,
        words: int,
        letters: int,
        vectors: int,
        tags: int,
        steps: npt.NDArray[np.float64] | None,
    ) -> None:
        super().__init__()
        self.inputs = (
            ("words", "letters", "case", "mask", "vectors") if vectors else ("words", "letters", "case", "mask")
        )
        self.word = nn.Embedding(words, settings.words)
        self.letter = nn.Embedding(letters, _LETTER_WIDTH, padding_idx=0)
        self.over_letters = nn.Conv1d(_LETTER_WIDTH, settings.characters, 3, padding=1)
        self.case = nn.Embedding(CASES, _CASE_WIDTH)
        width = settings.words + settings.characters + _CASE_WIDTH + vectors
        # Two LSTMs of one direction each, as a padded batch must not be read from its padding on.
        self.forth = nn.LSTM(width, settings.hidden, batch_first=True)
        self.back = nn.LSTM(width, settings.hidden, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)
        self.scores = nn.Linear(2 * settings.hidden, tags)
        self.steps = None if steps is None else nn.Parameter(torch.from_numpy(steps).float())
        nn.init.normal_(self.word.weight, std=_WORD_STD)
        nn.init.normal_(self.letter.weight, std=_LETTER_STD)
        with torch.no_grad():
            self.letter.weight[0] = 0.0

    def forward(
        self, words: Tensor, letters: Tensor, case: Tensor, mask: Tensor, vectors: Tensor | None = None
    ) -> Tensor:
        """Scores (rows, words, tags) of ``words``, ``case`` and ``mask`` (rows, words), ``letters`` (rows, words,
        letters) and ``vectors`` (rows, words, width)."""
        if self.training:
            words = words.masked_fill(torch.rand(words.shape, device=words.device) < _FORGOTTEN, 1)
        rows, count, length = letters.shape
        spelled = self.letter(letters.reshape(rows * count, length)).transpose(1, 2)
        spelled = self.over_letters(spelled).amax(-1).reshape(rows, count, -1)
        parts = [self.word(words), spelled, self.case(case)]
        if vectors is not None:
            parts.append(vectors)
        x = self.dropout(torch.cat(parts, -1))
        places = torch.arange(count, device=mask.device)
        lengths = mask.sum(1, keepdim=True)
        mirror = torch.where(places < lengths, lengths - 1 - places, places)[:, :, None]
        forth, _ = self.forth(x)
        back, _ = self.back(x.gather(1, mirror.expand(-1, -1, x.shape[-1])))
        both = torch.cat([forth, back.gather(1, mirror.expand(-1, -1, back.shape[-1]))], -1)
        scores: Tensor = self.scores(self.dropout(both))
        return scores
