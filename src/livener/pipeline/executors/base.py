"""What every executor runs, and what comes of it."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from livener.errors import LivenerError, MissingDependencyError
from livener.formats import Report, write
from livener.pipeline.executors import places
from livener.pipeline.executors.partitions import Partition, Reading
from livener.pipeline.executors.reading import Failure, documents_of
from livener.pipeline.model_directory import load
from livener.pipeline.run import Pipeline, batched
from livener.text import Document

Write = Callable[[Iterable[Document], Path, Report], int]
Watch = Callable[[Iterable[Document], str], Iterable[Document]]
"""Given the documents of a partition as they are predicted, and its source; gives them back."""
FAILED = "failed"
RECORDS = ".predicted"
STAGING = "staging-"


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with every partition; it can be sent to another process.

    ``model`` and ``pipeline`` are what `livener.load` takes, ``out`` the folder or URL of the results, ``to`` the
    format of the predictions, which ``writer`` writes where it is none of `livener.formats`.
    """

    model: str
    pipeline: str | None
    reading: Reading
    out: str
    to: str
    made_with: str
    writer: Write | None = None

    def load(self) -> Pipeline:
        """The pipeline."""
        return load(self.model, pipeline=self.pipeline)

    def done(self, nlp: Pipeline, partition: Partition, watch: Watch | None = None) -> "Outcome":
        """Predict a partition and put the results into their places, where they appear whole.

        Documents that cannot be read or predicted are set aside; a partition that cannot be is an outcome with an
        ``error``.
        """
        try:
            return self._done(nlp, partition, watch or (lambda documents, _: documents))
        except LivenerError as error:
            return Outcome(partition.target, error=str(error))

    def _done(self, nlp: Pipeline, partition: Partition, watch: Watch) -> "Outcome":
        report, failures = Report(), list[Failure]()
        read = documents_of(partition, self.reading, report)
        found = watch(_predicted(nlp, read, failures), partition.source)
        before = places.stamp(partition.source) if partition.source != "-" else ""
        name = places.joined(partition.target).replace("\\", "/").rpartition("/")[2]
        # On the disk of the results where they are files, so that they appear by being renamed.
        local = None if places.is_url(self.out) else places.joined(self.out, RECORDS)
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=local) as folder:
            staged = Path(folder, name)
            count = self._written(found, staged, report)
            aside = places.joined(self.out, FAILED, f"{name}.jsonl")
            if failures:
                put_text("".join(_line(failure.record()) for failure in failures), aside, Path(folder, "aside"))
            else:
                places.remove(aside)
            places.put(staged, partition.target)
            record = {
                **{"source": partition.source, "stamp": before, "part": [partition.start, partition.end]},
                **{"made_with": self.made_with, "documents": count, "failed": len(failures)},
            }
            put_text(_line(record), record_of(self.out, name), Path(folder, "record"))
        return Outcome(partition.target, count, len(failures), report)

    def _written(self, documents: Iterable[Document], path: Path, report: Report) -> int:
        if self.to == "parquet":
            from livener.pipeline.executors import parquet

            return parquet.write(documents, path)
        if self.writer is not None:
            return self.writer(documents, path, report)
        return write(documents, path, format=self.to, report=report)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a partition: the file that was written, how many documents are in it, how many were set aside.

    ``error`` says why nothing was written.
    """

    target: str
    documents: int = 0
    failed: int = 0
    report: Report = field(default_factory=Report)
    error: str | None = None


class Executor(Protocol):
    """Where work is done."""

    def run(self, work: Work, nlp: Pipeline, partitions: Sequence[Partition]) -> Iterator[Outcome]:
        """The outcome of every partition once, as they end; ``nlp`` is what ``work`` would load, in this process."""
        ...


def record_of(out: str, name: str) -> str:
    """Where it is written down that the output ``name`` is whole."""
    return places.joined(out, RECORDS, f"{name}.json")


def put_text(text: str, target: str, through: Path) -> None:
    """A small file that appears whole; ``through`` is a path on this machine that it may use."""
    through.write_text(text, encoding="utf-8")
    places.put(through, target)


def _predicted(nlp: Pipeline, found: Iterable[Document | Failure], failures: list[Failure]) -> Iterator[Document]:
    def read() -> Iterator[Document]:
        for one in found:
            if isinstance(one, Failure):
                failures.append(one)
            else:
                yield one

    for batch in batched(read()):
        try:
            done = nlp.run(batch)
        except MissingDependencyError:
            raise
        except Exception:  # whatever one document does must not cost the others
            done = list(_one_by_one(nlp, batch, failures))
        yield from done


def _one_by_one(nlp: Pipeline, batch: Iterable[Document], failures: list[Failure]) -> Iterator[Document]:
    for document in batch:
        try:
            yield nlp(document)
        except Exception as error:
            problem = str(error) if isinstance(error, LivenerError) else f"{type(error).__name__}: {error}"
            failures.append(Failure(f"document {document.id!r}", problem, {"id": document.id, "text": document.text}))


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, default=str) + "\n"
