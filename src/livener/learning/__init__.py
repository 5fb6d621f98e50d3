"""Learning from annotated documents."""

from livener.learning.continuing import continue_
from livener.learning.distillation import taught
from livener.learning.emphasis import emphasis
from livener.learning.training import TrainingReport, train

__all__ = ["TrainingReport", "continue_", "emphasis", "taught", "train"]
