"""A trained model learns on: corrections and new labels in, a new model directory out, and nothing forgotten."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from livener.errors import InputError
from livener.learning.training import (
    KEEP_EVERY,
    Meter,
    TrainingReport,
    check_documents,
    checkpoints_of,
    finish,
    per_sentence,
    segment,
    training_key,
    unaligned,
)
from livener.pipeline import Pipeline, load
from livener.pipeline.model_directory import check_target
from livener.recognizers.base import Adaptable, Progress
from livener.text import Document


def continue_(
    model: str | Path | Pipeline,
    corrections: Sequence[Document],
    dev: Sequence[Document],
    *,
    out: str | Path,
    replay: Sequence[Document] = (),
    most_replayed: int | None = None,
    annotated: Sequence[str] | None = None,
    relabelled: bool = False,
    importance: Mapping[str, float] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    created: datetime | None = None,
    resume: bool = False,
    keep_every: float = KEEP_EVERY,
    hourly_cost: float | None = None,
) -> TrainingReport:
    """Go on training ``model`` with ``corrections``, evaluate on ``dev`` and write ``out``; ``model`` stays as it is.

    ``replay`` are documents that it learned from before, all of them or, drawn with ``seed``, ``most_replayed``:
    without some it forgets. A neural engine also goes on saying what it said wherever no label contradicts it. Labels
    that are new are added. ``annotated`` are the labels that the annotators of the corrections looked for, all by
    default: what they did not look for is taken from what the model says now. ``relabelled`` says that ``replay`` was
    searched for the new labels too; otherwise they stay possible there. ``importance`` is how much a correction
    counts, by document id (see `emphasis`). The other arguments are those of `train`.

    Raises:
        InputError: the model cannot learn on, there are no corrections or no spans on dev, or what `train` refuses.
    """
    out = Path(out)
    check_target(out)
    pipeline = deepcopy(model) if isinstance(model, Pipeline) else load(model)
    engine = pipeline.recognizer
    if not isinstance(engine, Adaptable):
        raise InputError(f"{engine.name} does not learn on", fix="a model of crf, bilstm_crf or transformer")
    check_documents({"corrected": corrections, "development": dev}, seed)
    if not any(document.spans for document in dev):
        raise InputError("the development documents have no annotated spans: nothing to stop on")
    if most_replayed is not None and most_replayed < len(replay):
        chosen = np.random.default_rng(seed).choice(len(replay), most_replayed, replace=False)
        replay = [replay[i] for i in sorted(chosen.tolist())]
    if annotated is not None:
        corrections = filled_in(pipeline, corrections, annotated)
    parts = {"corrections": corrections, "replay": replay, "dev": dev}
    sentences = {name: segment(documents, pipeline.segmenter) for name, documents in parts.items()}
    origin = pipeline.info.get("files", {})
    key = training_key([origin, importance, relabelled, seed], parts)
    checkpoints = checkpoints_of(out, key, resume=resume, every=keep_every)
    meter = Meter.start(hourly_cost)
    engine.adapt(
        sentences["corrections"],
        sentences["replay"],
        sentences["dev"],
        open_replay=not relabelled,
        seed=seed,
        progress=progress,
        importance=per_sentence(importance, sentences["corrections"]),
        checkpoints=checkpoints,
    )
    pipeline.info = {"settings": pipeline.info.get("settings", {}), "seed": seed, "continued_from": origin}
    return finish(
        pipeline,
        out,
        parts,
        {name: len(found) for name, found in sentences.items()},
        lost=unaligned(sentences["corrections"]),
        cost=meter.read(checkpoints),
        created=created,
        checkpoints=checkpoints,
    )


def filled_in(pipeline: Pipeline, documents: Sequence[Document], annotated: Sequence[str]) -> list[Document]:
    """The documents with what the pipeline finds of labels other than ``annotated``, where nobody marked anything.

    Partial answers stay as they are: what nobody said is unknown there.
    """
    found = []
    for document, predicted in zip(documents, pipeline.pipe(documents), strict=True):
        more = [
            replace(span, score=None, source=None, kb_id=None)
            for span in predicted.spans
            if span.label not in annotated and not any(span.overlaps(one) for one in document.spans)
        ]
        spans = sorted([*document.spans, *more], key=lambda span: (span.start, span.end))
        found.append(document.with_spans(tuple(spans)) if document.complete else document)
    return found
