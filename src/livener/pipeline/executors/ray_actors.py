"""Work on a Ray cluster, or on a Ray of this machine."""

import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from livener.errors import InputError, LivenerError, MissingDependencyError
from livener.formats import Note, Report
from livener.pipeline.executors.base import Outcome, Work
from livener.pipeline.executors.partitions import Partition
from livener.pipeline.run import Pipeline

_STORE = 200 << 20  # bytes of a local object store: partitions go through it by name only


class RayActors:
    """Ray Data with a pool of ``workers`` actors, each of which loads the pipeline once.

    ``address``: a cluster (``"auto"``, ``"ray://host:10001"``), else a Ray of this machine that ends with the run. On
    a cluster livener is installed on every node, and model, inputs and results are at the same place for all: a
    shared folder or a URL. Ray starts an actor that died again, and gives it its partition again.

    Raises:
        InputError: less than one worker.
    """

    def __init__(self, workers: int | None = None, *, address: str | None = None) -> None:
        if workers is not None and workers < 1:
            raise InputError(f"{workers} workers", fix="at least one")
        self.workers, self.address = workers, address

    def run(self, work: Work, nlp: Pipeline, partitions: Sequence[Partition]) -> Iterator[Outcome]:  # noqa: ARG002
        """The outcome of every partition, as they end.

        Raises:
            MissingDependencyError: Ray is not installed.
            InputError: there is no cluster at the address.
        """
        ray: Any
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # what is to come is the rule already
        try:
            import ray
            import ray.data
        except ImportError:
            raise MissingDependencyError("ray", extra="ray", need="--engine ray") from None
        mine = not ray.is_initialized()
        if mine:
            self._connect(ray)
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = False
            context.enable_operator_progress_bars = False
            workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            workers = min(workers, len(partitions))
            rows = [asdict(partition) for partition in partitions]
            outcomes = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Actor, fn_constructor_args=(work,), batch_size=1, concurrency=workers, num_cpus=1
            )
            for row in outcomes.iter_rows():
                yield _decoded(row["outcome"])
        finally:
            if mine:
                ray.shutdown()

    def _connect(self, ray: Any) -> None:
        common: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        try:
            if self.address:
                ray.init(address=self.address, **common)
            else:
                ray.init(
                    address="local",
                    num_cpus=self.workers,
                    include_dashboard=False,
                    object_store_memory=_STORE,
                    **common,
                )
        except (ConnectionError, ValueError, RuntimeError) as error:
            fix = "auto, host:port, or ray://host:port"
            raise InputError(f"no Ray: {error}", where=self.address, fix=fix) from None


class _Actor:
    """What Ray calls with one partition at a time."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._nlp: Pipeline | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        (partition,) = (
            Partition(*(value.item() if hasattr(value, "item") else value for value in values))
            for values in zip(*(batch[name] for name in Partition.__slots__), strict=True)
        )
        try:
            self._nlp = self._nlp or self._work.load()
            outcome = self._work.done(self._nlp, partition)
        except LivenerError as error:
            outcome = Outcome(partition.target, error=str(error))
        return {"outcome": [json.dumps(asdict(outcome))]}


def _decoded(text: str) -> Outcome:
    record = json.loads(text)
    report = record.pop("report")
    notes = [Note(**note) for note in report["notes"]]
    return Outcome(**record, report=Report(notes, Counter(report["counts"])))
