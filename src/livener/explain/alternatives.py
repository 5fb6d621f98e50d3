"""What if the text were another: which spans come, go, and how their scores move."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.base import Recognizer
from livener.recognizers.calibrator import Calibrator
from livener.tagging.chains import Chain
from livener.text import Document, Sentence


@runtime_checkable
class Tagger(Protocol):
    """A recognizer that scores every span, also those that it does not predict."""

    chain: Chain
    calibrator: Calibrator

    @property
    def labels(self) -> tuple[str, ...]: ...

    def emissions(self, sentences: list[Sentence]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]: ...


@dataclass(frozen=True, slots=True)
class Moved:
    """A span that is predicted before an edit or after it: its text and its score on either side, ``None`` where its
    words are not there. ``predicted`` says on which sides it is found."""

    label: str
    before: str | None
    after: str | None
    score_before: float | None
    score_after: float | None
    predicted: tuple[bool, bool]


def what_if(recognizer: Recognizer, before: Sentence, after: Sentence) -> list[Moved]:
    """The spans of two versions of a sentence, in order, with the score that each has in either.

    Words are matched as `difflib` does; a replaced word answers the one in its place.

    Raises:
        InputError: the recognizer scores only what it predicts.
    """
    if not isinstance(recognizer, Tagger):
        raise InputError(
            f"{recognizer.name} scores only what it predicts", fix="a model of crf, bilstm_crf, transformer"
        )
    there = _matched(before.words, after.words)
    back = {j: i for i, j in there.items()}
    labels = recognizer.labels
    found: dict[tuple[int | None, int | None, int | None, int | None, str], list[bool]] = {}
    for side, (sentence, other) in enumerate(((before, there), (after, back))):
        for first, last, label in _predicted(recognizer, sentence):
            own = (first, last)
            mapped = (other.get(first), other.get(last))
            if None in mapped:
                mapped = (None, None)
            places = (*own, *mapped) if side == 0 else (*mapped, *own)
            found.setdefault((*places, label), [False, False])[side] = True
    result = []
    for (a, b, c, d, label), sides in sorted(found.items(), key=lambda item: (item[0][2] is None, item[0][2] or 0)):
        number = labels.index(label)
        result.append(
            Moved(
                label,
                _text(before, a, b),
                _text(after, c, d),
                _score(recognizer, before, a, b, number),
                _score(recognizer, after, c, d, number),
                (sides[0], sides[1]),
            )
        )
    return result


def what_if_text(recognizer: Recognizer, before: Sequence[Sentence], after: Sequence[Sentence]) -> list[list[Moved]]:
    """The same for the sentences of two versions of a text, pair by pair.

    Sentences with the same words answer each other, and so do those in the same place between such; one that has no
    counterpart is compared with nothing.

    Raises:
        InputError: the recognizer scores only what it predicts.
    """
    one, other = ([tuple(sentence.words) for sentence in side] for side in (before, after))
    nothing = Sentence("", [], Document(""))
    pairs: list[tuple[Sentence, Sentence]] = []
    for _, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        pairs += zip_longest(before[a:b], after[c:d], fillvalue=nothing)
    return [what_if(recognizer, *pair) for pair in pairs]


def _matched(one: list[str], other: list[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            found |= dict(zip(range(a, b), range(c, d), strict=False))
            if b - a != d - c and kind == "replace":  # the last word of either answers the other's
                found[b - 1] = d - 1
    return found


def _predicted(recognizer: Recognizer, sentence: Sentence) -> list[tuple[int, int, str]]:
    ranges = [sentence.original(*token) for token in sentence.tokens]
    first = {start: i for i, (start, _) in enumerate(ranges)}
    last = {end: i for i, (_, end) in enumerate(ranges)}
    return [(first[span.start], last[span.end], span.label) for span in recognizer.predict([sentence])[0]]


def _score(tagger: Tagger, sentence: Sentence, first: int | None, last: int | None, label: int) -> float | None:
    if first is None or last is None or last < first:
        return None
    x, bounds = tagger.emissions([sentence])
    marginal = tagger.chain.span_marginals(x, bounds, np.array([[0, first, last + 1, label]], np.int32))
    return float(tagger.calibrator(marginal, [tagger.labels[label]])[0])


def _text(sentence: Sentence, first: int | None, last: int | None) -> str | None:
    if first is None or last is None or last < first:
        return None
    return sentence.text[sentence.tokens[first][0] : sentence.tokens[last][1]]
