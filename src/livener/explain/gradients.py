"""A transformer explained: how much each word speaks for a span (integrated gradients); needs torch."""

from dataclasses import dataclass

import numpy as np

from livener.recognizers.neural.tagger import need_torch
from livener.recognizers.transformer import Transformer
from livener.text import Sentence, Span


@dataclass(frozen=True, slots=True)
class Attribution:
    """A predicted span, and what each word of its sentence adds to its score.

    ``weights`` has one number for each token, in the unit of the network's scores; with ``rest``, what the frame of
    the sentence adds, they sum to ``score``: how much more the network scores the span's tags than no entity, against
    the same sentence with every piece blanked.
    """

    span: Span
    weights: tuple[float, ...]
    rest: float
    score: float


def attributions(model: Transformer, sentence: Sentence, *, steps: int = 48) -> list[Attribution]:
    """For each span that is predicted in a sentence, the weight of every word, by ``steps`` gradients on the way from
    a sentence of blanks. A sentence that needs several windows has none.

    Raises:
        MissingDependencyError: torch is not installed.

    Source: Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks".
    """
    spans = model.predict([sentence])[0]
    rows = model.rows([sentence])
    if not spans or len(rows) != 1:
        return []
    need_torch("attributions")
    import torch

    from livener.recognizers.transformer.checkpoint import TransformerNetwork

    network = model.network()
    assert isinstance(network, TransformerNetwork)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    [row] = rows
    ids = torch.from_numpy(row.arrays["ids"])
    case = torch.from_numpy(row.arrays["case"]) if "case" in row.arrays else None
    real = network.embed(ids, case)
    blank = network.embed(
        torch.full_like(ids, model.pieces.padding), None if case is None else torch.zeros_like(case)
    )
    frame = [*range(len(model.pieces.prefix)), *range(row.length - len(model.pieces.suffix), row.length)]
    blank[frame] = real[frame]
    # the middle of each step: the sum is then exact to the second order
    along = (torch.arange(steps) + 0.5)[:, None, None] / steps
    path = (blank + along * (real - blank)).requires_grad_()
    mask = torch.ones(steps, row.length, dtype=torch.long)
    scores = network.score(path, mask)[:, row.reads]
    ends = network.score(torch.stack([blank, real]), mask[:2])[:, row.reads]
    tagset, first = model.tagset, {start: i for i, (start, _) in enumerate(_places(sentence))}
    last = {end: i for i, (_, end) in enumerate(_places(sentence))}
    found = []
    for span in spans:
        i, j = first[span.start], last[span.end] + 1
        tags = torch.tensor(tagset.roles(j - i, span.label))
        tokens = torch.arange(i, j)
        margin = (scores[:, tokens, tags] - scores[:, tokens, 0]).sum()
        (gradient,) = torch.autograd.grad(margin, path, retain_graph=True)
        pieces = (gradient.mean(0) * (real - blank)).sum(-1).numpy()
        starts = row.reads
        weights = np.add.reduceat(np.append(pieces, 0.0), [*starts.tolist(), row.length - len(model.pieces.suffix)])
        whole = (ends[:, tokens, tags] - ends[:, tokens, 0]).sum(1)
        score = float(whole[1] - whole[0])
        kept = tuple(weights[:-1].tolist())
        found.append(Attribution(span, kept, float(pieces.sum()) - sum(kept), score))
    return found


def _places(sentence: Sentence) -> list[tuple[int, int]]:
    return [sentence.original(*token) for token in sentence.tokens]
