"""Training in torch.

A plain loop, and not ``transformers.Trainer`` or Accelerate: batches are windows packed by length, targets are the
tags that a token may still have, and neither fits a trainer's collator and metrics without more code than this loop
has; and Accelerate keeps its state in globals of the process, which a library inside a server must not. Processes
that its launcher starts train together all the same: see `livener.recognizers.team`.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from livener.recognizers.base import Progress
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.neural.epochs import Epochs, Lesson
from livener.recognizers.neural.network import Network, device_of
from livener.recognizers.neural.progress import Run
from livener.recognizers.neural.settings import NeuralSettings
from livener.recognizers.neural.together import agreed, meet
from livener.recognizers.team import Team
from livener.tagging.schemes import TagSet

_LAYER = re.compile(r"\.layers?\.(\d+)\.")
_NEW = re.compile(r"^(case|steps)\b|\bclassifier\b|\bscore\b")
_REPORT_EVERY = 20


def descend(
    network: Network,
    lesson: Lesson,
    tagset: TagSet,
    settings: NeuralSettings,
    *,
    seed: int,
    evaluate: Callable[[], float] | None,
    keep_present: bool = False,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Train ``network`` in place; with ``evaluate`` the epoch that it scores best is kept.

    With ``keep_present`` that may be the network as it comes, and of equals it is the last. With ``checkpoints`` it
    goes on where it was killed, and ends, on a CPU, in the very same weights.
    """
    device, team = device_of(settings.device), Team.of()
    meet(team, device)
    network.to(device)
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(seed)
        epochs = Epochs(network, lesson, tagset, settings, device, team)
        rng = np.random.default_rng(seed)
        optimizer = torch.optim.AdamW(_groups(network, settings, *rates), fused=True)
        total = settings.epochs * math.ceil(epochs.batches / (settings.accumulate * team.size))
        base = [group["lr"] for group in optimizer.param_groups]
        run = Run(network, optimizer, rng, checkpoints)
        run.restore()
        if team.rank:
            torch.manual_seed(seed + team.rank)  # each drops others
        if keep_present and evaluate is not None and run.best < 0:
            run.consider(agreed(evaluate(), team, device), ties=True)
        for epoch in range(run.epoch, settings.epochs):
            if run.since >= settings.patience:
                break
            network.train()
            run.begin(epoch)
            for loss in epochs.steps(rng, skipped=run.step):
                for group, rate in zip(optimizer.param_groups, base, strict=True):
                    group["lr"] = rate * _rate(min(run.done, total - 1), total, settings.warmup)
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                run.count(loss)
                if progress and run.step % _REPORT_EVERY == 0:
                    progress(min(run.done, total - 1), total, {"loss": run.loss / run.step})
                run.keep()
            network.eval()
            figures = {"loss": run.loss / max(run.step, 1)}
            if evaluate is not None:
                figures["dev_f1"] = f1 = agreed(evaluate(), team, device)
                run.consider(f1, ties=keep_present)
            run.end()
            last = epoch + 1 == settings.epochs or run.since >= settings.patience
            if progress:
                progress(total if last else min(run.done, total - 1), total, figures)
        if run.kept:
            network.load_state_dict(run.kept)
    network.eval()


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
