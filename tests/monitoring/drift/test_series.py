"""Windows in time, control charts and streams."""

from dataclasses import replace

import numpy as np
import pytest
from tests.monitoring.drift.simulated import RATES, production

from livener.errors import InputError
from livener.monitoring.drift import Adwin, PageHinkley, by_day, control_chart, detect, measure, same_weekdays


def weeks(rng: np.random.Generator, days: range, sunday: float) -> list:
    """2024-01-01 was a Monday; on Sundays there are other texts."""
    found = []
    for day in days:
        rates = {**RATES, "PER": sunday} if day % 7 == 6 else RATES
        time = np.datetime64("2024-01-01") + day
        found += [replace(d, meta={"time": f"{time}T10:00:00"}) for d in production(80, rng, rates=rates)]
    return found


def test_a_sunday_is_compared_with_sundays() -> None:
    rng = np.random.default_rng(0)
    reference = measure(weeks(rng, range(28), 0.3))
    sunday = measure(weeks(rng, range(34, 35), 0.3), labels=reference.labels)
    assert detect(reference, sunday).labels == ("PER",)
    assert not detect(same_weekdays(reference, sunday), sunday).drifted
    with pytest.raises(InputError, match="no time"):
        same_weekdays(reference, measure(production(30, rng), labels=reference.labels))


def test_a_control_chart_marks_the_days_that_left_the_band() -> None:
    rng = np.random.default_rng(1)
    reference = measure(weeks(rng, range(28), 0.8))
    days = by_day(measure(weeks(rng, range(28, 35), 2.0), labels=reference.labels))
    points = control_chart(reference, list(days.items()), "PER")
    assert [point.name for point in points if point.outside] == ["2024-02-04"]
    assert all(point.low <= 0.8 <= point.high for point in points)
    with pytest.raises(InputError, match="'DATE' does not occur"):
        control_chart(reference, [], "DATE")


@pytest.mark.parametrize("make", [PageHinkley, Adwin])
def test_a_detector_is_quiet_until_the_mean_moves(make: type) -> None:
    rng = np.random.default_rng(2)
    quiet = loud = late = 0
    for _ in range(20):
        detector = make()
        early = [detector.update(float(x)).drift_detected for x in rng.normal(0.8, 0.1, 1000)]
        after = [detector.update(float(x)).drift_detected for x in rng.normal(0.6, 0.1, 400)]
        quiet += any(early)
        loud += any(after)
        late += after.index(True) if any(after) else 400
    assert quiet <= 1
    assert loud == 20
    assert late / 20 < 150


def test_adwin_remembers_only_what_is_like_now() -> None:
    detector = Adwin()
    for x in [0.0] * 2000 + [1.0] * 500:
        detector.update(x)
    assert 400 <= detector.width <= 560
    assert detector.mean > 0.9
