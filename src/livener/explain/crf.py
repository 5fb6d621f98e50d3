"""The CRF explained: what each feature adds to a span, and which steps between tags it has learned.

The score of a path is a sum, so that the contributions are exact: nothing is approximated.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.base import Recognizer
from livener.recognizers.crf import Crf
from livener.recognizers.crf.words import BORDERS, CHANNEL
from livener.recognizers.neural.tagger import NeuralTagger
from livener.text import Sentence, Span


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature of one word adds, in nats, to the score of the span against no entity (all its tokens ``O``).

    ``place`` is 0 for a word of the span, -1 for the word before it, 1 for the word after it, and so on; the word
    before a sentence or after it is empty.
    """

    weight: float
    place: int
    word: str
    feature: str


@dataclass(frozen=True, slots=True)
class SpanExplanation:
    """A predicted span and its contributions, the weightiest first."""

    span: Span
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Transitions:
    """The steps from a tag (row) to the next one (column).

    ``weights`` (K, K) is minus infinity where the scheme forbids the step; ``counts`` (K, K) says how often training
    saw it, and is 0 for a neural model, which does not keep it. ``unseen`` are the legal steps without an example:
    nothing was learned of them.
    """

    tags: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """The legal steps that training never saw."""
        if not self.counts.any():
            return []
        rows, columns = np.nonzero((self.counts == 0) & np.isfinite(self.weights))
        return [(self.tags[i], self.tags[j]) for i, j in zip(rows.tolist(), columns.tolist(), strict=True)]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values; the weight of a forbidden step is null."""
        return {
            "tags": self.tags,
            "weights": [[weight if weight > -1e300 else None for weight in row] for row in self.weights.tolist()],
            "counts": self.counts.tolist(),
            "unseen": self.unseen,
        }


def transitions(recognizer: Recognizer) -> Transitions:
    """The learned steps between tags.

    Raises:
        InputError: the recognizer has no CRF, so that it has none.
    """
    if isinstance(recognizer, NeuralTagger) and recognizer.settings.head == "crf":
        tags = recognizer.tagset.tags
        return Transitions(tags, recognizer.chain.transitions, np.zeros((len(tags), len(tags)), np.int64))
    if not isinstance(recognizer, Crf):
        raise InputError(f"{recognizer.name} has no transitions", fix="a model of crf, or one with head=crf")
    return Transitions(recognizer.tagset.tags, recognizer.chain.transitions, recognizer.step_counts)


def explain_spans(crf: Crf, sentence: Sentence) -> list[SpanExplanation]:
    """The predicted spans of a sentence, each with what every feature near it contributes."""
    words, bounds = crf.numbers([sentence])
    places, _ = crf.recognise(words, bounds, crf.bias, scored=False)
    (spans,) = crf.predict([sentence])
    return [
        SpanExplanation(span, _contributions(crf, sentence.words, words, start, end, crf.labels[label]))
        for span, (_, start, end, label) in zip(spans, places.tolist(), strict=True)
    ]


def _contributions(
    crf: Crf, forms: list[str], words: npt.NDArray[np.int32], start: int, end: int, label: str
) -> tuple[Contribution, ...]:
    first, features, values = crf.table.arrays()
    names = list(crf.table.features)
    reach, size = crf.settings.reach, len(crf.tagset.tags)
    sums: defaultdict[tuple[int, int], float] = defaultdict(float)
    for token, tag in zip(range(start, end), crf.tagset.roles(end - start, label), strict=True):
        for offset in range(2 * reach + 1):
            place = token + offset - reach
            # The rows 0 and 1 of the table are those of the borders.
            numbers = [0] if place < 0 else [1] if place >= len(forms) else words[place].tolist()
            for number in numbers:
                for at in range(first[number], first[number + 1]):
                    row = crf.weights[features[at]]
                    sums[place, features[at]] += values[at] * (row[offset * size + tag] - row[offset * size])
    found = [
        Contribution(
            float(weight),
            min(place - start, 0) + max(place - end + 1, 0),
            forms[place] if 0 <= place < len(forms) else "",
            _readable(names[feature]),
        )
        for (place, feature), weight in sums.items()
        if weight
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.weight)))


def _readable(feature: str) -> str:
    if feature in BORDERS:
        return "sentence ends" if BORDERS.index(feature) else "sentence begins"
    return f"gazetteer={feature[1:]}" if feature.startswith(CHANNEL) else feature
