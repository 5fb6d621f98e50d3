"""Sets of documents: what is in them, how they are divided, and one gold from many annotators.

Versions of them in a project's store are in `livener.datasets.versions`, the golden set in `livener.datasets.golden`.
"""

from livener.datasets.aggregation import METHODS, Aggregation, dawid_skene, majority
from livener.datasets.matching import match
from livener.datasets.splits import fingerprint, hold_out, split
from livener.datasets.statistics import Statistics, statistics

__all__ = [
    "METHODS",
    "Aggregation",
    "Statistics",
    "dawid_skene",
    "fingerprint",
    "hold_out",
    "majority",
    "match",
    "split",
    "statistics",
]
