"""Figures that take long to compute and change slowly: kept for a while."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

_Figures = TypeVar("_Figures")


class Kept:
    """Remembers what was computed for a key for ``seconds``; two who ask at once compute it once.

    >>> kept = Kept(60.0)
    >>> kept.get("a", lambda: 1), kept.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = Lock()
        self._found: dict[Any, tuple[Lock, list[tuple[float, Any]]]] = {}

    def get(self, key: object, make: Callable[[], _Figures]) -> _Figures:
        """What is kept for the key, or what ``make`` gives now."""
        with self._lock:
            for old in [one for one, (_, kept) in self._found.items() if one != key and self._is_old(kept)]:
                del self._found[old]
            lock, kept = self._found.setdefault(key, (Lock(), []))
        with lock:
            if not kept or self._is_old(kept):
                kept[:] = [(self._clock(), make())]
            figures: _Figures = kept[0][1]
            return figures

    def _is_old(self, kept: list[tuple[float, Any]]) -> bool:
        return bool(kept) and kept[0][0] + self._seconds <= self._clock()
