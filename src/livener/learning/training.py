"""Training: documents in, a model directory out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
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
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training gave: the pipeline, where it was written, its metrics on dev, and the seconds of fitting.

    ``unaligned`` are the training spans, each with its document's id, that do not begin and end with a token of one
    sentence: they could not be learned.
    """

    pipeline: Pipeline
    path: Path
    metrics: dict[str, Any]
    seconds: float
    unaligned: list[tuple[str, Span]]


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
        InputError: an unknown or untrainable recognizer, a wrong setting or seed, no documents or no spans to learn
            from or to stop on, or an ``out`` that must not be overwritten.
    """
    out = Path(out)
    check_target(out)
    engine = get(recognizer)
    if not hasattr(engine, "fit"):
        raise InputError(f"recognizer {recognizer!r} does not learn from documents", fix="a trainable one: crf")
    for name, documents in (("training", train), ("development", dev)):
        if not documents:
            raise InputError(f"there are no {name} documents")
    if not 0 <= seed < 1 << 32:
        raise InputError(f"the seed is {seed}", fix="0 <= seed < 2^32")
    _check_labels(train, dev)
    settings = dict(settings or {})
    model = cast(type[Trainable], engine).create(settings)
    segmenter = segmenter or Segmenter()
    sentences = {name: _segment(documents, segmenter) for name, documents in (("train", train), ("dev", dev))}
    unaligned = _unaligned(sentences["train"])
    if len(unaligned) == sum(len(document.spans) for document in train):
        raise InputError(
            "no training span begins and ends with a token of one sentence: nothing to learn from",
            where=f"document {unaligned[0][0]!r} and all others",
            fix="offsets in code points, [start, end)",
        )
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
    return TrainingReport(pipeline, out, metrics.as_dict(), seconds, unaligned)


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


def _unaligned(sentences: Sequence[Sentence]) -> list[tuple[str, Span]]:
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


def _segment(documents: Sequence[Document], segmenter: Segmenter) -> list[Sentence]:
    return [sentence for document in documents for sentence in segmenter.sentences(document)]
