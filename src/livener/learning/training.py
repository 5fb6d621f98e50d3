"""Training: documents in, a model directory out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, cast

from livener.datasets import fingerprint
from livener.errors import InputError
from livener.metrics import evaluate
from livener.pipeline import Pipeline, save
from livener.pipeline.model_directory import check_target
from livener.recognizers.base import Progress, Trainable
from livener.recognizers.registry import get
from livener.text import Document, Sentence
from livener.text.segment import Segmenter


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training gave: the pipeline, where it was written, its metrics on dev, and the seconds of fitting."""

    pipeline: Pipeline
    path: Path
    metrics: dict[str, Any]
    seconds: float


def train(
    recognizer: str,
    train: Sequence[Document],
    dev: Sequence[Document],
    *,
    out: str | Path,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    segmenter: Segmenter | None = None,
    created: datetime | None = None,
) -> TrainingReport:
    """Fit a new recognizer, evaluate it on ``dev``, and write the model directory ``out``, whole or not at all.

    ``created`` is the time that the model carries; now by default.

    Raises:
        InputError: an unknown or untrainable recognizer, a wrong setting, no documents or no spans to learn from,
            or an ``out`` that must not be overwritten.
    """
    out = Path(out)
    check_target(out)
    engine = get(recognizer)
    if not hasattr(engine, "fit"):
        raise InputError(f"recognizer {recognizer!r} does not learn from documents", fix="a trainable one: crf")
    for name, documents in (("training", train), ("development", dev)):
        if not documents:
            raise InputError(f"there are no {name} documents")
    if not any(document.spans for document in train):
        raise InputError("the training documents have no annotated spans: nothing to learn from")
    settings = dict(settings or {})
    model = cast(type[Trainable], engine).create(settings)
    segmenter = segmenter or Segmenter()
    sentences = {name: _segment(documents, segmenter) for name, documents in (("train", train), ("dev", dev))}
    began = perf_counter()
    model.fit(sentences["train"], sentences["dev"], seed=seed, progress=progress)
    seconds = perf_counter() - began
    pipeline = Pipeline(model, segmenter)
    metrics = evaluate([document.spans for document in dev], [document.spans for document in pipeline.pipe(dev)])
    pipeline.info |= {
        "settings": settings,
        "seed": seed,
        "created": (created or datetime.now(UTC)).isoformat(timespec="seconds"),
        "data": {
            name: {
                "documents": len(documents),
                "sentences": len(sentences[name]),
                "spans": sum(len(document.spans) for document in documents),
                "sha256": fingerprint(documents),
            }
            for name, documents in (("train", train), ("dev", dev))
        },
        "metrics": metrics.as_dict(),
    }
    save(pipeline, out)
    return TrainingReport(pipeline, out, metrics.as_dict(), seconds)


def _segment(documents: Sequence[Document], segmenter: Segmenter) -> list[Sentence]:
    return [sentence for document in documents for sentence in segmenter.sentences(document)]
