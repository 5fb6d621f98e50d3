"""What processes that train one model together tell each other; needs torch."""

import torch
from torch import distributed
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from livener.recognizers.neural.network import Network
from livener.recognizers.team import Team


def meet(team: Team, device: torch.device) -> None:
    """Wait for the others, once in the life of a process."""
    if team.size > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")


def add_up(network: Network, team: Team) -> None:
    """Let the gradients be the sum of everybody's."""
    if team.size == 1:
        return
    learned = [value for value in network.parameters() if value.requires_grad]
    for value in learned:
        if value.grad is None:  # there was no batch left for this one
            value.grad = torch.zeros_like(value)
    gradients = [value.grad for value in learned if value.grad is not None]
    flat = parameters_to_vector(gradients)
    distributed.all_reduce(flat)
    vector_to_parameters(flat, gradients)


def agreed(figure: float, team: Team, device: torch.device) -> float:
    """What the first of them measured: all must stop in the same epoch."""
    if team.size == 1:
        return figure
    said = torch.tensor(figure, dtype=torch.float64, device=device)
    distributed.broadcast(said, 0)
    return said.item()
