"""What to ask next: acquisition functions on one interface, and one selector."""

from livener.learning.acquisition.base import Acquisition
from livener.learning.acquisition.cost import Cost
from livener.learning.acquisition.predictions import Predictions
from livener.learning.acquisition.questions import Question, answered, questions
from livener.learning.acquisition.registry import create, names
from livener.learning.acquisition.selector import Choice, select
from livener.learning.acquisition.units import sentences_of

__all__ = [
    "Acquisition",
    "Choice",
    "Cost",
    "Predictions",
    "Question",
    "answered",
    "create",
    "names",
    "questions",
    "select",
    "sentences_of",
]
