"""Where a pipeline works on files: in this process, in several processes, on a Ray cluster."""

from livener.pipeline.executors.base import Executor, Outcome, Work
from livener.pipeline.executors.here import Here
from livener.pipeline.executors.partitions import Partition, Reading
from livener.pipeline.executors.processes import Processes
from livener.pipeline.executors.ray_actors import RayActors
from livener.pipeline.executors.run import Done, predict_files

__all__ = [
    "Done",
    "Executor",
    "Here",
    "Outcome",
    "Partition",
    "Processes",
    "RayActors",
    "Reading",
    "Work",
    "predict_files",
]
