"""What a tagger's scores cost, in torch: per token, or per path through the sentence."""

import torch
from torch import Tensor

_NEVER = -1e4


def token_loss(scores: Tensor, allowed: Tensor, *, focal: float = 0.0) -> Tensor:
    """The cost of each row (B,): minus the log probability that every token has an allowed tag, summed over tokens.

    ``scores`` is (B, T, K); ``allowed`` (B, T, K) bool has one true cell where the tag is known, several where less
    is known, and all where nothing is or where there is no token, which then costs nothing. With ``focal`` γ each
    token counts (1 − p)^γ.

    Source: Lin et al. 2017, "Focal Loss for Dense Object Detection".

    >>> known = torch.tensor([[[True, False]]])
    >>> round(token_loss(torch.zeros(1, 1, 2), known).item(), 4)
    0.6931
    """
    log_p = torch.logsumexp(scores.log_softmax(-1).masked_fill(~allowed, _NEVER), -1).clamp(max=0.0)
    weight = (1.0 - log_p.detach().exp()) ** focal if focal else 1.0
    return -(weight * log_p).sum(-1)


def path_loss(
    scores: Tensor, allowed: Tensor, steps: Tensor, legal: Tensor, edges: Tensor, lengths: Tensor
) -> Tensor:
    """The cost of each row (B,): minus the log probability of all paths through allowed tags, in a linear-chain CRF.

    ``steps`` (K, K) are the scores of steps, ``legal`` (K, K) bool; ``edges`` (2, K) bool are the tags that may come
    first and last; ``lengths`` (B,) how many tokens of each row there are. Partial labels are summed over
    (Tsuboi et al. 2008).
    """
    steps = steps.masked_fill(~legal, _NEVER)
    scores = scores.float()
    start, stop = (torch.zeros_like(scores[0, 0]).masked_fill(~edge, _NEVER) for edge in edges)
    last = torch.arange(scores.shape[1], device=scores.device) == (lengths - 1)[:, None]
    scores = scores + last[:, :, None] * stop
    scores = torch.cat([scores[:, :1] + start, scores[:, 1:]], 1)
    both = torch.cat([scores, scores.masked_fill(~allowed, _NEVER)])
    lengths = torch.cat([lengths, lengths])
    total = both[:, 0]
    for t in range(1, both.shape[1]):
        following = torch.logsumexp(total[:, :, None] + steps, 1) + both[:, t]
        total = torch.where((t < lengths)[:, None], following, total)
    free, held = torch.logsumexp(total, -1).chunk(2)
    return free - held


def distillation_loss(scores: Tensor, said: Tensor, trusted: Tensor) -> Tensor:
    """How far each row (B,) has gone from what a teacher ``said``: the sum over trusted tokens of the divergence
    (Kullback and Leibler) of the tags' probabilities; ``scores`` and ``said`` are (B, T, K), ``trusted`` (B, T).

    >>> distillation_loss(torch.ones(1, 1, 2), torch.zeros(1, 1, 2), torch.ones(1, 1, dtype=torch.bool)).item()
    0.0
    """
    wanted = said.log_softmax(-1)
    return ((wanted.exp() * (wanted - scores.log_softmax(-1))).sum(-1) * trusted).sum(-1)
