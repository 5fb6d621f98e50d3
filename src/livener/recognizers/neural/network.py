"""Networks in torch, as they are and as what runs them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from livener.errors import InputError
from livener.recognizers.neural.runtime import CPU_BUDGET, GPU_BUDGET
from livener.recognizers.neural.windows import Arrays
from livener.recognizers.team import Team
from livener.tagging.schemes import TagSet


class Network(nn.Module):
    """From the arrays of a batch to scores (rows, positions, tags); ``steps`` (K, K) are the CRF's, else ``None``.

    ``inputs`` names the arrays in the order of `forward`'s arguments; ``recurrent`` that there is an LSTM.
    """

    inputs: tuple[str, ...]
    recurrent = False
    steps: nn.Parameter | None

    def renamed(self, tagset: TagSet) -> None:
        """The tags that it scores are these now."""


@dataclass(frozen=True, slots=True)
class TorchRuntime:
    """A network as it is, on its device."""

    network: Network
    device: torch.device
    bfloat16: bool = False

    @property
    def budget(self) -> int:
        """How many positions a batch should have at most."""
        return CPU_BUDGET if self.device.type == "cpu" else GPU_BUDGET

    def __call__(self, arrays: Arrays) -> npt.NDArray[np.float32]:
        tensors = [torch.from_numpy(arrays[name]).to(self.device) for name in self.network.inputs]
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            scores: npt.NDArray[np.float32] = self.network(*tensors).float().cpu().numpy()
        return scores


def device_of(name: str) -> torch.device:
    """The device of that name; ``auto`` is a GPU, or the CPU. Of several processes on a machine each has its GPU.

    Raises:
        InputError: there is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and (place := Team.of().place):
        name = f"cuda:{place}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InputError(f"no device {name!r}", fix="auto | cpu | cuda | cuda:1") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"no device {name!r} here", fix="auto or cpu, or a GPU and a torch that knows it")
    return device
