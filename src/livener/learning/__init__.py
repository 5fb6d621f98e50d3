"""Learning from annotated documents."""

from livener.learning.training import TrainingReport, train

__all__ = ["TrainingReport", "train"]
