"""Training: documents in, a model directory out."""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast

from livener.datasets import fingerprint
from livener.errors import InputError
from livener.metrics import evaluate
from livener.pipeline import Pipeline, save
from livener.pipeline.model_directory import check_target
from livener.recognizers.base import Progress, Trainable
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.registry import get
from livener.recognizers.team import Team
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

KEEP_EVERY = 30.0
"""Seconds between two checkpoints: a shorter training writes none."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training gave: the pipeline, where it was written, its metrics on dev, and the seconds of fitting.

    ``unaligned`` are the training spans, each with its document's id, that do not begin and end with a token of one
    sentence: they could not be learned. ``cost`` is what the model's ``training`` records: see `Meter`.
    """

    pipeline: Pipeline
    path: Path
    metrics: dict[str, Any]
    seconds: float
    unaligned: list[tuple[str, Span]]
    cost: Mapping[str, Any] = field(default_factory=dict)


def train(
    recognizer: str,
    train: Sequence[Document],
    dev: Sequence[Document],
    *,
    out: str | Path,
    settings: Mapping[str, Any] | None = None,
    importance: Mapping[str, float] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    segmenter: Segmenter | None = None,
    created: datetime | None = None,
    resume: bool = False,
    keep_every: float = KEEP_EVERY,
    hourly_cost: float | None = None,
) -> TrainingReport:
    """Fit a new recognizer, evaluate it on ``dev``, and write the model directory ``out``, whole or not at all.

    ``importance`` is how much a document counts, by id, 1 where it has none (see `emphasis`). ``created`` is the time
    that the model carries; now by default. The state of the training is kept beside ``out`` every ``keep_every``
    seconds; with ``resume`` it goes on from there, if there is one. ``hourly_cost`` is what an hour of the machine
    costs, in any currency.

    Raises:
        InputError: an unknown or untrainable recognizer, a wrong setting or seed, no documents or no spans to learn
            from or to stop on, an ``out`` that must not be overwritten, or an unfinished training of something else.
    """
    out = Path(out)
    check_target(out)
    engine = get(recognizer)
    if not hasattr(engine, "fit"):
        raise InputError(f"recognizer {recognizer!r} does not learn from documents", fix="a trainable one: crf")
    check_documents({"training": train, "development": dev}, seed)
    _check_labels(train, dev)
    settings = dict(settings or {})
    model = cast(type[Trainable], engine).create(settings)
    segmenter = segmenter or Segmenter()
    sentences = {name: segment(documents, segmenter) for name, documents in (("train", train), ("dev", dev))}
    lost = unaligned(sentences["train"])
    if len(lost) == sum(len(document.spans) for document in train):
        raise InputError(
            "no training span begins and ends with a token of one sentence: nothing to learn from",
            where=f"document {lost[0][0]!r} and all others",
            fix="offsets in code points, [start, end)",
        )
    parts = {"train": train, "dev": dev}
    key = training_key([model.name, settings, seed, importance], parts)
    checkpoints = checkpoints_of(out, key, resume=resume, every=keep_every)
    meter = Meter.start(hourly_cost)
    model.fit(
        sentences["train"],
        sentences["dev"],
        seed=seed,
        progress=progress,
        importance=per_sentence(importance, sentences["train"]),
        checkpoints=checkpoints,
    )
    info = {"settings": settings, "seed": seed}
    return finish(
        Pipeline(model, segmenter, info=info),
        out,
        parts,
        {name: len(found) for name, found in sentences.items()},
        lost=lost,
        cost=meter.read(checkpoints),
        created=created,
        checkpoints=checkpoints,
    )


def finish(
    pipeline: Pipeline,
    out: Path,
    parts: Mapping[str, Sequence[Document]],
    sentences: Mapping[str, int],
    *,
    lost: list[tuple[str, Span]],
    cost: Mapping[str, Any],
    created: datetime | None,
    checkpoints: Checkpoints,
) -> TrainingReport:
    """Evaluate what was learned on ``parts["dev"]``, write it with what is known of it, and forget the checkpoint.

    Of several processes that train together only the first writes.
    """
    dev = parts["dev"]
    found = evaluate([document.spans for document in dev], [document.spans for document in pipeline.pipe(dev)])
    metrics = found.as_dict()
    pipeline.info |= {
        "created": (created or datetime.now(UTC)).isoformat(timespec="seconds"),
        "data": {
            name: {
                "documents": len(documents),
                "sentences": sentences[name],
                "spans": sum(len(document.spans) for document in documents),
                "sha256": fingerprint(documents),
            }
            for name, documents in parts.items()
        },
        "metrics": metrics,
        "training": dict(cost),
    }
    if Team.of().leads:
        save(pipeline, out)
        checkpoints.clear()
    return TrainingReport(pipeline, out, metrics, float(cost["seconds"]), lost, cost)


