"""What to ask next: acquisition functions on one interface, and one selector."""

from livener.learning.acquisition.base import Acquisition
from livener.learning.acquisition.cost import Cost
from livener.learning.acquisition.predictions import Predictions
from livener.learning.acquisition.registry import create, names
from livener.learning.acquisition.selector import Choice, select
from livener.learning.acquisition.units import sentences_of

__all__ = ["Acquisition", "Choice", "Cost", "Predictions", "create", "names", "select", "sentences_of"]
