"""The linear-chain CRF (Lafferty et al. 2001) with emissions that are sums of per-word rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.alignment import align
from livener.recognizers.base import Progress
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.crf import files, kernels
from livener.recognizers.crf.examples import Examples, HeldOut
from livener.recognizers.crf.resources import gazetteer_of, gazetteer_words, vectors_of
from livener.recognizers.crf.settings import CrfSettings
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.crf.words import BORDERS, RowCache, WordTable
from livener.recognizers.gazetteer import Gazetteer
from livener.recognizers.settings import parse_settings
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet
from livener.text import Sentence, Span


class Crf:
    """A CRF that trains in seconds, tags with five gathers a token, and learns on from single answers.

    >>> from livener.text import Document
    >>> def sentence(text, *spans):
    ...     words, tokens, at = text.split(), [], 0
    ...     for word in words:
    ...         tokens.append((at, at + len(word)))
    ...         at += len(word) + 1
    ...     return Sentence(text, tokens, Document(text, spans=spans))
    >>> crf = Crf.create({})
    >>> train = [sentence("Ann left .", Span(0, 3, "PER")), sentence("we left Oslo .", Span(8, 12, "LOC"))]
    >>> crf.fit(train, [])
    >>> [(span.text, span.label) for span in crf.predict([sentence("Ann left Oslo .")])[0]]
    [('Ann', 'PER'), ('Oslo', 'LOC')]
    """

    name: ClassVar[str] = "crf.v1"

    def __init__(
        self,
        settings: CrfSettings,
        tagset: TagSet,
        table: WordTable,
        *,
        weights: npt.NDArray[np.float32],
        steps: npt.NDArray[np.float32],
        roots: npt.NDArray[np.float32] | None = None,
        step_roots: npt.NDArray[np.float32] | None = None,
        step_counts: npt.NDArray[np.int64] | None = None,
        bias: float = 0.0,
        calibrator: Calibrator | None = None,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        self.settings = settings
        self.tagset = tagset
        self.table = table
        self.bias = bias
        self.calibrator = calibrator or Calibrator()
        self.gazetteer = gazetteer
        self.weights, self._steps = weights, steps
        self._roots = np.zeros_like(weights) if roots is None else roots
        self._step_roots = np.zeros_like(steps) if step_roots is None else step_roots
        size = len(tagset.tags)
        self.step_counts = np.zeros((size, size), np.int64) if step_counts is None else step_counts
        self._cache = RowCache(table, self._width)
        self._set_chain()

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """An untrained CRF.

        Raises:
            InputError: an unknown or wrong setting.
        """
        parsed = parse_settings(CrfSettings, settings, where="crf")
        if not parsed.in_range:
            raise InputError("a setting is out of range", where="crf", fix=CrfSettings.RANGES)
        empty = TagSet([], parsed.scheme)
        return cls(
            parsed,
            empty,
            WordTable(BORDERS, None),
            weights=np.zeros((2, 2 * parsed.reach + 1), np.float32),
            steps=np.zeros((1, 1), np.float32),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        return self.tagset.labels

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans, scores calibrated; the best path's, so that they never overlap."""
        with self.table.lock:
            self.table.trim()
            words, bounds = self.numbers(sentences)
            spans, scores = self.recognise(words, bounds, self.bias, scored=True)
        found: list[list[Span]] = [[] for _ in sentences]
        if not len(spans):
            return found
        labels = [self.labels[label] for label in spans[:, 3].tolist()]
        calibrated = self.calibrator(scores, labels).tolist()
        for (i, start, end, _), label, score in zip(spans.tolist(), labels, calibrated, strict=True):
            tokens = sentences[i].tokens
            found[i].append(sentences[i].span(tokens[start][0], tokens[end - 1][1], label, score, "crf"))
        return found

    def fit(
        self,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Train from the beginning; keep the epoch with the best strict F1 on ``dev``; calibrate there.

        With an empty ``dev`` all epochs are run and the scores are the model's own marginals.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap (see the setting ``overlaps``).
        """
        if not any(sentence.tokens for sentence in train):
            raise InputError("there is no sentence with tokens to learn from", where="crf")
        golds = align(train, overlaps=self.settings.overlaps)
        labels = {label for gold in golds for _, _, label in (*gold.spans, *gold.negatives)}
        self.gazetteer = gazetteer_of(self.settings)
        self.tagset = TagSet(labels, self.settings.scheme)
        self.table = WordTable(BORDERS, vectors_of(self.settings, seed))
        self.table.growing = True
        words, bounds = self.numbers(train)
        examples = Examples.of(golds, bounds, self.tagset)
        self.step_counts = examples.step_counts(len(self.tagset.tags))
        size = len(self.tagset.tags)
        self.weights = np.zeros((len(self.table.features), self._width), np.float32)
        self._roots = np.zeros_like(self.weights)
        self._steps, self._step_roots = (
            np.zeros((1, size * size), np.float32),
            np.zeros((1, size * size), np.float32),
        )
        self.table.growing = False
        self._cache = RowCache(self.table, self._width)
        self._set_chain()
        self.bias, self.calibrator = 0.0, Calibrator()
        dev_golds = align(dev, overlaps=self.settings.overlaps)
        held_out = HeldOut.of(dev_golds, *self.numbers(dev), self.labels) if dev else None
        self._descend(
            words,
            examples,
            self._importance(golds),
            seed=seed,
            epochs=self.settings.epochs,
            dropout=self.settings.dropout_used,
            held_out=held_out,
            progress=progress,
        )
        if held_out:
            self._calibrate(held_out)

    def update(self, examples: Sequence[Sentence], *, seed: int = 0, epochs: int = 8) -> None:
        """Go on from the present weights with a few sentences, complete or partial; new words become features.

        Raises:
            InputError: a label that the model does not have, or gold spans overlap.
        """
        if not examples:
            return
        golds = align(examples, overlaps=self.settings.overlaps)
        new = {label for gold in golds for _, _, label in (*gold.spans, *gold.negatives)} - set(self.labels)
        if new:
            raise InputError(f"the model has no label {min(new)!r}", where="crf", fix=" | ".join(self.labels))
        with self.table.lock:
            self.table.growing = True
            self.table.clear()
            words, bounds = self.numbers(examples)
            self.table.growing = False
            extra = len(self.table.features) - len(self.weights)
            room = np.zeros((extra, self._width), np.float32)
            self.weights, self._roots = np.vstack([self.weights, room]), np.vstack([self._roots, room])
            packed = Examples.of(golds, bounds, self.tagset)
            self.step_counts = self.step_counts + packed.step_counts(len(self.tagset.tags))
            self._descend(words, packed, self._importance(golds), seed=seed, epochs=epochs, dropout=0.0)

    def emissions(self, sentences: Sequence[Sentence]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """The emission scores (N tokens, K tags) of a batch and its bounds (sentences + 1,), for `chain`."""
        with self.table.lock:
            words, bounds = self.numbers(sentences)
            rows = self._cache.rows(words, self.weights)
        x = np.empty((len(words), len(self.tagset.tags)))
        for lo, hi in pairwise(bounds):
            kernels.emissions(words[lo:hi], rows, self.settings.reach, self.bias, x[lo:hi])
        return x, bounds

    def save(self, path: Path) -> None:
        """Write ``crf.json``, ``features.json``, ``weights.npz``, and where used ``vectors/`` and ``gazetteer/``."""
        used = np.abs(self.weights).max(axis=1, initial=0.0) > 0.0
        used[: len(BORDERS)] = True
        features = [name for name, keep in zip(self.table.features, used, strict=True) if keep]
        description = {
            "name": self.name,
            "settings": asdict(self.settings),
            "labels": self.labels,
            "bias": self.bias,
            "calibrator": asdict(self.calibrator),
        }
        arrays = {
            "weights": self.weights[used],
            "roots": self._roots[used],
            "steps": self._steps,
            "step_roots": self._step_roots,
            "step_counts": self.step_counts,
        }
        files.write(path, description, features, arrays)
        if self.table.vectors is not None:
            (path / "vectors").mkdir()
            self.table.vectors.save(path / "vectors")
        if self.gazetteer is not None:
            (path / "gazetteer").mkdir()
            self.gazetteer.save(path / "gazetteer")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing, or the files do not belong together.
        """
        description, features, arrays = files.read(path)
        settings = CrfSettings(**description["settings"])
        lines = {label: tuple(line) for label, line in description["calibrator"]["lines"].items()}
        return cls(
            settings,
            TagSet(description["labels"], settings.scheme),
            WordTable(features, WordVectors.load(path / "vectors") if (path / "vectors").is_dir() else None),
            **arrays,
            bias=description["bias"],
            calibrator=Calibrator(lines, tuple(description["calibrator"]["shared"])),
            gazetteer=Gazetteer.load(path / "gazetteer") if (path / "gazetteer").is_dir() else None,
        )

    @property
    def _width(self) -> int:
        return (2 * self.settings.reach + 1) * len(self.tagset.tags)

    def numbers(self, sentences: Sequence[Sentence]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The words of a batch, (N, channels), and where its sentences begin, (sentences + 1,)."""
        bounds = np.zeros(len(sentences) + 1, np.int64)
        np.cumsum([len(sentence.tokens) for sentence in sentences], out=bounds[1:])
        words = self.table.numbers(sentences, int(bounds[-1]))
        if self.gazetteer is None:
            return words[:, None], bounds
        matched = self.table.named(gazetteer_words(self.gazetteer, sentences))
        return np.stack([words, matched], axis=1), bounds

    def recognise(
        self, words: npt.NDArray[np.int32], bounds: npt.NDArray[np.int64], bias: float, *, scored: bool
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """Spans (M, 4) sentence, start, end, label of the best paths, and their marginals (ones where not scored)."""
        rows = self._cache.rows(words, self.weights)
        chain = self.chain
        spans, scores = kernels.recognise(
            words,
            bounds,
            rows,
            self.settings.reach,
            bias,
            chain.transitions,
            self.tagset.starts,
            self.tagset.stops,
            chain.roles,
            self._opens,
            self._label_of,
            scored,
        )
        return spans, scores

    def _set_chain(self) -> None:
        """Make the weights of the steps count, and every cached row stale."""
        tagset = self.tagset
        size = len(tagset.tags)
        self.chain = Chain.of(tagset, self._steps.reshape(size, size))
        opening = (tagset.scheme.begin, tagset.scheme.single)
        self._opens = np.array([tag.partition("-")[0] in opening for tag in tagset.tags])
        self._label_of = np.array(
            [tagset.labels.index(tag.partition("-")[2]) if tag != "O" else -1 for tag in tagset.tags], np.int32
        )
        self._cache.clear()

    def _importance(self, golds: Sequence[Any]) -> npt.NDArray[np.float32]:
        """How much each sentence counts: the weight of its weightiest label."""
        weights = self.settings.class_weights
        if weights == "balanced":
            counts: dict[str, int] = {}
            for gold in golds:
                for _, _, label in gold.spans:
                    counts[label] = counts.get(label, 0) + 1
            weights = {label: math.sqrt(max(counts.values()) / count) for label, count in counts.items()}
        return np.array(
            [max((weights.get(s[2], 1.0) for s in gold.spans), default=1.0) for gold in golds], np.float32
        )

    def _descend(
        self,
        words: npt.NDArray[np.int32],
        examples: Examples,
        importance: npt.NDArray[np.float32],
        *,
        seed: int,
        epochs: int,
        dropout: float,
        held_out: HeldOut | None = None,
        progress: Progress | None = None,
    ) -> None:
        settings, tagset = self.settings, self.tagset
        rng = np.random.default_rng(seed)
        # FTRL keeps sums, not weights: those that give the present weights
        sums = _sums(self.weights, self._roots, settings, np.float32(settings.l1))
        step_sums = _sums(self._steps, self._step_roots, settings, np.float32(0.0))
        number = np.float32
        count = len(importance)
        chance = importance / importance.sum() if settings.sampling == "weighted" else None
        best: tuple[float, Any] = (-1.0, None)
        since = 0
        for epoch in range(epochs):
            order = rng.permutation(count) if chance is None else rng.choice(count, count, p=chance)
            loss = kernels.train_epoch(
                order,
                examples.bounds,
                words,
                examples.gold,
                examples.mask_at,
                examples.masks,
                examples.negative_bounds,
                examples.negatives,
                importance if chance is None else np.ones_like(importance),
                *self.table.arrays(),
                self.weights,
                sums,
                self._roots,
                self._steps,
                step_sums,
                self._step_roots,
                tagset.allowed,
                tagset.starts,
                tagset.stops,
                self.chain.roles if len(tagset.labels) else np.zeros((0, 4), np.int32),
                settings.reach,
                self.bias,
                number(settings.rate),
                number(settings.smooth),
                number(settings.l1),
                number(settings.l2),
                dropout,
                seed * 1_000 + epoch,
            )
            figures = {"loss": float(loss) / max(count, 1)}
            self._set_chain()
            if held_out is not None:
                f1, bias = held_out.best_bias(partial(self._places, held_out))
                figures["dev_f1"] = f1
                if f1 > best[0]:
                    state = (self.weights, self._roots, self._steps, self._step_roots)
                    best, since = (f1, (*(part.copy() for part in state), bias)), 0
                else:
                    since += 1
            if progress:
                progress(epoch + 1, epochs, figures)
            if since >= settings.patience:
                break
        if held_out is not None:
            self.weights, self._roots, self._steps, self._step_roots, self.bias = best[1]
            self._set_chain()

    def _places(self, held_out: HeldOut, bias: float) -> npt.NDArray[np.int32]:
        return self.recognise(held_out.words, held_out.bounds, bias, scored=False)[0]

    def _calibrate(self, held_out: HeldOut) -> None:
        spans, scores = self.recognise(held_out.words, held_out.bounds, self.bias, scored=True)
        labels = [self.labels[label] for label in spans[:, 3]]
        self.calibrator = Calibrator.fit(scores, labels, held_out.correct(spans))


def _sums(
    weights: npt.NDArray[np.float32], roots: npt.NDArray[np.float32], settings: CrfSettings, l1: np.float32
) -> npt.NDArray[np.float32]:
    """The sums of FTRL at which its weights are these; what a pruned weight's sum was is forgotten."""
    strength = (np.float32(settings.smooth) + roots) / np.float32(settings.rate) + np.float32(settings.l2)
    return -weights * strength - np.sign(weights) * l1
