"""The settings that every neural recognizer has."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from livener.errors import InputError
from livener.recognizers.alignment import Overlaps
from livener.recognizers.settings import parse_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralSettings:
    """How a network is trained; the defaults of each recognizer are meant to be left alone.

    ``epochs`` are run unless strict F1 on dev has not risen for ``patience`` of them. ``rate`` rises over the first
    ``warmup`` of all steps and falls to zero. A step is taken over ``batch`` positions (pieces or words) ×
    ``accumulate``. ``focal`` is γ of the focal loss; ``class_weights`` and ``sampling`` as for the CRF. ``precision``
    is that of training. ``device`` is ``auto``, ``cpu`` or one of torch. ``quantise``: whether the exported network
    runs in 8-bit integers on a CPU: ``auto`` where strict F1 on dev falls by no more than 0.003.
    """

    RANGES: ClassVar[str] = (
        "epochs, patience, batch, accumulate >= 1; rate and class_weights > 0; weight_decay, focal >= 0; "
        "0 <= dropout, warmup < 1"
    )

    scheme: Literal["BIO", "BIOES", "BILOU"] = "BIO"
    head: Literal["softmax", "crf"] = "softmax"
    epochs: int = 5
    patience: int = 2
    rate: float = 1e-4
    warmup: float = 0.1
    weight_decay: float = 0.01
    dropout: float = 0.1
    batch: int = 512
    accumulate: int = 1
    focal: float = 0.0
    class_weights: Mapping[str, float] | Literal["balanced"] = field(default_factory=dict)
    sampling: Literal["all", "weighted"] = "all"
    overlaps: Overlaps = "error"
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "auto"
    quantise: Literal["auto", "no"] = "auto"

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, where: str) -> Self:
        """Checked settings.

        Raises:
            InputError: an unknown setting, or one of a wrong type or out of range.
        """
        parsed = parse_settings(cls, values, where=where)
        if not parsed.in_range:
            raise InputError("a setting is out of range", where=where, fix=parsed.RANGES)
        return parsed

    @property
    def in_range(self) -> bool:
        """Whether the values are within ``RANGES``."""
        weights = () if self.class_weights == "balanced" else self.class_weights.values()
        return (
            min(self.epochs, self.patience, self.batch, self.accumulate) >= 1
            and all(0 < value < math.inf for value in (self.rate, *weights))
            and all(0 <= value < math.inf for value in (self.weight_decay, self.focal))
            and all(0 <= value < 1 for value in (self.dropout, self.warmup))
        )
