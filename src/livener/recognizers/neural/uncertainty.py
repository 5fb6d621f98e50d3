"""How unsure a network is of itself: what dropout changes in its answers; needs torch."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from livener.recognizers.neural.tagger import NeuralTagger, need_torch
from livener.text import Sentence

Floats = npt.NDArray[np.float64]


def disagreement(tagger: NeuralTagger, sentences: Sequence[Sentence], *, samples: int = 8, seed: int = 0) -> Floats:
    """For each sentence (S,) the mutual information, in nats, between its tags and the network's weights.

    The network tags ``samples`` times with dropout; what those runs are sure of and yet disagree on is what labels
    would teach it. Summed over the tokens, from the marginals of legal paths. 0 for a sentence without tokens.

    Raises:
        MissingDependencyError: torch is not installed.

    Sources: Gal and Ghahramani 2016, "Dropout as a Bayesian Approximation"; Houlsby et al. 2011, "Bayesian Active
    Learning for Classification and Preference Learning".
    """
    need_torch("disagreement")
    import torch
    from torch import nn

    from livener.recognizers.neural.network import TorchRuntime

    network = tagger.network()
    for module in network.modules():
        module.training = isinstance(module, nn.Dropout)
    runtime = TorchRuntime(network, torch.device("cpu"))
    mean: Floats | float = 0.0
    entropy: Floats | float = 0.0
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(samples):
            x, bounds = tagger.scores(sentences, runtime)
            x[:, 0] += tagger.bias
            p, _, _ = tagger.chain.marginals(x, bounds)
            mean = mean + p / samples
            entropy = entropy + _entropy(p) / samples
    information = np.append(_entropy(np.asarray(mean)) - entropy, 0.0)
    sums: Floats = np.add.reduceat(information, bounds[:-1]) * (bounds[1:] > bounds[:-1])
    return np.maximum(sums, 0.0)


def _entropy(p: Floats) -> Floats:
    """Of the tags of each token (N,), from their probabilities (N, K)."""
    terms: Floats = -(p * np.log(np.maximum(p, 1e-300))).sum(1)
    return terms