@dataclass(frozen=True, slots=True)
class Meter:
    """What a training costs: ``seconds`` of wall clock, those before it was resumed included, ``cpu_seconds`` of this
    process, on how many ``processors``, how often it was ``resumed``, and with a price per hour its ``cost``."""

    began: float
    cpu_began: float
    hourly_cost: float | None

    @classmethod
    def start(cls, hourly_cost: float | None = None) -> "Meter":
        """The work begins."""
        return cls(perf_counter(), process_time(), hourly_cost)

    def read(self, checkpoints: Checkpoints) -> dict[str, Any]:
        """What it has cost so far."""
        seconds = perf_counter() - self.began + checkpoints.seconds_before
        found = {
            "seconds": round(seconds, 3),
            "cpu_seconds": round(process_time() - self.cpu_began, 3),
            "processors": os.cpu_count() or 1,
            "resumed": checkpoints.resumed,
        }
        if self.hourly_cost is not None:
            found |= {"hourly_cost": self.hourly_cost, "cost": round(seconds / 3600.0 * self.hourly_cost, 6)}
        return found


def checkpoints_of(out: Path, key: str, *, resume: bool, every: float) -> Checkpoints:
    """Where the state of the training of ``out`` is kept: beside it. What is there is used only to ``resume``."""
    checkpoints = Checkpoints(unfinished(out), key=key, every=every)
    if not resume:
        checkpoints.clear()
    return checkpoints


def unfinished(out: str | Path) -> Path:
    """The folder with the state of a training of ``out`` that has not ended.

    >>> unfinished("models/m").as_posix()
    'models/.m.training'
    """
    out = Path(out)
    return out.parent / f".{out.name}.training"


def training_key(about: Any, parts: Mapping[str, Sequence[Document]]) -> str:
    """What tells one training from another: its arguments and its data."""
    data = {name: fingerprint(documents) for name, documents in parts.items()}
    return hashlib.sha256(json.dumps([about, data], sort_keys=True, default=str).encode()).hexdigest()


def per_sentence(importance: Mapping[str, float] | None, sentences: Sequence[Sentence]) -> list[float] | None:
    """How much each sentence counts, from how much the documents count.

    Raises:
        InputError: one counts less than nothing.
    """
    if not importance:
        return None
    for name, value in importance.items():
        if not 0 <= value < math.inf:
            raise InputError(f"importance {value}", where=f"document {name!r}", fix="0 or more")
    return [importance.get(sentence.document.id, 1.0) for sentence in sentences]


def check_documents(parts: Mapping[str, Sequence[Document]], seed: int) -> None:
    """Refuse an empty part, and a seed that not all generators take."""
    for name, documents in parts.items():
        if not documents:
            raise InputError(f"there are no {name} documents")
    if not 0 <= seed < 1 << 32:
        raise InputError(f"the seed is {seed}", fix="0 <= seed < 2^32")


def _check_labels(train: Sequence[Document], dev: Sequence[Document]) -> None:
    known, wanted = ({span.label for document in part for span in document.spans} for part in (train, dev))
    if not known:
        raise InputError("the training documents have no annotated spans: nothing to learn from")
    if not wanted:
        raise InputError("the development documents have no annotated spans: nothing to stop on")
    if not known & wanted:
        raise InputError(
            f"the training documents have none of the labels of the development ones: {', '.join(sorted(wanted))}",
            fix=f"some of {', '.join(sorted(known))}",
        )


def unaligned(sentences: Sequence[Sentence]) -> list[tuple[str, Span]]:
    """The spans that do not begin and end with a token of one sentence, each with its document's id."""
    found = []
    for _, group in groupby(sentences, key=lambda sentence: id(sentence.document)):
        parts = list(group)
        document = parts[0].document
        left = document.spans
        for sentence in parts if left else ():
            ranges = [sentence.original(*token) for token in sentence.tokens]
            starts, ends = {start for start, _ in ranges}, {end for _, end in ranges}
            left = tuple(span for span in left if not (span.start in starts and span.end in ends))
        found += [(document.id, span) for span in left]
    return found


def segment(documents: Sequence[Document], segmenter: Segmenter) -> list[Sentence]:
    """The sentences of all documents."""
    return [sentence for document in documents for sentence in segmenter.sentences(document)]
