"""Work in this process."""

from collections.abc import Iterator, Sequence

from livener.pipeline.executors.base import Outcome, Watch, Work
from livener.pipeline.executors.partitions import Partition
from livener.pipeline.run import Pipeline


class Here:
    """One partition after the other; ``watch`` sees the documents pass."""

    def __init__(self, *, watch: Watch | None = None) -> None:
        self._watch = watch

    def run(self, work: Work, nlp: Pipeline, partitions: Sequence[Partition]) -> Iterator[Outcome]:
        """The outcome of every partition, in order."""
        for partition in partitions:
            yield work.done(nlp, partition, self._watch)
