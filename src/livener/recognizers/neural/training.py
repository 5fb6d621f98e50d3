"""Training in torch.

A plain loop, and not ``transformers.Trainer`` or Accelerate: batches are windows packed by length, targets are the
tags that a token may still have, and neither fits a trainer's collator and metrics without more code than this loop
has; and Accelerate keeps its state in globals of the process, which a library inside a server must not.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from livener.recognizers.base import Progress
from livener.recognizers.neural.losses import path_loss, token_loss
from livener.recognizers.neural.settings import NeuralSettings
from livener.recognizers.neural.windows import Arrays, Row, collate, cuts, pack
from livener.tagging.schemes import TagSet

_LAYER = re.compile(r"\.layers?\.(\d+)\.")
_NEW = re.compile(r"^(case|steps)\b|\bclassifier\b|\bscore\b")
_REPORT_EVERY = 20


class Network(nn.Module):
    """From the arrays of a batch to scores (rows, positions, tags); ``steps`` (K, K) are the CRF's, else ``None``.

    ``inputs`` names the arrays in the order of `forward`'s arguments; ``recurrent`` that there is an LSTM.
    """

    inputs: tuple[str, ...]
    recurrent = False
    steps: nn.Parameter | None


@dataclass(frozen=True, slots=True)
class TorchRuntime:
    """A network as it is, on its device."""

    network: Network
    device: torch.device
    bfloat16: bool = False

    def __call__(self, arrays: Arrays) -> npt.NDArray[np.float32]:
        tensors = [torch.from_numpy(arrays[name]).to(self.device) for name in self.network.inputs]
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            scores: npt.NDArray[np.float32] = self.network(*tensors).float().cpu().numpy()
        return scores


def device_of(name: str) -> torch.device:
    """The device of that name; ``auto`` is the first GPU, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else torch.device(name)


