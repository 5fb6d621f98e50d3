"""The settings of the CRF."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from livener.recognizers.alignment import Overlaps


@dataclass(frozen=True, slots=True)
class CrfSettings:
    """Settings of the CRF; the defaults are meant to be left alone.

    ``vectors``: ``"offline"``, an encoder's folder or package, or ``"unlabelled"`` to learn them from the text files
    in ``unlabelled``. ``gazetteers``: term lists whose matches are features. ``class_weights``: how much a sentence
    counts that holds a label, or ``"balanced"``; ``sampling`` draws sentences by those weights instead of weighting.
    ``overlaps``: what to do with nested gold spans.
    """

    RANGES: ClassVar[str] = (
        "0 <= reach <= 5; epochs, rate, smooth and class_weights > 0; l1, l2 >= 0; 0 <= dropout < 1"
    )

    scheme: Literal["BIO", "BIOES", "BILOU"] = "BIO"
    reach: int = 2
    epochs: int = 15
    patience: int = 4
    rate: float = 0.1
    smooth: float = 1.0
    l1: float = 0.05
    l2: float = 0.01
    dropout: float | None = None
    vectors: str | None = None
    unlabelled: tuple[str, ...] = ()
    gazetteers: tuple[str, ...] = ()
    class_weights: Mapping[str, float] | Literal["balanced"] = field(default_factory=dict)
    sampling: Literal["all", "weighted"] = "all"
    overlaps: Overlaps = "error"

    @property
    def dropout_used(self) -> float:
        """The share of features left out at random in training; more where vectors back each other up."""
        return self.dropout if self.dropout is not None else 0.3 if self.vectors else 0.1

    @property
    def in_range(self) -> bool:
        """Whether the values are within ``RANGES``."""
        positive = (self.epochs, self.rate, self.smooth)
        weights = () if self.class_weights == "balanced" else self.class_weights.values()
        return (
            0 <= self.reach <= 5
            and all(0 < value < math.inf for value in (*positive, *weights))
            and all(0 <= value < math.inf for value in (self.l1, self.l2))
            and 0 <= self.dropout_used < 1
        )
