"""What a network learns from, in the order in which it is learned."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from livener.recognizers.neural.losses import distillation_loss, path_loss, token_loss
from livener.recognizers.neural.network import Network
from livener.recognizers.neural.runtime import is_memory
from livener.recognizers.neural.settings import NeuralSettings
from livener.recognizers.neural.together import add_up
from livener.recognizers.neural.windows import Row, collate, cuts, pack
from livener.recognizers.team import Team
from livener.tagging.schemes import TagSet

_LOG = logging.getLogger("livener")


@dataclass(frozen=True, slots=True)
class Teacher:
    """What the present model says of the tokens to learn from, which it should go on to say (Hinton et al. 2015).

    ``scores`` (N, K) are of the tags that it has, which are the ``columns`` (K,) of the new tags; where ``trusted``
    (N,) is not set it is not asked. ``share`` is how much its opinion counts beside the labels.
    """

    scores: npt.NDArray[np.float32]
    columns: npt.NDArray[np.int64]
    trusted: npt.NDArray[np.bool_]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to learn from: rows, which tags each token may have (N, K), how much each row counts, and a teacher."""

    rows: Sequence[Row]
    allowed: npt.NDArray[np.bool_]
    importance: npt.NDArray[np.float32]
    padding: Mapping[str, int]
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True)
class Epochs:
    """Passes over a lesson in batches of like length; of the batches of a step each of a ``team`` does its share."""

    network: Network
    lesson: Lesson
    tagset: TagSet
    settings: NeuralSettings
    device: torch.device
    team: Team

    @property
    def batches(self) -> int:
        """About how many there are in an epoch."""
        return len(pack([row.length for row in self.lesson.rows], self.settings.batch))

    def steps(self, rng: np.random.Generator, *, skipped: int = 0) -> Iterator[float]:
        """Do one epoch, stopping after each backward pass that a step of the optimizer follows; yields its loss.

        The first ``skipped`` steps were done before.
        """
        rows, weights = self.lesson.rows, self.lesson.importance
        chosen = np.arange(len(rows))
        if self.settings.sampling == "weighted":
            chosen = rng.choice(chosen, len(chosen), p=weights / weights.sum())
            weights = np.ones_like(weights)
        # rows of like length together, yet not the same ones in every epoch
        lengths = np.array([rows[i].length for i in chosen.tolist()]) * rng.uniform(0.9, 1.1, len(chosen))
        order = chosen[np.argsort(lengths)].tolist()
        batches = cuts([rows[i].length for i in order], self.settings.batch)
        groups = [batches[i] for i in rng.permutation(len(batches))]
        size = self.settings.accumulate * self.team.size
        for at in range(skipped * size, len(groups), size):
            step = [order[slice(*batch)] for batch in groups[at : at + size]]
            tokens = max(sum(len(rows[i].reads) for batch in step for i in batch), 1)
            loss = self._backward(step[self.team.rank :: self.team.size], weights, tokens)
            add_up(self.network, self.team)
            yield loss

    def _backward(self, batches: list[list[int]], weights: npt.NDArray[np.float32], tokens: int) -> float:
        """Add up the gradients of some batches of a step of so many tokens; what does not fit into memory is done in
        halves, with a note."""
        try:
            total = 0.0
            for numbers in batches:
                loss = self._loss(numbers, weights[numbers]) / tokens
                loss.backward()  # type: ignore[no-untyped-call]
                total += loss.item()
            return total
        except RuntimeError as error:
            largest = max(map(len, batches))
            if largest == 1 or not is_memory(error):
                raise
        _LOG.warning("a batch of %d rows does not fit into memory: learned in halves", largest)
        self.network.zero_grad()  # a part of it may be there already
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        halves = [half for batch in batches for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]) if half]
        return self._backward(halves, weights, tokens)

    def _loss(self, numbers: list[int], weights: npt.NDArray[np.float32]) -> Tensor:
        lesson = self.lesson
        rows = [lesson.rows[i] for i in numbers]
        arrays = collate(rows, lesson.padding)
        count = max(len(row.reads) for row in rows)
        reads = np.zeros((len(rows), count), np.int64)
        for i, row in enumerate(rows):
            reads[i, : len(row.reads)] = row.reads
        tensors = [torch.from_numpy(arrays[name]).to(self.device) for name in self.network.inputs]
        half = self.settings.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            scores = self.network(*tensors)
        index = torch.from_numpy(reads).to(self.device)[:, :, None].expand(-1, -1, scores.shape[-1])
        scores = scores.float().gather(1, index)
        target = self._tensor(_padded(lesson.allowed, rows, count, filling=True))
        if self.network.steps is None:
            losses = token_loss(scores, target, focal=self.settings.focal)
        else:
            legal = self._tensor(self.tagset.allowed)
            edges = self._tensor(np.stack([self.tagset.starts, self.tagset.stops]))
            lengths = self._tensor(np.array([len(row.reads) for row in rows]))
            losses = path_loss(scores, target, self.network.steps, legal, edges, lengths)
        if (teacher := lesson.teacher) is not None:
            said = self._tensor(_padded(teacher.scores, rows, count, filling=0.0))
            trusted = self._tensor(_padded(teacher.trusted, rows, count, filling=False))
            kept = scores[:, :, self._tensor(teacher.columns)]
            losses = losses + teacher.share * distillation_loss(kept, said, trusted)
        return (losses * self._tensor(weights)).sum()

    def _tensor(self, array: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(self.device)


def _padded(
    flat: npt.NDArray[np.generic], rows: Sequence[Row], count: int, *, filling: float
) -> npt.NDArray[np.generic]:
    """The part of each row of an array over all tokens (N, …), as (rows, count, …)."""
    found = np.full((len(rows), count, *flat.shape[1:]), filling, flat.dtype)
    for i, row in enumerate(rows):
        found[i, : len(row.reads)] = flat[row.at : row.at + len(row.reads)]
    return found
