"""Two engines as one: the fast one answers, the accurate one reads again what the fast one is unsure of."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Protocol, Self, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics import evaluate
from livener.recognizers.base import Progress, Recognizer, Trainable
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.registry import get
from livener.recognizers.settings import parse_settings
from livener.tagging.chains import Chain
from livener.text import Document, Sentence, Span

Floats = npt.NDArray[np.float64]
_OF = "tokens"  # what the confidence is the probability of
_ADVICE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_NEVER = 1e-9  # a tag that is less probable is as good as never meant
_FINE = tuple(share / 100 for share in range(10, 30))  # where a cascade mostly is worth its while
_SHARES = (0.0, 0.02, 0.05, 0.075, *_FINE, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0)


@runtime_checkable
class Tagger(Protocol):
    """An engine that scores tags, so that the probability of what it says of a sentence can be computed."""

    chain: Chain

    def emissions(self, sentences: Sequence[Sentence]) -> tuple[Floats, npt.NDArray[np.int64]]: ...


@runtime_checkable
class Advised(Tagger, Protocol):
    """An engine that can be told what another one thinks, before it decides."""

    def answer(
        self, sentences: Sequence[Sentence], x: Floats, bounds: npt.NDArray[np.int64], calibrator: Calibrator
    ) -> list[list[Span]]: ...


@dataclass(frozen=True, slots=True)
class CascadeSettings:
    """``fast`` and ``accurate``: two model directories.

    The point of the frontier is the fastest that is ``within`` so many points of F1 of the best; with ``speed``, the
    best of those that read at least so many sentences a second.
    """

    fast: str
    accurate: str
    within: float = 0.5
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One way to run a cascade, as measured on dev: the ``share`` of sentences below ``threshold`` is read again.

    ``f1`` is strict, ``speed`` in sentences a second on the machine that measured it.
    """

    threshold: float
    share: float
    f1: float
    speed: float


