"""The linear-chain CRF (Lafferty et al. 2001) with emissions that are sums of per-word rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.alignment import TokenGold, align, align_both, labels_of, sentence_weights
from livener.recognizers.base import Progress
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.crf import files, kernels
from livener.recognizers.crf.descent import Descent, Parameters
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
        parameters: Parameters,
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
        self.parameters = parameters
        size = len(tagset.tags)
        self.step_counts = np.zeros((size, size), np.int64) if step_counts is None else step_counts
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
        table = WordTable(BORDERS, None)
        return cls(parsed, empty, table, parameters=Parameters.zeros(2, 2 * parsed.reach + 1, 1))

    @property
    def weights(self) -> npt.NDArray[np.float32]:
        """What each feature (row) adds to each tag at each offset (offsets × tags)."""
        return self.parameters.weights

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
        importance: Sequence[float] | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Train from the beginning; keep the epoch with the best strict F1 on ``dev``; calibrate there.

        With an empty ``dev`` all epochs are run and the scores are the model's own marginals.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap (see the setting ``overlaps``).
        """
        if not any(sentence.tokens for sentence in train):
            raise InputError("there is no sentence with tokens to learn from", where="crf")
        golds = align(train, overlaps=self.settings.overlaps)
        self.gazetteer = gazetteer_of(self.settings)
        self.tagset = TagSet(labels_of(golds), self.settings.scheme)
        self.table = WordTable(BORDERS, vectors_of(self.settings, seed))
        words, bounds = self._numbers_of_new(train)
        examples = Examples.of(golds, bounds, self.tagset)
        size = len(self.tagset.tags)
        self.step_counts = examples.step_counts(size)
        self.parameters = Parameters.zeros(len(self.table.features), 2 * self.settings.reach + 1, size)
        self._set_chain()
        self.bias, self.calibrator = 0.0, Calibrator()
        held_out = self._held_out(dev)
        weights = sentence_weights(golds, self.settings.class_weights, importance)
        descent = self._descent(words, examples, weights, seed=seed, dropout=self.settings.dropout_used)
        self._learn(descent, self.settings.epochs, held_out, progress=progress, checkpoints=checkpoints)

    def update(self, examples: Sequence[Sentence], *, seed: int = 0, epochs: int = 8) -> None:
        """Go on from the present weights with a few sentences, complete or partial; new words become features.

        Raises:
            InputError: a label that the model does not have, or gold spans overlap.
        """
        if not examples:
            return
        golds = align(examples, overlaps=self.settings.overlaps)
        if new := labels_of(golds) - set(self.labels):
            raise InputError(f"the model has no label {min(new)!r}", where="crf", fix=" | ".join(self.labels))
        with self.table.lock:
            descent = self._descent_on(examples, golds, seed=seed, dropout=0.0)
            self._learn(descent, epochs, None)

    def adapt(
        self,
        examples: Sequence[Sentence],
        replay: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        open_replay: bool = False,
        seed: int = 0,
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Go on for good: see `livener.recognizers.base.Adaptable`. New words and labels get weights of their own.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap.
        """
        if not any(sentence.tokens for sentence in examples):
            raise InputError("there is no sentence with tokens to learn from", where="crf")
        golds, old = align_both(examples, replay, overlaps=self.settings.overlaps, open_replay=open_replay)
        counts = [*(importance or [1.0] * len(golds)), *([1.0] * len(old))]
        with self.table.lock:
            before = self.labels
            self._add_labels(labels_of([*golds, *old]))
            if dev:
                self.bias = 0.0  # chosen anew
            descent = self._descent_on(
                [*examples, *replay], [*golds, *old], seed=seed, dropout=self.settings.dropout_used, counts=counts
            )
            held_out = self._held_out(dev)  # after the new words got their features
            keep = self.labels == before  # else the present state knows nothing of a label, however good it is
            self._learn(
                descent, self.settings.epochs, held_out, keep_present=keep, progress=progress, checkpoints=checkpoints
            )

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
            "roots": self.parameters.roots[used],
            "steps": self.parameters.steps,
            "step_roots": self.parameters.step_roots,
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
        return cls(
            settings,
            TagSet(description["labels"], settings.scheme),
            WordTable(features, WordVectors.load(path / "vectors") if (path / "vectors").is_dir() else None),
            parameters=Parameters(*(arrays[name] for name in Parameters.__slots__)),
            step_counts=arrays["step_counts"],
            bias=description["bias"],
            calibrator=Calibrator.of(description["calibrator"]),
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
        """Make the parameters count, and every cached row stale."""
        tagset = self.tagset
        size = len(tagset.tags)
        self._cache = RowCache(self.table, self._width)
        self.chain = Chain.of(tagset, self.parameters.steps.reshape(size, size))
        opening = (tagset.scheme.begin, tagset.scheme.single)
        self._opens = np.array([tag.partition("-")[0] in opening for tag in tagset.tags])
        self._label_of = np.array(
            [tagset.labels.index(tag.partition("-")[2]) if tag != "O" else -1 for tag in tagset.tags], np.int32
        )

    def _numbers_of_new(self, sentences: Sequence[Sentence]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """`numbers`, and what they have not met before becomes features."""
        self.table.growing = True
        self.table.clear()
        found = self.numbers(sentences)
        self.table.growing = False
        return found

    def _add_labels(self, labels: set[str]) -> None:
        old, new = self.tagset, TagSet({*self.labels, *labels}, self.settings.scheme)
        if new.labels == old.labels:
            return
        counts = np.zeros((len(new.tags),) * 2, np.int64)
        places = [new.index[tag] for tag in old.tags]
        counts[np.ix_(places, places)] = self.step_counts
        self.parameters, self.step_counts, self.tagset = self.parameters.with_tags(old, new), counts, new
        self._set_chain()

    def _descent_on(
        self,
        sentences: Sequence[Sentence],
        golds: Sequence[TokenGold],
        *,
        seed: int,
        dropout: float,
        counts: Sequence[float] | None = None,
    ) -> Descent:
        """What goes on from the present weights, with room for new words."""
        words, bounds = self._numbers_of_new(sentences)
        self.parameters = self.parameters.with_features(len(self.table.features) - len(self.weights))
        examples = Examples.of(golds, bounds, self.tagset)
        self.step_counts = self.step_counts + examples.step_counts(len(self.tagset.tags))
        weights = sentence_weights(golds, self.settings.class_weights, counts)
        return self._descent(words, examples, weights, seed=seed, dropout=dropout)

    def _descent(
        self,
        words: npt.NDArray[np.int32],
        examples: Examples,
        weights: npt.NDArray[np.float32],
        *,
        seed: int,
        dropout: float,
    ) -> Descent:
        roles = self.chain.roles if len(self.tagset.labels) else np.zeros((0, 4), np.int32)
        arrays = self.table.arrays()
        return Descent(self.settings, self.tagset, roles, words, examples, arrays, weights, self.bias, dropout, seed)

    def _learn(self, descent: Descent, epochs: int, held_out: HeldOut | None, **more: Any) -> None:
        """Run a descent, take its best parameters, and calibrate them on what is held out."""
        score = None if held_out is None else partial(held_out.best_bias, partial(self._places, held_out))
        found, bias = descent.run(self.parameters, epochs, changed=self._set_chain, score=score, **more)
        self.parameters = found
        self._set_chain()
        if held_out is not None and bias is not None:
            self.bias = bias
            spans, scores = self.recognise(held_out.words, held_out.bounds, self.bias, scored=True)
            labels = [self.labels[label] for label in spans[:, 3]]
            self.calibrator = Calibrator.fit(scores, labels, held_out.correct(spans))

    def _held_out(self, dev: Sequence[Sentence]) -> HeldOut | None:
        if not dev:
            return None
        return HeldOut.of(align(dev, overlaps=self.settings.overlaps), *self.numbers(dev), self.labels)

    def _places(self, held_out: HeldOut, bias: float) -> npt.NDArray[np.int32]:
        return self.recognise(held_out.words, held_out.bounds, bias, scored=False)[0]
