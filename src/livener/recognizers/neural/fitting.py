"""How a neural recognizer learns, and how what it learned is exported; needs torch."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from livener.recognizers.alignment import TokenGold, align, sentence_weights
from livener.recognizers.base import Progress
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.crf.examples import Examples, HeldOut
from livener.recognizers.neural.epochs import Lesson, Teacher
from livener.recognizers.neural.export import PLANS, CannotExportError, export, quantised
from livener.recognizers.neural.network import Network, TorchRuntime, device_of
from livener.recognizers.neural.outliers import apart
from livener.recognizers.neural.runtime import CPU_BUDGET, OnnxRuntime, Runtime
from livener.recognizers.neural.settings import NeuralSettings
from livener.recognizers.neural.tagger import ONNX, NeuralTagger, bounds_of
from livener.recognizers.neural.training import descend
from livener.recognizers.neural.windows import Arrays, collate, pack
from livener.tagging.schemes import TagSet
from livener.text import Document, Sentence

_LOSS_OF_F1 = 0.003
_SHOWN = 200
"""So many sentences show which values in a network are far larger than others."""
_LOG = logging.getLogger("livener")


@dataclass(frozen=True, slots=True)
class HeldOutText:
    """Sentences that training does not see, and their gold."""

    sentences: Sequence[Sentence]
    gold: HeldOut

    @classmethod
    def of(cls, tagger: NeuralTagger, dev: Sequence[Sentence]) -> Self:
        """The gold of ``dev`` in the tagger's labels."""
        golds = align(dev, overlaps=tagger.settings.overlaps)
        return cls(dev, HeldOut.of(golds, np.empty((0, 1), np.int32), bounds_of(dev), tagger.labels))

    def best_bias(self, tagger: NeuralTagger, runtime: Runtime) -> tuple[float, float]:
        """The best strict F1 over a range of biases towards O, and that bias."""
        x, bounds = tagger.scores(self.sentences, runtime)

        def predicted(bias: float) -> npt.NDArray[np.int32]:
            biased = x.copy()
            biased[:, 0] += bias
            return tagger.decode(biased, bounds, scored=False)[0]

        return self.gold.best_bias(predicted)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model said of the sentences to learn from before it learned from them: scores (N, K) of its tags."""

    tagset: TagSet
    scores: npt.NDArray[np.float64]

    def teacher(self, tagset: TagSet, allowed: npt.NDArray[np.bool_]) -> Teacher:
        """It is asked where what it thinks likeliest is not known to be wrong."""
        columns = np.array([tagset.index[tag] for tag in self.tagset.tags])
        trusted = allowed[np.arange(len(allowed)), columns[self.scores.argmax(1)]]
        return Teacher(self.scores.astype(np.float32), columns, trusted)


def learn(
    tagger: NeuralTagger,
    network: Network,
    sentences: Sequence[Sentence],
    golds: Sequence[TokenGold],
    settings: NeuralSettings,
    *,
    seed: int,
    importance: Sequence[float] | None = None,
    opinion: Opinion | None = None,
    held_out: HeldOutText | None = None,
    keep_present: bool = False,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
) -> None:
    """Train the network and let the tagger keep its weights and predict with it."""
    bounds = bounds_of(sentences)
    examples = Examples.of(golds, bounds, tagger.tagset)
    allowed = np.zeros((int(bounds[-1]), len(tagger.tagset.tags)), np.bool_)
    allowed[np.arange(len(allowed)), examples.gold] = True
    for i in np.flatnonzero(examples.mask_at >= 0):
        at, count = examples.mask_at[i], bounds[i + 1] - bounds[i]
        allowed[bounds[i] : bounds[i + 1]] = examples.masks[at : at + count]
    rows = tagger.rows(sentences)
    of_sentence = np.searchsorted(bounds, [row.at for row in rows], side="right") - 1
    weights = sentence_weights(golds, settings.class_weights, importance)[of_sentence]
    teacher = None if opinion is None else opinion.teacher(tagger.tagset, allowed)
    runtime = TorchRuntime(network, device_of(settings.device))

    def evaluate() -> float:
        _take_steps(tagger, network)
        assert held_out is not None
        return held_out.best_bias(tagger, runtime)[0]

    descend(
        network,
        Lesson(rows, allowed, weights, tagger.padding, teacher),
        tagger.tagset,
        settings,
        seed=seed,
        evaluate=evaluate if held_out is not None else None,
        keep_present=keep_present,
        progress=progress,
        checkpoints=checkpoints,
        rates=tagger.rates,
    )
    _take_steps(tagger, network)
    tagger.keep(network)
    tagger.run_by(runtime)


def export_best(tagger: NeuralTagger, network: Network, held_out: HeldOutText | None) -> None:
    """Export, quantised by the first plan that loses next to nothing on dev, and set the bias."""
    model = exported(tagger, network)
    tagger.files.pop(ONNX, None)
    if model is not None:
        tagger.files[ONNX] = model if held_out is None else _lightest(tagger, model, held_out)
    elif held_out is not None:
        _, tagger.bias = held_out.best_bias(tagger, TorchRuntime(network, device_of("cpu")))
    tagger.run_by(None)


def _lightest(tagger: NeuralTagger, model: bytes, held_out: HeldOutText) -> bytes:
    best, tagger.bias = held_out.best_bias(tagger, OnnxRuntime(model))
    plans = PLANS if tagger.settings.quantise == "auto" else ()
    divided = apart(model, _batches(tagger, held_out.sentences[:_SHOWN])) if plans else model
    for plan in plans:
        small = quantised(divided, plan)
        f1, bias = held_out.best_bias(tagger, OnnxRuntime(small))
        if f1 >= best - _LOSS_OF_F1:
            tagger.bias, tagger.plan = bias, plan
            return small
    return model


def exported(tagger: NeuralTagger, network: Network) -> bytes | None:
    """The network as ONNX, quantised as the tagger's ``plan`` says; with a note in the log ``None`` where it cannot
    be."""
    text = "a " * 7
    sentence = Sentence(text, [(2 * i, 2 * i + 1) for i in range(7)], Document(text))
    batches = _batches(tagger, [sentence] * 3)
    try:
        model = export(network, batches[0])
    except CannotExportError as error:
        _LOG.warning("%s: this network cannot be exported, so that it needs torch to predict: %s", tagger.name, error)
        return None
    return model if tagger.plan is None else quantised(apart(model, batches), tagger.plan)


def _batches(tagger: NeuralTagger, sentences: Sequence[Sentence]) -> list[Arrays]:
    rows = tagger.rows(sentences)
    packed = pack([row.length for row in rows], CPU_BUDGET)
    return [collate([rows[i] for i in batch], tagger.padding) for batch in packed]


def _take_steps(tagger: NeuralTagger, network: Network) -> None:
    if network.steps is not None:
        tagger.set_steps(network.steps.detach().cpu().numpy().astype(np.float64))
