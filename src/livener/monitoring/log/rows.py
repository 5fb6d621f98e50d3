"""What is kept of a prediction: the columns of the log, and how predictions become rows of them."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from livener.errors import InputError
from livener.pipeline import Batch
from livener.pipeline.stages.redact import Redact
from livener.text import Document, Span

TextKept = Literal["text", "redacted", "hash"]
KEY = "LIVENER_LOG_KEY"

_TIME = pa.timestamp("us", "UTC")
DOCUMENTS = pa.schema(
    [
        pa.field("time", _TIME, nullable=False),
        pa.field("id", pa.int64(), nullable=False),  # ascending in time; what the spans refer to
        pa.field("project", pa.int64(), nullable=False),
        ("request", pa.string()),
        ("key", pa.string()),  # the document's id, as the caller gave it
        ("person", pa.string()),  # whom the text is about, as the caller gave it
        ("text", pa.string()),
        ("text_hash", pa.string()),
        ("length", pa.int32()),  # code points of the text
        ("spans", pa.int32()),  # how many
        ("entropy", pa.float32()),  # mean over the spans; null without spans that have scores
        ("lowest", pa.float32()),  # score
        ("model", pa.int32()),
        ("pipeline", pa.string()),
        ("guideline", pa.int32()),
        ("asked", pa.string()),  # the alias or profile
        ("domain", pa.string()),
        ("source", pa.string()),
        ("language", pa.string()),
        ("caller", pa.string()),
        ("ms", pa.float32()),  # of the request that it was part of
    ]
)
SPANS = pa.schema(
    [
        pa.field("time", _TIME, nullable=False),
        pa.field("id", pa.int64(), nullable=False),
        pa.field("project", pa.int64(), nullable=False),
        ("model", pa.int32()),
        ("label", pa.string()),
        ("surface", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("score", pa.float32()),
        ("entropy", pa.float32()),  # of the score, in bits
        ("recognizer", pa.string()),
        ("kb_id", pa.string()),
        ("domain", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Inferences:
    """The predictions of one request, all by one version.

    ``documents`` carry the predicted spans; of their metadata ``domain``, ``source``, ``language`` and ``person`` are
    kept. ``asked`` is the alias or profile that was asked for, ``ms`` how long the request took. ``text`` says what
    is kept of the texts: they themselves, with the names that were found replaced by their labels, or a hash.
    """

    time: datetime
    project: int
    documents: Sequence[Document]
    model: int
    pipeline: str
    guideline: int | None = None
    asked: str = ""
    caller: str = ""
    request: str = ""
    ms: float = 0.0
    text: TextKept = "text"


Rows = tuple[pa.RecordBatch, pa.RecordBatch]


def rows(entries: Sequence[Inferences], *, first: int) -> Rows:
    """The rows of the documents, whose ids begin at ``first``, and those of their spans.

    Raises:
        InputError: hashes are asked for without a key.

    >>> from datetime import UTC
    >>> from livener.text import Span
    >>> document = Document("Ada left.", spans=(Span(0, 3, "PER", 0.5),))
    >>> documents, spans = rows([Inferences(datetime(2024, 5, 1, tzinfo=UTC), 1, [document], 7, "crf.v1")], first=1)
    >>> documents["entropy"].to_pylist(), spans.select(["surface", "label"]).to_pylist()
    ([1.0], [{'surface': 'Ada', 'label': 'PER'}])
    """
    sizes = np.array([len(entry.documents) for entry in entries], np.int64)
    times = np.repeat(np.array([round(entry.time.timestamp() * 1e6) for entry in entries], np.int64), sizes)
    ids = np.arange(first, first + len(times), dtype=np.int64)
    projects = np.repeat(np.array([entry.project for entry in entries], np.int64), sizes)
    models = np.repeat(np.array([entry.model for entry in entries], np.int32), sizes)
    documents = [document for entry in entries for document in entry.documents]
    texts, hashes = _texts(entries)
    found = [document.spans for document in documents]
    spans = [span for several in found for span in several]
    counts = np.array([len(several) for several in found], np.int32)
    scores = np.array([np.nan if span.score is None else span.score for span in spans], np.float32)
    entropies = _entropy(scores)
    metas = [document.meta for document in documents]
    meta = partial(_meta, metas) if any(metas) else partial(_nothing, len(metas))
    domains = meta("domain")
    of_span = np.repeat(np.arange(len(documents)), counts)
    several = partial(_repeated, entries, sizes)
    document_rows = [
        pa.array(times, _TIME),
        pa.array(ids),
        pa.array(projects),
        several([entry.request for entry in entries], pa.string()),
        pa.array([document.id for document in documents], pa.string()),
        meta("person"),
        texts,
        hashes,
        pa.array([len(document.text) for document in documents], pa.int32()),
        pa.array(counts),
        _or_null(_mean(entropies, of_span, len(documents))),
        _or_null(_lowest(scores, of_span, len(documents))),
        pa.array(models),
        several([entry.pipeline for entry in entries], pa.string()),
        several([entry.guideline for entry in entries], pa.int32()),
        several([entry.asked for entry in entries], pa.string()),
        domains,
        meta("source"),
        meta("language"),
        several([entry.caller for entry in entries], pa.string()),
        pa.array(np.repeat(np.array([entry.ms for entry in entries], np.float32), sizes)),
    ]
    span_rows = [
        pa.array(times[of_span], _TIME),
        pa.array(ids[of_span]),
        pa.array(projects[of_span]),
        pa.array(models[of_span]),
        pa.array([span.label for span in spans], pa.string()),
        pa.array(_surfaces(entries, spans), pa.string()),
        pa.array([span.start for span in spans], pa.int32()),
        pa.array([span.end for span in spans], pa.int32()),
        _or_null(scores),
        _or_null(entropies),
        pa.array([span.source for span in spans], pa.string()),
        _some([span.kb_id for span in spans]),
        domains.take(pa.array(of_span)),
    ]
    return (
        pa.RecordBatch.from_arrays(document_rows, schema=DOCUMENTS),
        pa.RecordBatch.from_arrays(span_rows, schema=SPANS),
    )


def secret_key(environment: "os._Environ[str] | dict[str, str]" = os.environ) -> bytes:
    """The key of the hashes: without one anybody could try out names.

    Raises:
        InputError: there is none.
    """
    key = environment.get(KEY, "").encode()
    if not key:
        raise InputError("the log is to keep hashes, which need a secret key", fix=f"the environment variable {KEY}")
    return key


def _texts(entries: Sequence[Inferences]) -> tuple[pa.Array, pa.Array]:
    """What is kept of the texts, and their hashes; of most logs there is no hash."""
    texts: list[str | None] = []
    hashes: list[str | None] = []
    for entry in entries:
        if entry.text == "text":
            texts += [document.text for document in entry.documents]
            hashes += [None] * len(entry.documents)
        elif entry.text == "hash":
            texts += [None] * len(entry.documents)
            hashes += [_hash(document.text) for document in entry.documents]
        else:
            texts += [_redacted(document) for document in entry.documents]
            hashes += [None] * len(entry.documents)
    return pa.array(texts, pa.string()), _some(hashes)


def _redacted(document: Document) -> str:
    return Redact()(Batch([document], spans=[document.spans])).documents[0].text


def _surfaces(entries: Sequence[Inferences], spans: Sequence[Span]) -> list[str | None]:
    if all(entry.text == "text" for entry in entries):
        return [span.text for span in spans]
    surfaces: list[str | None] = []
    for entry in entries:
        for document in entry.documents:
            if entry.text == "text":
                surfaces += [span.text for span in document.spans]
            elif entry.text == "hash":
                surfaces += [_hash(span.text) for span in document.spans]
            else:
                surfaces += [None] * len(document.spans)
    return surfaces


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16, key=secret_key()[:64]).hexdigest()


def _repeated(
    entries: Sequence[Inferences], sizes: npt.NDArray[np.int64], values: Sequence[object], kind: pa.DataType
) -> pa.Array:
    array = pa.array(values, kind)
    return array if len(entries) == sizes.sum() else array.take(pa.array(np.repeat(np.arange(len(sizes)), sizes)))


def _meta(metas: Sequence[Mapping[str, Any]], name: str) -> pa.Array:
    values = [meta.get(name) if meta else None for meta in metas]
    return _some([None if value is None else str(value) for value in values])


def _nothing(count: int, _name: str) -> pa.Array:
    return pa.nulls(count, pa.string())


def _some(values: Sequence[str | None]) -> pa.Array:
    """A column of texts, of which mostly there are none."""
    return pa.array(values, pa.string()) if any(values) or "" in values else pa.nulls(len(values), pa.string())


def _entropy(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """In bits, of an event of this probability."""
    likely = np.clip(scores, 1e-7, 1 - 1e-7)
    entropy: npt.NDArray[np.float32] = -(likely * np.log2(likely) + (1 - likely) * np.log2(1 - likely))
    return entropy


def _mean(values: npt.NDArray[np.float32], of: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float32]:
    known = ~np.isnan(values)
    sums = np.bincount(of[known], values[known], count)
    numbers = np.bincount(of[known], minlength=count)
    return np.where(numbers > 0, sums / np.maximum(numbers, 1), np.nan).astype(np.float32)


def _lowest(values: npt.NDArray[np.float32], of: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float32]:
    lowest = np.full(count, np.inf, np.float32)
    known = ~np.isnan(values)
    np.minimum.at(lowest, of[known], values[known])
    return np.where(np.isinf(lowest), np.float32(np.nan), lowest)


def _or_null(values: npt.NDArray[np.float32]) -> pa.Array:
    return pa.array(values, pa.float32(), mask=np.isnan(values))
