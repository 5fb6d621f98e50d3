"""Rules for numbers that say by themselves what they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from livener.errors import InputError
from livener.pipeline.batch import SPANS, SPANS_IN_SENTENCES, Batch, overruled
from livener.pipeline.joined import Bytes
from livener.text import Span

_NUMBER_GOES_ON = r"[\d,]*+(?:\.\d+)?[ -]?+(?=[a-zµ°])"  # that far, most numbers have been told from these
_UNITS = {
    "AGE": r"(?:(?:years?|months?|weeks?|days?|yrs?)[ -]old\b|y/o\b|yo\b)",
    "WEIGHT": r"(?:kilograms?|grams?|tonnes?|pounds?|ounces?|kg|lbs?|oz|mg|µg|mcg|g)\b",
    "LENGTH": r"(?:kilomet(?:er|re)s?|met(?:er|re)s?|centimet(?:er|re)s?|miles?|feet|inches|km|cm|mm|ft)\b",
    "VOLUME": r"(?:lit(?:er|re)s?|gallons?|ml|mL|dl|cl)\b",
    "TEMPERATURE": r"(?:°\s?[CF]\b|degrees? (?:Celsius|Fahrenheit)\b)",
    "AREA": r"(?:square (?:feet|met(?:er|re)s|miles)|acres?|hectares?|sq\.? ?ft|m²|km²)(?!\w)",
}
_REFERENCE_GOES_ON = r"§?\s?\d+(?:[.-]?\w)*(?:\([a-z0-9]{1,4}\))*(?: (?:Abs|para)\.? ?\d+)?"
RULES = (*_UNITS, "REFERENCE")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Label numbers by their unit or sign: "5 years old" AGE, "5 kg" WEIGHT, "§ 5" REFERENCE.

    ``rules``: which of AGE, WEIGHT, LENGTH, VOLUME, TEMPERATURE, AREA and REFERENCE. ``rename`` renames them. A hit
    takes the place of the spans that it overlaps, except where it is a part of a longer one. Idempotent.

    Raises:
        InputError: a rule that is not there.

    >>> from livener.text import Document, Sentence
    >>> document = Document("A boy, 5 years old, of 20.5 kg (§ 12 StGB).")
    >>> batch = Batch([document], [(document.text, None)], [], [[Sentence(document.text, [], document)]], [()])
    >>> [(span.text, span.label) for span in Numbers()(batch).spans[0]]
    [('5 years old', 'AGE'), ('20.5 kg', 'WEIGHT'), ('§ 12', 'REFERENCE')]
    """

    name: ClassVar[str] = "numbers.v1"
    requires: ClassVar[frozenset[str]] = SPANS_IN_SENTENCES
    assigns: ClassVar[frozenset[str]] = SPANS
    rules: tuple[str, ...] = ("AGE", "WEIGHT", "REFERENCE")
    rename: Mapping[str, str] = field(default_factory=dict)
    score: float = 0.95
    _pattern: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if unknown := {*self.rules, *self.rename} - set(RULES):
            raise InputError(f"numbers: no rule {min(unknown)!r}", fix=" | ".join(RULES))
        units = "|".join(f"(?P<{rule}>{_UNITS[rule]})" for rule in self.rules if rule in _UNITS)
        # Begins with one set of characters: that is searched several times faster than a choice of patterns.
        parts = [rf"(?<=[0-9]){_NUMBER_GOES_ON}(?:{units})"] if units else []
        parts += [rf"(?P<REFERENCE>(?<=§){_REFERENCE_GOES_ON})"] if "REFERENCE" in self.rules else []
        object.__setattr__(
            self, "_pattern", re.compile(rf"[0-9§](?<![\w.,][0-9])(?:{'|'.join(parts)})" if parts else r"(?!)")
        )

    @property
    def labels_given(self) -> set[str]:
        """The labels that it can give."""
        return {self.rename.get(rule, rule) for rule in self.rules}

    def __call__(self, batch: Batch) -> Batch:
        hits: dict[int, list[Span]] = {}
        for hit in batch.joined.matches(self._pattern, _number_begins(batch.joined.ascii)):
            label = self.rename.get(hit.what.lastgroup or "", hit.what.lastgroup or "")
            hits.setdefault(hit.document, []).append(hit.span(label, self.score, "numbers"))
        return overruled(batch, hits)


def _number_begins(text: Bytes) -> list[int]:
    """Where a digit is that follows none, or a sign that is not ASCII, such as §."""
    digit = text[:-1] - np.uint8(ord("0")) < 10
    begins = digit.copy()
    begins[1:] &= ~digit[:-1]
    begins |= text[:-1] == ord("?")
    places: list[int] = np.flatnonzero(begins).tolist()
    return places
