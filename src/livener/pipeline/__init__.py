"""From text to spans: a segmenter and a recognizer run over a stream of documents, and the directory they live in."""

from livener.pipeline.model_directory import load, save
from livener.pipeline.run import Pipeline

__all__ = ["Pipeline", "load", "save"]