def descend(
    network: Network,
    rows: Sequence[Row],
    allowed: npt.NDArray[np.bool_],
    tagset: TagSet,
    settings: NeuralSettings,
    *,
    padding: dict[str, int],
    importance: npt.NDArray[np.float32],
    seed: int,
    evaluate: Callable[[], float] | None,
    progress: Progress | None,
    rates: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Train ``network`` in place; with ``evaluate`` the epoch that it scores best is kept.

    ``allowed`` (N, K) says which tags each token may have, ``importance`` (rows,) how much each row counts.
    """
    device = device_of(settings.device)
    network.to(device)
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(seed)
        loop = _Loop(network, rows, allowed, tagset, settings, device, padding, importance)
        rng = np.random.default_rng(seed)
        optimizer = torch.optim.AdamW(_groups(network, settings, *rates), fused=True)
        best, since, done = -1.0, 0, 0
        kept: dict[str, Tensor] = {}
        total = settings.epochs * math.ceil(loop.batches_per_epoch / settings.accumulate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, total, settings.warmup))
        for epoch in range(settings.epochs):
            network.train()
            loss_sum = 0.0
            for step, losses in enumerate(loop.steps(rng), 1):
                loss_sum += losses
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                if done < total - 1:
                    schedule.step()
                done += 1
                if progress and step % _REPORT_EVERY == 0:
                    progress(min(done, total - 1), total, {"loss": loss_sum / step})
            network.eval()
            figures = {"loss": loss_sum / max(step, 1)}
            if evaluate is not None:
                figures["dev_f1"] = f1 = evaluate()
                since += 1
                if f1 > best:
                    best, since = f1, 0
                    kept = {name: value.detach().clone() for name, value in network.state_dict().items()}
            last = epoch + 1 == settings.epochs or since >= settings.patience
            if progress:
                progress(total if last else min(done, total - 1), total, figures)
            if last:
                break
        if kept:
            network.load_state_dict(kept)
    network.eval()


@dataclass(frozen=True, slots=True)
class _Loop:
    network: Network
    rows: Sequence[Row]
    allowed: npt.NDArray[np.bool_]
    tagset: TagSet
    settings: NeuralSettings
    device: torch.device
    padding: dict[str, int]
    importance: npt.NDArray[np.float32]

    @property
    def batches_per_epoch(self) -> int:
        return len(pack([row.length for row in self.rows], self.settings.batch))

    def steps(self, rng: np.random.Generator) -> Iterator[float]:
        """Do one epoch, stopping after each backward pass that a step of the optimizer follows; yields its loss."""
        weights = self.importance
        chosen = np.arange(len(self.rows))
        if self.settings.sampling == "weighted":
            chosen = rng.choice(chosen, len(chosen), p=weights / weights.sum())
            weights = np.ones_like(weights)
        # rows of like length together, yet not the same ones in every epoch
        lengths = np.array([self.rows[i].length for i in chosen.tolist()]) * rng.uniform(0.9, 1.1, len(chosen))
        order = chosen[np.argsort(lengths)].tolist()
        batches = cuts([self.rows[i].length for i in order], self.settings.batch)
        groups = [batches[i] for i in rng.permutation(len(batches))]
        size = self.settings.accumulate
        for at in range(0, len(groups), size):
            group = groups[at : at + size]
            tokens = sum(len(self.rows[order[i]].reads) for batch in group for i in range(*batch))
            loss_sum = 0.0
            for batch in group:
                numbers = order[slice(*batch)]
                loss = self._loss(numbers, weights[numbers]) / max(tokens, 1)
                loss.backward()  # type: ignore[no-untyped-call]
                loss_sum += loss.item()
            yield loss_sum

    def _loss(self, numbers: list[int], weights: npt.NDArray[np.float32]) -> Tensor:
        rows = [self.rows[i] for i in numbers]
        arrays = collate(rows, self.padding)
        count = max(len(row.reads) for row in rows)
        reads = np.zeros((len(rows), count), np.int64)
        allowed = np.ones((len(rows), count, self.allowed.shape[1]), np.bool_)
        for i, row in enumerate(rows):
            reads[i, : len(row.reads)] = row.reads
            allowed[i, : len(row.reads)] = self.allowed[row.at : row.at + len(row.reads)]
        tensors = [torch.from_numpy(arrays[name]).to(self.device) for name in self.network.inputs]
        half = self.settings.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            scores = self.network(*tensors)
        index = torch.from_numpy(reads).to(self.device)[:, :, None].expand(-1, -1, scores.shape[-1])
        scores, target = scores.float().gather(1, index), torch.from_numpy(allowed).to(self.device)
        if self.network.steps is None:
            losses = token_loss(scores, target, focal=self.settings.focal)
        else:
            legal, edges, lengths = (
                torch.from_numpy(array).to(self.device)
                for array in (
                    self.tagset.allowed,
                    np.stack([self.tagset.starts, self.tagset.stops]),
                    np.array([len(row.reads) for row in rows]),
                )
            )
            losses = path_loss(scores, target, self.network.steps, legal, edges, lengths)
        return (losses * torch.from_numpy(weights).to(self.device)).sum()


def _rate(step: int, total: int, warmup: float) -> float:
    rising = max(1.0, warmup * total)
    return (step + 1) / rising if step < rising else (total - step) / max(total - rising, 1.0)


def _groups(network: Network, settings: NeuralSettings, layer_decay: float, head_rate: float) -> list[dict[str, Any]]:
    """The parameters with their rates: lower layers learn more slowly, what is new on top of them faster.

    Source: Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text Classification".
    """
    named = [(name, value) for name, value in network.named_parameters() if value.requires_grad]
    depths = {name: int(found[1]) + 1 for name, _ in named if (found := _LAYER.search(name))}
    top = max(depths.values(), default=0)
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, value in named:
        depth = 0 if "embeddings" in name else depths.get(name, top)
        rate = settings.rate * layer_decay ** (top - depth)
        if _NEW.search(name):
            rate = settings.rate * head_rate
        decay = settings.weight_decay if value.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(value)
    return [{"params": values, "lr": rate, "weight_decay": decay} for (rate, decay), values in groups.items()]
