"""Maps from a normalised text back to the original."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """For every character of a normalised text, the range of the original that it came from.

    ``starts`` and ``ends`` are int32 arrays of shape (length of the normalised text,), both non-decreasing.

    >>> amp = OffsetMap(np.array([0, 1, 6], np.int32), np.array([1, 6, 7], np.int32))   # "A&amp;B" -> "A&B"
    >>> amp.original(0, 2)
    (0, 6)
    """

    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original range of the normalised range ``[start, end)``, which must not be empty."""
        return int(self.starts[start]), int(self.ends[end - 1])
