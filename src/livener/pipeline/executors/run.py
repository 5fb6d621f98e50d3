"""Predict files: what is finished is left alone, what is not is given to an executor."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener.errors import InputError
from livener.pipeline.executors import places
from livener.pipeline.executors.base import FAILED, RECORDS, STAGING, Executor, Outcome, Work, Write, record_of
from livener.pipeline.executors.here import Here
from livener.pipeline.executors.partitions import Partition, Reading, planned
from livener.pipeline.model_directory import load
from livener.pipeline.run import Pipeline

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """An output that is whole: new, with what became of it, or ``finished`` by an earlier run."""

    target: str
    outcome: Outcome | None

    @property
    def finished(self) -> bool:
        """Whether an earlier run made it."""
        return self.outcome is None


def predict_files(
    model: str | Path,
    files: Sequence[str | Path],
    out: str | Path,
    *,
    pipeline: str | Path | None = None,
    reading: Reading = Reading(),  # noqa: B008  (an immutable value)
    to: str = "jsonl",
    executor: Executor | None = None,
    partition: float = 8.0,
    nlp: Pipeline | None = None,
    writer: Write | None = None,
    made_with: str = "",
) -> Iterator[Done]:
    """Predict files into a folder, and say of each output, as it is ready, what became of it.

    ``files`` and ``out`` are paths, or URLs of a store that fsspec knows; JSON Lines, Parquet and lines of text are
    cut into partitions of about ``partition`` megabytes, each with an output of its own. Every document of the input
    is once in the outputs or, with its error, in the folder ``failed``. A run that was stopped goes on with the
    partitions that are not finished; another model, other options or another input make outputs again. ``nlp`` is
    the pipeline where it is loaded already.

    Raises:
        InputError: the model or a file cannot be read; a partition that fails as a whole ends the run.

    >>> import tempfile
    >>> from livener.pipeline import save
    >>> from livener.recognizers.registry import get
    >>> folder = Path(tempfile.mkdtemp())
    >>> save(Pipeline(get("patterns")()), folder / "model")
    >>> _ = (folder / "notes.jsonl").write_text('{"text": "Pay $5."}\\n{"txt": "no"}\\n')
    >>> [done] = predict_files(folder / "model", [folder / "notes.jsonl"], folder / "out")
    >>> done.outcome.documents, done.outcome.failed
    (1, 1)
    >>> [done] = predict_files(folder / "model", [folder / "notes.jsonl"], folder / "out")
    >>> done.finished
    True
    """
    nlp = nlp or load(model, pipeline=pipeline)
    where = str(out)
    sources = [one for file in files for one in places.expanded(str(file))]
    plan = planned(sources, where, reading=reading, suffix=to, size=max(1, int(partition * MEGABYTE)))
    _refuse_overwriting(plan)
    what = [
        _content(Path(model)),
        nlp.version,
        reading.format,
        reading.encoding,
        dict(reading.options),
        to,
        made_with,
    ]
    digest = hashlib.sha256(repr(what).encode()).hexdigest()
    if not places.is_url(where):
        Path(where, RECORDS).mkdir(parents=True, exist_ok=True)
    known = _records(where)
    _drop_others(plan, known, where, to)
    todo: list[Partition] = []
    for source, partitions in plan.items():
        stamp = "" if source == "-" else places.stamp(source)
        for one in partitions:
            record = known.get(_name(one.target), {})
            wanted = {"source": source, "stamp": stamp, "part": [one.start, one.end], "made_with": digest}
            same = source != "-" and wanted.items() <= record.items() and places.exists(one.target)
            if same:
                yield Done(one.target, None)
            else:
                todo.append(one)
    work = Work(str(model), str(pipeline) if pipeline else None, reading, where, to, digest, writer)
    try:
        for outcome in (executor or Here()).run(work, nlp, todo) if todo else ():
            if outcome.error:
                raise InputError(outcome.error)
            yield Done(outcome.target, outcome)
    finally:
        for left in Path(where, RECORDS).glob(f"{STAGING}*"):  # by a worker that was killed
            shutil.rmtree(left, ignore_errors=True)


def _content(model: Path) -> bytes:
    file = model if model.is_file() else model / "model.json"  # which has the hashes of the other files
    return file.read_bytes()


def _name(target: str) -> str:
    return target.replace("\\", "/").rpartition("/")[2]


def _records(out: str) -> dict[str, dict[str, Any]]:
    """What is written down of every output in the folder, by its name; what cannot be read is not there."""
    found = {}
    for place in places.listed(places.joined(out, RECORDS)):
        if place.endswith(".json"):
            with suppress(ValueError, InputError), places.opened(place) as file:
                record = json.loads(file.read())
                if isinstance(record, dict):
                    found[_name(place).removesuffix(".json")] = record
    return found


def _drop_others(plan: dict[str, list[Partition]], known: dict[str, dict[str, Any]], out: str, to: str) -> None:
    """Delete what an earlier run made of these inputs in parts that are no longer: a document must be there once."""
    wanted = {_name(one.target) for partitions in plan.values() for one in partitions}
    for name, record in known.items():
        if record.get("source") in plan and name not in wanted and name.endswith(f".{to}"):
            for place in (
                places.joined(out, name),
                places.joined(out, FAILED, f"{name}.jsonl"),
                record_of(out, name),
            ):
                places.remove(place)


def _refuse_overwriting(plan: dict[str, list[Partition]]) -> None:
    for source, partitions in plan.items():
        for one in partitions:
            if source == one.target or (
                not places.is_url(source)
                and not places.is_url(one.target)
                and source != "-"
                and Path(one.target).exists()
                and Path(one.target).samefile(source)
            ):
                raise InputError(
                    f"would be overwritten by its own predictions {one.target}", where=source, fix="another --out"
                )
