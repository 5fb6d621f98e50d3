"""How good predicted spans are: scores, errors, intervals, comparisons, calibration."""

from livener.metrics.bootstrap import Comparison, Difference, bootstrap_interval, compare
from livener.metrics.calibration import Bin, Calibration, calibration, wilson_interval
from livener.metrics.spans import ERROR_KINDS, MISSED, SPURIOUS, Evaluation, Score, SpanError, evaluate

__all__ = [
    "ERROR_KINDS",
    "MISSED",
    "SPURIOUS",
    "Bin",
    "Calibration",
    "Comparison",
    "Difference",
    "Evaluation",
    "Score",
    "SpanError",
    "bootstrap_interval",
    "calibration",
    "compare",
    "evaluate",
    "wilson_interval",
]