class Cascade:
    """A fast engine, an accurate one, and a threshold on the probability of what the fast one says of a token.

    `fit` trains neither: it measures the frontier of share, speed and F1 on dev, and `choose` picks a point of it.
    Spans keep the sources of the engine that gave them. Where the accurate one scores the same tags (the neural
    ones), it hears what the fast one thinks: to its scores the log probabilities of the fast one's tags are added,
    ``advice`` times, which `fit` chooses on dev, none included; what is decided so is calibrated there.

    >>> Cascade.create({"fast": "crf-model"})
    Traceback (most recent call last):
    ...
    livener.errors.InputError: cascade: needs two model directories (expected fast=… and accurate=…)
    """

    name: ClassVar[str] = "cascade.v1"

    def __init__(
        self,
        fast: Recognizer,
        accurate: Recognizer,
        *,
        threshold: float = 0.0,
        frontier: Sequence[Point] = (),
        advice: float = 0.0,
        calibrator: Calibrator | None = None,
        settings: CascadeSettings | None = None,
    ) -> None:
        if not isinstance(fast, Tagger):
            raise InputError(
                f"{fast.name} does not say how sure it is of a sentence", where="cascade", fix="fast: crf"
            )
        self.fast, self.accurate = fast, accurate
        self.threshold, self.frontier = threshold, tuple(frontier)
        self.advice, self.calibrator = advice, calibrator or Calibrator()
        self._settings = settings or CascadeSettings("", "")

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """The engines of two model directories.

        Raises:
            InputError: an unknown or wrong setting, or a folder that is no model.
        """
        if not {"fast", "accurate"} <= settings.keys():
            raise InputError("needs two model directories", where="cascade", fix="fast=… and accurate=…")
        parsed = parse_settings(CascadeSettings, settings, where="cascade")
        return cls(_engine(Path(parsed.fast)), _engine(Path(parsed.accurate)), settings=parsed)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({*self.fast.labels, *self.accurate.labels}))

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order."""
        found = self.fast.predict(sentences)
        if not sentences or self.threshold <= 0:
            return found
        confidence, probability, bounds = self._read(sentences)
        unsure = np.flatnonzero(confidence < self.threshold)
        if len(unsure):
            thought = np.concatenate([probability[bounds[i] : bounds[i + 1]] for i in unsure])
            again = self._again([sentences[i] for i in unsure.tolist()], thought)
            for i, spans in zip(unsure.tolist(), again, strict=True):
                found[i] = spans
        return found

    def _again(self, sentences: Sequence[Sentence], probability: Floats) -> list[list[Span]]:
        """What the accurate engine says, told the probability of each tag by the fast one, (tokens, tags)."""
        if not self.advice:
            return self.accurate.predict(sentences)
        engine = cast(Advised, self.accurate)
        x, bounds = engine.emissions(sentences)
        return engine.answer(sentences, x + self.advice * _thought(probability), bounds, self.calibrator)

    def confidence(self, sentences: Sequence[Sentence]) -> Floats:
        """How probable the tags of the fast engine are, (sentences,), before any calibration: the geometric mean over
        the tokens, since what reading again costs grows with them."""
        return self._read(sentences)[0]

    def _read(self, sentences: Sequence[Sentence]) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
        """The confidence, the probability of each tag (tokens, tags), and where sentences begin in that."""
        tagger = cast(Tagger, self.fast)
        x, bounds = tagger.emissions(sentences)
        _, best = tagger.chain.decode(x, bounds)
        probability, log_z, _ = tagger.chain.marginals(x, bounds)
        lengths = np.maximum(np.diff(bounds), 1)
        confidence: Floats = np.exp(np.minimum(best - log_z, 0.0) / lengths)
        confidence[bounds[1:] == bounds[:-1]] = 1.0
        return confidence, probability, bounds

    def fit(
        self,
        train: Sequence[Sentence],  # noqa: ARG002  (both engines are trained already)
        dev: Sequence[Sentence],
        *,
        seed: int = 0,  # noqa: ARG002
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,  # noqa: ARG002
        checkpoints: Checkpoints | None = None,  # noqa: ARG002
    ) -> None:
        """Measure the frontier on ``dev``, and choose the point that the settings ask for."""
        quick, fast_seconds = _timed(lambda: (self.fast.predict(dev), self._read(dev)))
        fast_spans, (confidence, probability, _) = quick
        self._be_advised(dev, probability)
        slow_spans, slow_seconds = _timed(lambda: self._again(dev, probability))
        lengths = np.array([len(sentence.tokens) for sentence in dev])
        points = []
        for done, share in enumerate(_SHARES, 1):
            threshold = float(np.quantile(confidence, share)) if share < 1.0 else 2.0
            again = confidence < threshold
            mixed = [
                slow if unsure else fast for unsure, slow, fast in zip(again, slow_spans, fast_spans, strict=True)
            ]
            seconds = fast_seconds + slow_seconds * float(lengths[again].sum() / max(1, lengths.sum()))
            points.append(Point(threshold, float(again.mean()), _f1(dev, mixed), len(dev) / seconds))
            if progress:
                progress(done, len(_SHARES), {"share": share, "dev_f1": points[-1].f1})
        self.frontier = tuple(points)
        self.choose(within=self._settings.within, speed=self._settings.speed)

    def _be_advised(self, dev: Sequence[Sentence], probability: Floats) -> None:
        """Choose on ``dev`` how much the accurate engine hears of the fast one."""
        self.advice, self.calibrator = 0.0, Calibrator()
        engine, fast = self.accurate, cast(Tagger, self.fast)
        if not isinstance(engine, Advised) or engine.chain.tagset.tags != fast.chain.tagset.tags:
            return
        (x, bounds), thought = engine.emissions(dev), _thought(probability)
        said = {advice: engine.answer(dev, x + advice * thought, bounds, self.calibrator) for advice in _ADVICE}
        self.advice = max(_ADVICE, key=lambda advice: _f1(dev, said[advice]))
        pairs = [
            (span, _place(span) in map(_place, sentence.document.spans))
            for sentence, found in zip(dev, said[self.advice], strict=True)
            for span in found
        ]
        if self.advice and pairs:
            scores = np.array([span.score for span, _ in pairs], np.float64)
            right = np.array([correct for _, correct in pairs])
            self.calibrator = Calibrator.fit(scores, [span.label for span, _ in pairs], right)

    def choose(self, *, within: float = 0.5, speed: float | None = None) -> Point:
        """Run from now on by the fastest point within so many points of F1 of the best, or by the best of those that
        read at least ``speed`` sentences a second.

        Raises:
            InputError: nothing was measured, or no point is so fast.
        """
        possible = [point for point in self.frontier if speed is None or point.speed >= speed]
        if not possible:
            most = f"at most {max(point.speed for point in self.frontier):.0f}" if self.frontier else "livener train"
            raise InputError(f"no point of the frontier reads {speed} sentences a second", where="cascade", fix=most)
        best = max(point.f1 for point in possible)
        if speed is not None:
            chosen = max(possible, key=lambda point: (point.f1, point.speed))
        else:
            chosen = max((p for p in possible if p.f1 >= best - within / 100), key=lambda point: point.speed)
        self.threshold = chosen.threshold
        return chosen

    def update(self, examples: Sequence[Sentence], *, seed: int = 0) -> None:
        """Let both engines learn; the frontier stays as it was measured."""
        for engine in (self.fast, self.accurate):
            if isinstance(engine, Trainable):
                engine.update(examples, seed=seed)

    def save(self, path: Path) -> None:
        """Write ``fast/``, ``accurate/`` and ``cascade.json`` into the directory ``path``."""
        for name, engine in (("fast", self.fast), ("accurate", self.accurate)):
            (path / name).mkdir()
            engine.save(path / name)
        record = {
            "fast": self.fast.name,
            "accurate": self.accurate.name,
            "threshold": self.threshold,
            "of": _OF,
            "advice": self.advice,
            "calibrator": asdict(self.calibrator),
            "frontier": [asdict(point) for point in self.frontier],
        }
        (path / "cascade.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: an earlier livener wrote it, which was unsure of other sentences.
        """
        record = json.loads((path / "cascade.json").read_text(encoding="utf-8"))
        if record.get("of") != _OF:
            raise InputError("its threshold is of another kind", where=str(path), fix="livener train once more")
        fast, accurate = (get(record[name]).load(path / name) for name in ("fast", "accurate"))
        points = [Point(**point) for point in record["frontier"]]
        return cls(
            fast,
            accurate,
            threshold=record["threshold"],
            frontier=points,
            advice=record.get("advice", 0.0),  # what was written before has none
            calibrator=Calibrator.of(record["calibrator"]) if "calibrator" in record else None,
        )


def _engine(path: Path) -> Recognizer:
    try:
        name = json.loads((path / "model.json").read_text(encoding="utf-8"))["recognizer"]
        return get(name).load(path / "recognizer")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"not a model: {error}", where=str(path), fix="a directory that `livener train` wrote"
        ) from None


def _thought(probability: Floats) -> Floats:
    logarithm: Floats = np.log(np.maximum(probability, _NEVER))
    return logarithm


def _place(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and the seconds of a second run: the first one fills caches."""
    work()
    began = perf_counter()
    result = work()
    return result, perf_counter() - began


def _f1(sentences: Sequence[Sentence], spans: Sequence[Sequence[Span]]) -> float:
    documents: dict[int, Document] = {}
    predicted: dict[int, list[Span]] = {}
    for sentence, found in zip(sentences, spans, strict=True):
        documents[id(sentence.document)] = sentence.document
        predicted.setdefault(id(sentence.document), []).extend(found)
    return evaluate([document.spans for document in documents.values()], list(predicted.values())).strict.f1
