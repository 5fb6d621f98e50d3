"""The linear-chain CRF (Lafferty et al. 2001) with emissions that are sums of per-word rows."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import chain as flatten
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.formats import read
from livener.recognizers.alignment import Overlaps, align
from livener.recognizers.base import Progress
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.crf import kernels
from livener.recognizers.crf.examples import Examples, HeldOut
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.crf.words import BORDERS, CHANNEL, RowCache, WordTable
from livener.recognizers.gazetteer import Gazetteer
from livener.recognizers.settings import parse_settings
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet
from livener.text import Sentence, Span
from livener.text.segment import Segmenter


@dataclass(frozen=True, slots=True)
class CrfSettings:
    """Settings of the CRF; the defaults are meant to be left alone.

    ``vectors``: ``"offline"``, an encoder's folder or package, or ``"unlabelled"`` to learn them from the text files
    in ``unlabelled``. ``gazetteers``: term lists whose matches are features. ``class_weights``: how much a sentence
    counts that holds a label, or ``"balanced"``; ``sampling`` draws sentences by those weights instead of weighting.
    ``overlaps``: what to do with nested gold spans.
    """

    scheme: Literal["BIO", "BIOES", "BILOU"] = "BIO"
    reach: int = 2
    epochs: int = 15
    patience: int = 4
    rate: float = 0.1
    smooth: float = 1.0
    l1: float = 0.05
    l2: float = 0.01
    dropout: float | None = None
    vectors: str | None = None
    unlabelled: tuple[str, ...] = ()
    gazetteers: tuple[str, ...] = ()
    class_weights: Mapping[str, float] | Literal["balanced"] = field(default_factory=dict)
    sampling: Literal["all", "weighted"] = "all"
    overlaps: Overlaps = "error"

    @property
    def dropout_used(self) -> float:
        """The share of features left out at random in training; more where vectors back each other up."""
        return self.dropout if self.dropout is not None else 0.3 if self.vectors else 0.1


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
        in_range = parsed.rate > 0 and parsed.smooth > 0 and 0 <= parsed.dropout_used < 1
        if not (0 <= parsed.reach <= 5 and parsed.epochs > 0 and in_range):
            fix = "0 <= reach <= 5, epochs > 0, rate > 0, smooth > 0, 0 <= dropout < 1"
            raise InputError("a setting is out of range", where="crf", fix=fix)
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
        golds = align(train, overlaps=self.settings.overlaps)
        labels = {label for gold in golds for _, _, label in (*gold.spans, *gold.negatives)}
        self.gazetteer = _gazetteer(self.settings)
        self.tagset = TagSet(labels, self.settings.scheme)
        self.table = WordTable(BORDERS, _vectors(self.settings, seed))
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
        self.bias, self.calibrator = 0.0, Calibrator()
        held_out = HeldOut.of(self, dev) if dev else None
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
        golds = align(examples, overlaps=self.settings.overlaps)
        new = {label for gold in golds for _, _, label in (*gold.spans, *gold.negatives)} - set(self.labels)
        if new:
            raise InputError(f"the model has no label {min(new)!r}", where="crf", fix=" | ".join(self.labels))
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
        words, bounds = self.numbers(sentences)
        rows = self._cache.rows(words, self.weights)
        x = np.empty((len(words), len(self.tagset.tags)))
        for lo, hi in pairwise(bounds):
            kernels.emissions(words[lo:hi], rows, self.settings.reach, self.bias, x[lo:hi])
        return x, bounds

    def save(self, path: Path) -> None:
        """Write ``crf.json``, ``features.txt``, ``weights.npz`` and, where used, ``vectors/`` and ``gazetteer/``."""
        used = np.abs(self.weights).max(axis=1, initial=0.0) > 0.0
        used[: len(BORDERS)] = True
        features = [name for name, keep in zip(self.table.features, used, strict=True) if keep]
        (path / "features.txt").write_text("\n".join(features), encoding="utf-8", newline="\n")
        np.savez(
            path / "weights.npz",
            weights=self.weights[used],
            roots=self._roots[used],
            steps=self._steps,
            step_roots=self._step_roots,
            step_counts=self.step_counts,
        )
        description = {
            "name": self.name,
            "settings": asdict(self.settings),
            "labels": self.labels,
            "bias": self.bias,
            "calibrator": asdict(self.calibrator),
        }
        (path / "crf.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), encoding="utf-8")
        if self.table.vectors is not None:
            (path / "vectors").mkdir()
            self.table.vectors.save(path / "vectors")
        if self.gazetteer is not None:
            (path / "gazetteer").mkdir()
            self.gazetteer.save(path / "gazetteer")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        description = json.loads((path / "crf.json").read_text(encoding="utf-8"))
        settings = CrfSettings(**description["settings"])
        lines = {label: tuple(line) for label, line in description["calibrator"]["lines"].items()}
        vectors = WordVectors.load(path / "vectors") if (path / "vectors").is_dir() else None
        features = (path / "features.txt").read_text(encoding="utf-8").split("\n")
        with np.load(path / "weights.npz", allow_pickle=False) as arrays:
            return cls(
                settings,
                TagSet(description["labels"], settings.scheme),
                WordTable(features, vectors),
                **{name: arrays[name] for name in arrays.files},
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
        words = list(flatten.from_iterable([sentence.words for sentence in sentences]))
        if self.gazetteer is None:
            return self.table.numbers(words)[:, None], bounds
        matched = _gazetteer_words(self.gazetteer, sentences)
        return self.table.numbers(words + matched).reshape(2, -1).T.copy(), bounds

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
                f1, bias = held_out.best_bias(self)
                figures["dev_f1"] = f1
                if f1 > best[0]:
                    best, since = (f1, (self.weights.copy(), self._roots.copy(), self._steps.copy(), bias)), 0
                else:
                    since += 1
            if progress:
                progress(epoch + 1, epochs, figures)
            if since >= settings.patience:
                break
        if held_out is not None:
            self.weights, self._roots, self._steps, self.bias = best[1]
            self._set_chain()

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


def _vectors(settings: CrfSettings, seed: int) -> WordVectors | None:
    if settings.vectors is None:
        return None
    if settings.vectors != "unlabelled":
        return _encoder_vectors(settings.vectors, seed)
    if not settings.unlabelled:
        raise InputError("vectors=unlabelled needs text", where="crf", fix="the setting unlabelled: text files")
    return WordVectors.from_text(_sentences(settings.unlabelled), seed=seed)


@lru_cache(maxsize=2)
def _encoder_vectors(name: str, seed: int) -> WordVectors:
    return WordVectors.from_encoder(name, seed=seed)


def _sentences(paths: Sequence[str]) -> Iterator[list[str]]:
    segmenter = Segmenter()
    for path in paths:
        for document in read(path):
            for sentence in segmenter.sentences(document):
                yield sentence.words


def _gazetteer(settings: CrfSettings) -> Gazetteer | None:
    return Gazetteer.create({"files": list(settings.gazetteers)}) if settings.gazetteers else None


def _gazetteer_words(gazetteer: Gazetteer, sentences: Sequence[Sentence]) -> list[str]:
    """For each token the name of its place in a match of the gazetteer, as a word of its own."""
    words: list[str] = []
    for sentence, spans in zip(sentences, gazetteer.predict(sentences), strict=True):
        here = [CHANNEL + "O"] * len(sentence.tokens)
        matches = [(span.start, span.end, span.label) for span in spans]
        for t, (start, end) in enumerate(sentence.tokens):
            begin, stop = sentence.original(start, end)
            for first, last, label in matches:
                if first <= begin and stop <= last:
                    here[t] = f"{CHANNEL}{'B' if begin == first else 'I'}-{label}"
        words += here
    return words
