"""Where a transformer looks: the attention of each word to each other; needs torch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.neural.tagger import need_torch
from livener.recognizers.transformer import Transformer
from livener.text import Sentence


@dataclass(frozen=True, slots=True)
class Attention:
    """What each word (row) of a sentence looks at (column), (layers, heads, words, words).

    A word that is cut looks as its pieces do on average, and is looked at as much as its pieces together; the rest of
    a row, up to 1, goes to the frame of the sentence. It shows what a layer reads, not why the answer is what it is:
    for that see `attributions` (Jain and Wallace 2019, "Attention is not Explanation").
    """

    words: tuple[str, ...]
    weights: npt.NDArray[np.float32]

    def strongest(self, word: int, *, layer: int = -1, top: int = 3) -> list[tuple[str, float]]:
        """The words that the heads of a layer look at most from this word, on average, and how much."""
        row = self.weights[layer, :, word].mean(0)
        return [(self.words[i], float(row[i])) for i in np.argsort(-row, kind="stable")[:top].tolist()]


def attention(model: Transformer, sentence: Sentence) -> Attention:
    """The attention of a sentence's words to each other.

    Raises:
        InputError: the sentence needs several windows, or has no words.
        MissingDependencyError: torch is not installed.
    """
    rows = model.rows([sentence])
    if len(rows) != 1:
        raise InputError(
            "has no words, or needs several windows", where="the sentence", fix="one of a window's length"
        )
    need_torch("attention")
    import torch

    from livener.recognizers.transformer.checkpoint import TransformerNetwork

    network = model.network()
    assert isinstance(network, TransformerNetwork)
    network.model.set_attn_implementation("eager")  # the others do not tell
    [row] = rows
    case = torch.from_numpy(row.arrays["case"])[None] if "case" in row.arrays else None
    embedded = network.embed(torch.from_numpy(row.arrays["ids"])[None], case)
    with torch.no_grad():
        found = network.model(
            inputs_embeds=embedded, attention_mask=torch.ones(1, row.length), output_attentions=True
        )
    pieces = torch.cat(found.attentions).numpy()
    starts = [*row.reads.tolist(), row.length - len(model.pieces.suffix)]
    counts = np.diff(starts)
    looked_at = np.add.reduceat(pieces, starts, axis=3)[..., : len(counts)]
    looking = np.add.reduceat(looked_at, starts, axis=2)[:, :, : len(counts)]
    return Attention(tuple(sentence.words), (looking / counts[:, None]).astype(np.float32))
