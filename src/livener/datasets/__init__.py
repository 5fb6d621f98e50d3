"""Sets of documents: what is in them, and how they are divided."""

from livener.datasets.splits import fingerprint, hold_out
from livener.datasets.statistics import Statistics, statistics

__all__ = ["Statistics", "fingerprint", "hold_out", "statistics"]
