"""How good predicted spans are: scores, errors, intervals, comparisons, calibration; agreement of people."""

from livener.metrics.agreement import (
    Agreement,
    Figures,
    Group,
    agreement,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from livener.metrics.bootstrap import Comparison, Difference, bootstrap_interval, compare
from livener.metrics.calibration import Bin, Calibration, calibration, wilson_interval
from livener.metrics.pieces import Annotations
from livener.metrics.sampled import Estimate, ratio
from livener.metrics.spans import ERROR_KINDS, MISSED, SPURIOUS, Evaluation, Score, SpanError, evaluate

__all__ = [
    "ERROR_KINDS",
    "MISSED",
    "SPURIOUS",
    "Agreement",
    "Annotations",
    "Bin",
    "Calibration",
    "Comparison",
    "Difference",
    "Estimate",
    "Evaluation",
    "Figures",
    "Group",
    "Score",
    "SpanError",
    "agreement",
    "bootstrap_interval",
    "calibration",
    "cohen_kappa",
    "compare",
    "evaluate",
    "fleiss_kappa",
    "krippendorff_alpha",
    "ratio",
    "wilson_interval",
]
