"""How a CRF learns: FTRL-proximal (McMahan et al. 2013), sentence by sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from livener.recognizers.base import Progress
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.crf import kernels
from livener.recognizers.crf.examples import Examples
from livener.recognizers.crf.settings import CrfSettings
from livener.tagging.schemes import TagSet

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(slots=True)
class Parameters:
    """What is learned: ``weights`` (features, offsets × tags) and ``steps`` (1, tags × tags), and of each the root of
    the sum of squared gradients, which says how far a step goes."""

    weights: Floats
    roots: Floats
    steps: Floats
    step_roots: Floats

    @classmethod
    def zeros(cls, features: int, offsets: int, tags: int) -> Self:
        """Of a CRF that has learned nothing."""
        shapes = ((features, offsets * tags), (1, tags * tags))
        return cls(*(np.zeros(shape, np.float32) for shape in shapes for _ in range(2)))

    def copy(self) -> "Parameters":
        """The same, in arrays of their own."""
        return Parameters(*(part.copy() for part in (self.weights, self.roots, self.steps, self.step_roots)))

    def with_features(self, extra: int) -> "Parameters":
        """With room for ``extra`` more features."""
        room = np.zeros((extra, self.weights.shape[1]), np.float32)
        return Parameters(np.vstack([self.weights, room]), np.vstack([self.roots, room]), self.steps, self.step_roots)

    def with_tags(self, old: TagSet, new: TagSet) -> "Parameters":
        """With room for the tags that ``new`` has and ``old`` has not."""
        places = [new.index[tag] for tag in old.tags]
        few, many = len(old.tags), len(new.tags)

        def wider(values: Floats) -> Floats:
            rows = len(values)
            found = np.zeros((rows, values.shape[1] // few, many), np.float32)
            found[:, :, places] = values.reshape(rows, -1, few)
            return found.reshape(rows, -1)

        def longer(values: Floats) -> Floats:
            found = np.zeros((many, many), np.float32)
            found[np.ix_(places, places)] = values.reshape(few, few)
            return found.reshape(1, -1)

        return Parameters(wider(self.weights), wider(self.roots), longer(self.steps), longer(self.step_roots))


@dataclass(slots=True)
class Descent:
    """One training: what does not change while it runs."""

    settings: CrfSettings
    tagset: TagSet
    roles: Ints
    words: Ints
    examples: Examples
    features: tuple[Any, Any, Any]
    importance: Floats
    bias: float
    dropout: float
    seed: int

    def run(
        self,
        parameters: Parameters,
        epochs: int,
        *,
        changed: Callable[[], None],
        score: Callable[[], tuple[float, float]] | None,
        keep_present: bool = False,
        progress: Progress | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> tuple[Parameters, float | None]:
        """Change ``parameters`` in place for some epochs; those of the best epoch and its bias.

        ``changed`` is called after each epoch, then ``score`` for strict F1 and the best bias; without ``score`` the
        last epoch counts and its bias is ``None``. With ``keep_present`` the parameters as they come may
        win, and of equals the last does.
        """
        settings = self.settings
        rng = np.random.default_rng(self.seed)
        sums = _sums(parameters.weights, parameters.roots, settings, settings.l1)
        step_sums = _sums(parameters.steps, parameters.step_roots, settings, 0.0)
        count = len(self.importance)
        chance = self.importance / self.importance.sum() if settings.sampling == "weighted" else None
        best, best_bias, best_f1, since, first = parameters, None, -1.0, 0, 0
        kept = checkpoints.load() if checkpoints else None
        if kept is not None:
            arrays, state = kept
            for name in Parameters.__slots__:
                getattr(parameters, name)[...] = arrays[name]
            sums, step_sums = arrays["sums"], arrays["step_sums"]
            rng.bit_generator.state = state["rng"]
            best_bias, best_f1, since, first = (state[name] for name in ("best_bias", "best_f1", "since", "epoch"))
            best = Parameters(*(arrays[f"best_{name}"] for name in Parameters.__slots__))
            changed()
        elif keep_present and score is not None:
            best, (best_f1, best_bias) = parameters.copy(), score()
        for epoch in range(first, epochs):
            if since >= settings.patience:
                break
            order = rng.permutation(count) if chance is None else rng.choice(count, count, p=chance)
            loss = self._epoch(order, parameters, sums, step_sums, epoch, weighted=chance is None)
            figures = {"loss": float(loss) / max(count, 1)}
            changed()
            if score is not None:
                f1, bias = score()
                figures["dev_f1"] = f1
                since += 1
                if f1 > best_f1 or (keep_present and f1 == best_f1):
                    best, best_f1, best_bias, since = parameters.copy(), f1, bias, 0
            if progress:
                progress(epoch + 1, epochs, figures)
            if checkpoints and checkpoints.due:
                arrays = {name: getattr(parameters, name) for name in Parameters.__slots__}
                arrays |= {f"best_{name}": getattr(best, name) for name in Parameters.__slots__}
                arrays |= {"sums": sums, "step_sums": step_sums}
                state = {"best_bias": best_bias, "best_f1": best_f1, "since": since, "epoch": epoch + 1}
                checkpoints.save(arrays, state | {"rng": rng.bit_generator.state})
        return (best, best_bias) if score is not None else (parameters, None)

    def _epoch(
        self,
        order: npt.NDArray[np.int64],
        parameters: Parameters,
        sums: Floats,
        step_sums: Floats,
        epoch: int,
        *,
        weighted: bool,
    ) -> float:
        settings, tagset, examples, number = self.settings, self.tagset, self.examples, np.float32
        loss: float = kernels.train_epoch(
            order,
            examples.bounds,
            self.words,
            examples.gold,
            examples.mask_at,
            examples.masks,
            examples.negative_bounds,
            examples.negatives,
            self.importance if weighted else np.ones_like(self.importance),
            *self.features,
            parameters.weights,
            sums,
            parameters.roots,
            parameters.steps,
            step_sums,
            parameters.step_roots,
            tagset.allowed,
            tagset.starts,
            tagset.stops,
            self.roles,
            settings.reach,
            self.bias,
            number(settings.rate),
            number(settings.smooth),
            number(settings.l1),
            number(settings.l2),
            self.dropout,
            self.seed * 1_000 + epoch,
        )
        return loss


def _sums(weights: Floats, roots: Floats, settings: CrfSettings, l1: float) -> Floats:
    """The sums of FTRL at which its weights are these; what a pruned weight's sum was is forgotten."""
    strength = (np.float32(settings.smooth) + roots) / np.float32(settings.rate) + np.float32(settings.l2)
    return -weights * strength - np.sign(weights) * np.float32(l1)
