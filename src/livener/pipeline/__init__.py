"""From text to spans: stages that run over a stream of documents, and the files and folders that they come from."""

from livener.pipeline.batch import Batch, Stage
from livener.pipeline.config import Config, default_config, read_config
from livener.pipeline.model_directory import load, save
from livener.pipeline.run import Pipeline
from livener.pipeline.trace import Event, Step, Trace

__all__ = [
    "Batch",
    "Config",
    "Event",
    "Pipeline",
    "Stage",
    "Step",
    "Trace",
    "default_config",
    "load",
    "read_config",
    "save",
]
