"""Annotators that are played over a labelled set, and the learning curves of strategies side by side."""

from livener.learning.simulation.annotators import Annotator
from livener.learning.simulation.curves import Mean, Point, cost_of, f1_at, means
from livener.learning.simulation.run import POINTS, WORDS, Plan, simulate

__all__ = ["POINTS", "WORDS", "Annotator", "Mean", "Plan", "Point", "cost_of", "f1_at", "means", "simulate"]
