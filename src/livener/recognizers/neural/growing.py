"""New labels for a network that has learned others."""

import torch
from torch import nn

from livener.recognizers.neural.network import Network
from livener.tagging.schemes import TagSet

_SPREAD = 0.02


def grow(network: Network, old: TagSet, new: TagSet, *, seed: int) -> None:
    """Give the network scores for the tags that ``new`` has and ``old`` has not; those of the old ones stay.

    A new tag begins a little unlikely everywhere, so that nothing changes before something is learned.
    """
    places = torch.tensor([new.index[tag] for tag in old.tags])
    name, head = next(
        (name, module)
        for name, module in reversed(list(network.named_modules()))
        if isinstance(module, nn.Linear) and module.out_features == len(old.tags)
    )
    device = head.weight.device
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        wider = nn.Linear(head.in_features, len(new.tags))
        nn.init.normal_(wider.weight, std=_SPREAD)
        wider.bias.fill_(float(head.bias.min()) if head.bias is not None else 0.0)
        wider.weight[places] = head.weight.cpu()
        wider.bias[places] = head.bias.cpu() if head.bias is not None else torch.zeros(len(places))
        if network.steps is not None:
            steps = torch.zeros(len(new.tags), len(new.tags))
            steps[places[:, None], places] = network.steps.detach().cpu()
            network.steps = nn.Parameter(steps.to(device))
    parent, _, attribute = name.rpartition(".")
    setattr(network.get_submodule(parent), attribute, wider.to(device))
    network.renamed(new)
