"""What the neural recognizers have in common."""

import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.alignment import align, align_both, labels_of
from livener.recognizers.base import Progress
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.neural.decoding import best_spans
from livener.recognizers.neural.runtime import OnnxRuntime, Runtime, gpu_present, has_torch, run
from livener.recognizers.neural.settings import NeuralSettings
from livener.recognizers.neural.windows import Row, collate, pack
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet
from livener.text import Sentence, Span

if TYPE_CHECKING:
    from livener.recognizers.neural.fitting import HeldOutText
    from livener.recognizers.neural.network import Network

ONNX = "model.onnx"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class NeuralTagger:
    """A network that scores the tags of tokens, and everything around it.

    A subclass turns sentences into rows, and files into a network. ``files`` are those of the saved model by name;
    ``model.onnx`` among them is what predicts, without torch.
    """

    name: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        settings: NeuralSettings,
        tagset: TagSet,
        files: Mapping[str, bytes | mmap.mmap],
        *,
        steps: Floats | None = None,
        bias: float = 0.0,
        calibrator: Calibrator | None = None,
        plan: str | None = None,
    ) -> None:
        self.settings: Any = settings
        self.tagset = tagset
        self.files = dict(files)
        self.bias = bias
        self.calibrator = calibrator or Calibrator()
        self.plan = plan
        self.set_steps(steps)
        self._runtime: Runtime | None = None

    # What a subclass gives.

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """An untrained one."""
        raise NotImplementedError

    def rows(self, sentences: Sequence[Sentence]) -> list[Row]:
        """What the network sees of these sentences, so that every token is read once."""
        raise NotImplementedError

    @property
    def padding(self) -> dict[str, int]:
        """What fills the arrays of a batch after the end of a row, where it is not 0."""
        return {}

    @property
    def rates(self) -> tuple[float, float]:
        """By what the rate is multiplied with each layer further down, and for what is new on top of an encoder."""
        return 1.0, 1.0

    def begin(self, train: Sequence[Sentence], seed: int) -> "Network":
        """A network to train from the beginning, and in ``files`` all but its weights."""
        raise NotImplementedError

    def network(self) -> "Network":
        """The network of ``files``, in torch."""
        raise NotImplementedError

    def keep(self, network: "Network") -> None:
        """Put the network's weights into ``files``."""
        raise NotImplementedError

    # What they share.

    @property
    def labels(self) -> tuple[str, ...]:
        return self.tagset.labels

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans, scores calibrated; the best legal path's, so that they never overlap."""
        return self.answer(sentences, *self.emissions(sentences), self.calibrator)

    def answer(
        self, sentences: Sequence[Sentence], x: Floats, bounds: Ints, calibrator: Calibrator
    ) -> list[list[Span]]:
        """What scores such as those of `emissions` say: the spans of the best legal paths."""
        found: list[list[Span]] = [[] for _ in sentences]
        spans, scores = self.decode(x, bounds, scored=True)
        labels = [self.labels[label] for label in spans[:, 3].tolist()]
        calibrated = calibrator(scores, labels).tolist()
        source = self.name.partition(".")[0]
        for (i, start, end, _), label, score in zip(spans.tolist(), labels, calibrated, strict=True):
            tokens = sentences[i].tokens
            found[i].append(sentences[i].span(tokens[start][0], tokens[end - 1][1], label, score, source))
        return found

    def emissions(self, sentences: Sequence[Sentence]) -> tuple[Floats, Ints]:
        """The scores (N tokens, K tags) of a batch and its bounds (sentences + 1,), for `chain`."""
        x, bounds = self.scores(sentences, self.runtime)
        x[:, 0] += self.bias
        return x, bounds

    def scores(self, sentences: Sequence[Sentence], runtime: Runtime) -> tuple[Floats, Ints]:
        """The network's own scores (N tokens, K tags) as ``runtime`` gives them, and the bounds (sentences + 1,)."""
        bounds = bounds_of(sentences)
        x = np.zeros((int(bounds[-1]), len(self.tagset.tags)))
        rows = self.rows(sentences)
        for batch in pack([row.length for row in rows], runtime.budget):
            chosen = [rows[i] for i in batch]
            for row, scores in zip(chosen, run(runtime, collate(chosen, self.padding)), strict=True):
                x[row.at : row.at + len(row.reads)] = scores[row.reads]
        return x, bounds

    @property
    def runtime(self) -> Runtime:
        """What runs the network: ONNX Runtime where it is exported.

        Raises:
            InputError: nothing was trained yet.
        """
        if not self.files:
            raise InputError("is not trained", where=self.name)
        if self._runtime is None:
            self._runtime = OnnxRuntime(bytes(self.files[ONNX])) if ONNX in self.files else self._torch()
        return self._runtime

    def run_by(self, runtime: Runtime | None) -> None:
        """Predict by ``runtime`` from now on; by what is in ``files`` where it is ``None``."""
        self._runtime = runtime

    def to(self, device: str) -> None:
        """Predict in torch on ``device`` from now on (``"cuda"``), or as exported again (``"cpu"``).

        ``auto`` is a GPU where there is one, and torch or an ONNX Runtime that knows it; else as exported.

        Raises:
            InputError: there is no such device.
        """
        if device == "auto":
            device = "cuda" if gpu_present() and not OnnxRuntime.on_gpu() and has_torch() else "cpu"
        self.run_by(None if device == "cpu" else self._torch(device))

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

        With an empty ``dev`` all epochs are run, the scores are the model's own, and nothing is quantised.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap (see the setting ``overlaps``).
            MissingDependencyError: torch is not installed.
        """
        if not any(sentence.tokens for sentence in train):
            raise InputError("there is no sentence with tokens to learn from", where=self.name)
        golds = align(train, overlaps=self.settings.overlaps)
        self.tagset = TagSet(labels_of(golds), self.settings.scheme)
        self.set_steps(None)
        self.bias, self.calibrator, self.plan = 0.0, Calibrator(), None
        self.files.pop(ONNX, None)
        need_torch(self.name)
        from livener.recognizers.neural import fitting

        network = self.begin(train, seed)
        held_out = fitting.HeldOutText.of(self, dev) if dev else None
        fitting.learn(
            self,
            network,
            train,
            golds,
            self.settings,
            seed=seed,
            importance=importance,
            held_out=held_out,
            progress=progress,
            checkpoints=checkpoints,
        )
        self._finish(network, held_out)

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
        """Go on for good: see `livener.recognizers.base.Adaptable`.

        What the model says now is a teacher beside the labels: where it is not contradicted by them it is to stay.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap.
            MissingDependencyError: torch is not installed.
        """
        if not any(sentence.tokens for sentence in examples):
            raise InputError("there is no sentence with tokens to learn from", where=self.name)
        golds, old = align_both(examples, replay, overlaps=self.settings.overlaps, open_replay=open_replay)
        need_torch(self.name)
        from livener.recognizers.neural import fitting, growing
        from livener.recognizers.neural.network import TorchRuntime, device_of

        network, both = self.network(), [*examples, *replay]
        device = device_of(self.settings.device)
        said = fitting.Opinion(self.tagset, self.scores(both, TorchRuntime(network.to(device), device))[0])
        grown = TagSet({*self.labels, *labels_of([*golds, *old])}, self.settings.scheme)
        grows = grown.labels != self.labels
        if grows:
            growing.grow(network, self.tagset, grown, seed=seed)
            self.tagset = grown
            self.set_steps(None if network.steps is None else network.steps.detach().cpu().numpy().astype(np.float64))
        held_out = fitting.HeldOutText.of(self, dev) if dev else None
        fitting.learn(
            self,
            network,
            both,
            [*golds, *old],
            self.settings,
            seed=seed,
            importance=[*(importance or [1.0] * len(golds)), *([1.0] * len(old))],
            opinion=said,
            held_out=held_out,
            keep_present=not grows,  # it knows nothing of the new labels, however good it is
            progress=progress,
            checkpoints=checkpoints,
        )
        self.plan = None
        self._finish(network, held_out)

    def _finish(self, network: "Network", held_out: "HeldOutText | None") -> None:
        """Export what was learned, and calibrate it on what is held out."""
        from livener.recognizers.neural import fitting

        fitting.export_best(self, network, held_out)
        if held_out is not None:
            spans, scores = self.decode(*self.emissions(held_out.sentences), scored=True)
            labels = [self.labels[label] for label in spans[:, 3]]
            self.calibrator = Calibrator.fit(scores, labels, held_out.gold.correct(spans))

    def update(self, examples: Sequence[Sentence], *, seed: int = 0, epochs: int = 3) -> None:
        """Go on from the present weights with a few sentences, complete or partial.

        Of partial labels only what is known to be right is learned, not what was said to be wrong.

        Raises:
            InputError: a label that the model does not have, or gold spans overlap.
        """
        golds = align(examples, overlaps=self.settings.overlaps)
        if new := labels_of(golds) - set(self.labels):
            raise InputError(f"the model has no label {min(new)!r}", where=self.name, fix=" | ".join(self.labels))
        if not any(sentence.tokens for sentence in examples):
            return
        need_torch(self.name)
        from livener.recognizers.neural import fitting

        network = self.network()
        fitting.learn(self, network, examples, golds, replace(self.settings, epochs=epochs, warmup=0.0), seed=seed)
        self.files.pop(ONNX, None)

    def save(self, path: Path) -> None:
        """Write the description and the files of the model; what is not exported yet is, where it can be."""
        self._export()
        description = {
            "name": self.name,
            "settings": asdict(self.settings),
            "labels": self.labels,
            "bias": self.bias,
            "calibrator": asdict(self.calibrator),
            "steps": self.steps.tolist() if self.settings.head == "crf" else None,
            "plan": self.plan,
            "files": sorted(self.files),
        } | self.described()
        (path / self._description()).write_text(
            json.dumps(description, indent=1, ensure_ascii=False), encoding="utf-8"
        )
        for name, content in self.files.items():
            (path / name).write_bytes(content)

    def described(self) -> dict[str, Any]:
        """What a subclass adds to the description."""
        return {}

    @classmethod
    def read(cls, path: Path) -> tuple[dict[str, Any], dict[str, bytes | mmap.mmap], dict[str, Any]]:
        """The description that `save` wrote, the files, and what the constructor takes beside settings and tags.

        Raises:
            InputError: a file is missing.
        """
        file = path / cls._description()
        if not file.is_file():
            raise InputError(
                f"there is no file {file.name}", where=str(path), fix=f"the folder of a saved {cls.name}"
            )
        description: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        files = {name: _content(path / name) for name in description["files"]}
        rest = {
            "steps": None if description["steps"] is None else np.array(description["steps"]),
            "bias": description["bias"],
            "calibrator": Calibrator.of(description["calibrator"]),
            "plan": description["plan"],
        }
        return description, files, rest

    def __getstate__(self) -> dict[str, Any]:
        self._export()  # a worker should not need torch
        files = {name: bytes(content) for name, content in self.files.items()}
        return self.__dict__ | {"files": files, "_runtime": None}

    @classmethod
    def _description(cls) -> str:
        return cls.name.partition(".")[0] + ".json"

    def set_steps(self, steps: Floats | None) -> None:
        """Let these scores of steps (K, K) count; none by default."""
        size = len(self.tagset.tags)
        self.steps = np.zeros((size, size)) if steps is None else steps
        self.chain = Chain.of(self.tagset, self.steps)

    def _export(self) -> None:
        if ONNX in self.files:
            return
        need_torch(self.name)
        from livener.recognizers.neural import fitting

        if (model := fitting.exported(self, self.network())) is not None:
            self.files[ONNX] = model

    def _torch(self, device: str | None = None) -> Runtime:
        need_torch(self.name)
        from livener.recognizers.neural.network import TorchRuntime, device_of

        where = device_of(device or self.settings.device)
        return TorchRuntime(self.network().to(where).eval(), where, bfloat16=where.type == "cuda")

    def decode(self, x: Floats, bounds: Ints, *, scored: bool) -> tuple[npt.NDArray[np.int32], Floats]:
        """The spans (M, 4) of the best legal paths, and their marginals (ones where not ``scored``)."""
        return best_spans(self.chain, x, bounds, scored=scored)


def need_torch(what: str) -> None:
    """Say which extra is missing, before anything long begins.

    Raises:
        MissingDependencyError: torch is not installed.
    """
    if not has_torch():
        raise MissingDependencyError("torch", extra="neural", need=what)


def bounds_of(sentences: Sequence[Sentence]) -> Ints:
    """Where the tokens of each sentence begin in a flat array of all, and their number, (sentences + 1,)."""
    bounds = np.zeros(len(sentences) + 1, np.int64)
    np.cumsum([len(sentence.tokens) for sentence in sentences], out=bounds[1:])
    return bounds


def _content(path: Path) -> bytes | mmap.mmap:
    """The file, mapped: large weights are read only where they are used, even if the file is replaced meanwhile."""
    if not path.is_file():
        raise InputError(f"there is no file {path.name}", where=str(path.parent), fix="an intact copy of the model")
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
