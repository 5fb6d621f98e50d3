"""Detectors for one number after the other, such as the score of each span: one verb, one property.

``update(x)`` takes the next value, ``drift_detected`` says whether it raised the alarm; then it starts anew.
"""

import math


class PageHinkley:
    """The mean of a stream has risen or fallen: cumulated deviations from the running mean.

    ``delta`` is the movement of the mean that is tolerated, ``threshold`` the sum of deviations that is not,
    ``fewest`` the values that are seen before anything is said.

    Source: Page 1954, "Continuous inspection schemes".

    >>> detector = PageHinkley(threshold=5)
    >>> next(i for i, x in enumerate([0.9] * 100 + [0.5] * 100) if detector.update(x).drift_detected)
    113
    """

    def __init__(self, *, delta: float = 0.005, threshold: float = 20.0, fewest: int = 30) -> None:
        self.delta, self.threshold, self.fewest = delta, threshold, fewest
        self.drift_detected = False
        self._count, self._mean, self._up, self._down = 0, 0.0, 0.0, 0.0

    def update(self, x: float) -> "PageHinkley":
        """Take the next value."""
        if self.drift_detected:
            self._count, self._mean, self._up, self._down = 0, 0.0, 0.0, 0.0
        self._count += 1
        self._mean += (x - self._mean) / self._count
        deviation = x - self._mean
        self._up = max(0.0, self._up + deviation - self.delta)
        self._down = max(0.0, self._down - deviation - self.delta)
        self.drift_detected = self._count >= self.fewest and max(self._up, self._down) > self.threshold
        return self


class Adwin:
    """A window of a stream that forgets its older part as soon as its mean differs from that of the newer one.

    ``delta`` bounds the chance of a false alarm at each value. Values are held in buckets of doubling size, at most
    five of each, so that a long window costs little. ``width`` and ``mean`` are those of what is remembered.

    Source: Bifet and Gavaldà 2007, "Learning from time-changing data with adaptive windowing".

    >>> detector = Adwin()
    >>> alarms = [i for i, x in enumerate([0.9] * 500 + [0.5] * 500) if detector.update(x).drift_detected]
    >>> 500 <= alarms[0] < 560, round(detector.mean, 1)
    (True, 0.5)
    """

    _PER_SIZE = 5

    def __init__(self, *, delta: float = 0.002, every: int = 32, fewest: int = 10) -> None:
        self.delta, self.every, self.fewest = delta, every, fewest
        self.drift_detected = False
        self._buckets: list[list[float]] = []  # [count, mean, squared deviations], the oldest first
        self._ticks = 0

    @property
    def width(self) -> int:
        """How many values are remembered."""
        return int(sum(bucket[0] for bucket in self._buckets))

    @property
    def mean(self) -> float:
        """Their mean."""
        return sum(count * mean for count, mean, _ in self._buckets) / max(self.width, 1)

    def update(self, x: float) -> "Adwin":
        """Take the next value."""
        self._buckets.append([1.0, float(x), 0.0])
        self._compress()
        self._ticks += 1
        self.drift_detected = False
        if self._ticks % self.every == 0 and self.width >= 2 * self.fewest:
            while self._cut():
                self.drift_detected = True
        return self

    def _compress(self) -> None:
        size = 1.0
        while True:
            same = [i for i, bucket in enumerate(self._buckets) if bucket[0] == size]
            if len(same) <= self._PER_SIZE:
                return
            first = same[0]
            self._buckets[first : first + 2] = [_merged(self._buckets[first], self._buckets[first + 1])]
            size *= 2

    def _cut(self) -> bool:
        """Drop the oldest bucket if somewhere the two parts of the window differ."""
        whole = self._buckets[0]
        for bucket in self._buckets[1:]:
            whole = _merged(whole, bucket)
        width, variance = whole[0], whole[2] / whole[0]
        log = math.log(2.0 * math.log(max(width, 3.0)) / self.delta)
        old = [0.0, 0.0, 0.0]
        for bucket in self._buckets[:-1]:
            old = _merged(old, bucket)
            new_count = width - old[0]
            if old[0] < self.fewest or new_count < self.fewest:
                continue
            new_mean = (whole[1] * width - old[1] * old[0]) / new_count
            m = 1.0 / (1.0 / old[0] + 1.0 / new_count)
            if abs(old[1] - new_mean) > math.sqrt(2.0 / m * variance * log) + 2.0 / (3.0 * m) * log:
                self._buckets.pop(0)
                return True
        return False


def _merged(a: list[float], b: list[float]) -> list[float]:
    count = a[0] + b[0]
    gap = b[1] - a[1]
    return [count, a[1] + gap * b[0] / count, a[2] + b[2] + gap * gap * a[0] * b[0] / count]
