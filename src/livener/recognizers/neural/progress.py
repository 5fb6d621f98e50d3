"""How far a training has come, and its state on disk."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.neural.network import Network

_VALUES = ("epoch", "step", "done", "loss", "best", "since")


@dataclass(slots=True)
class Run:
    """One training: the epoch, the ``step`` in it with the summed ``loss``, and how many are ``done`` in all.

    ``best`` is the best figure that was seen, ``since`` how many epochs ago, ``kept`` the network that had it.
    """

    network: Network
    optimizer: torch.optim.Optimizer
    rng: np.random.Generator
    checkpoints: Checkpoints | None
    epoch: int = 0
    step: int = 0
    done: int = 0
    loss: float = 0.0
    best: float = -1.0
    since: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict)
    _rng_of_epoch: Any = None

    def begin(self, epoch: int) -> None:
        """An epoch begins; one that is resumed draws its order once more."""
        self.epoch = epoch
        self._rng_of_epoch = self.rng.bit_generator.state

    def count(self, loss: float) -> None:
        """A step was done."""
        self.step += 1
        self.done += 1
        self.loss += loss

    def consider(self, figure: float, *, ties: bool) -> None:
        """The network as it is has this figure: it is kept where that is the best one; with ``ties`` an equal one."""
        self.since += 1
        if figure > self.best or (ties and figure == self.best):
            self.best, self.since = figure, 0
            self.kept = {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def end(self) -> None:
        """The epoch is over."""
        self.epoch, self.step, self.loss = self.epoch + 1, 0, 0.0
        self._rng_of_epoch = self.rng.bit_generator.state
        self.keep()

    def keep(self) -> None:
        """Write the state where it is time to."""
        if self.checkpoints is None or not self.checkpoints.due:
            return
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"kept.{name}": value for name, value in self.kept.items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in values.items()}
        tensors |= {f"random.{i}": state for i, state in enumerate(_random_states())}
        values = {name: getattr(self, name) for name in _VALUES} | {"rng": self._rng_of_epoch}
        self.checkpoints.save({name: value.detach().cpu().numpy() for name, value in tensors.items()}, values)

    def restore(self) -> None:
        """Go on from the state on disk, where there is one."""
        found = self.checkpoints.load() if self.checkpoints else None
        if found is None:
            return
        arrays, values = found
        for name in _VALUES:
            setattr(self, name, values[name])
        self.rng.bit_generator.state = values["rng"]
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "kept": {}, "optimizer": {}, "random": {}}
        for name, array in arrays.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = torch.from_numpy(array)
        self.network.load_state_dict(parts["network"])
        self.kept = parts["kept"]
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimizer"].items():
            number, _, rest = name.partition(".")
            states.setdefault(int(number), {})[rest] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": states, "param_groups": groups})
        _set_random_states([parts["random"][str(i)] for i in range(len(parts["random"]))])


def _random_states() -> list[Tensor]:
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else ())]


def _set_random_states(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if torch.cuda.is_available() and len(states) > 1:
        torch.cuda.set_rng_state_all(states[1:])
