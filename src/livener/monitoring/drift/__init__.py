"""Drift: what has moved from a reference to a window of production, by how much, how surely, and why."""

from livener.monitoring.drift.charts import Point, control_chart
from livener.monitoring.drift.detect import Drift, Finding, Moved, detect
from livener.monitoring.drift.measures import DriftTest, Measure
from livener.monitoring.drift.streams import Adwin, PageHinkley
from livener.monitoring.drift.times import by_day, same_weekdays
from livener.monitoring.drift.verdict import Verdict
from livener.monitoring.drift.window import Window, measure

__all__ = [
    "Adwin",
    "Drift",
    "DriftTest",
    "Finding",
    "Measure",
    "Moved",
    "PageHinkley",
    "Point",
    "Verdict",
    "Window",
    "by_day",
    "control_chart",
    "detect",
    "measure",
    "same_weekdays",
]
