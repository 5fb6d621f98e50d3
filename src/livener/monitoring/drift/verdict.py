"""Has the text changed, or the model? The same documents, predicted by the previous version too, tell."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from livener.errors import InputError
from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.significance import normal_tail
from livener.monitoring.drift.window import Window

_LEAST_CHANGE = 0.05  # of a label's spans: a smaller movement between two versions is of no interest
_LEAST_DISAGREEMENT = 0.1  # of all spans, for two versions whose counts agree
_EXACT = 1000  # documents up to which the sign test is summed


@dataclass(frozen=True, slots=True)
class Verdict:
    """``what`` is ``"text"``, ``"model"``, ``"both"`` or ``"neither"``.

    ``disagreement`` is the share of the spans of either version that the other one has not; ``labels`` are those of
    which the current version surely finds more or fewer in the same text.
    """

    what: str
    disagreement: float
    labels: tuple[str, ...]

    @property
    def words(self) -> str:
        """It in words.

        >>> Verdict("text", 0.0, ()).words
        'the text has changed, the model has not'
        """
        return {
            "text": "the text has changed, the model has not",
            "model": "the model has changed, the text has not",
            "both": "both the text and the model have changed",
            "neither": "neither the text nor the model has changed",
        }[self.what]


def version_measures(previous: Window, current: Window) -> Iterator[Measure]:
    """The spans of each label that two versions find in the same documents: a sign test over documents.

    Raises:
        InputError: the two windows hold different documents.

    >>> from livener.monitoring.drift.window import measure
    >>> from livener.text import Document, Span
    >>> before = measure([Document("Ada left.", spans=(Span(0, 3, "PER"),))] * 50)
    >>> now = measure([Document("Ada left.")] * 50, labels=["PER"])
    >>> [(one.effect, one.p_value < 1e-10) for one in version_measures(before, now)]
    [(-1.0, True)]
    """
    texts = [[document.text for document in window.documents] for window in (previous, current)]
    if texts[0] != texts[1]:
        raise InputError("the previous version was given other documents", fix="the same texts in the same order")
    for i, label in enumerate(current.labels):
        before, now = previous.counts[:, i], current.counts[:, i]
        more, fewer = int((now > before).sum()), int((now < before).sum())
        change = float(now.sum() - before.sum()) / max(float(before.sum()), 1.0)
        yield Measure(
            "versions.v1",
            label,
            "spans per document, previous and current version",
            float(before.mean()),
            float(now.mean()),
            float(more - fewer),
            _sign_test(more, fewer),
            change,
            "relative",
            _LEAST_CHANGE,
        )


def judge(previous: Window, current: Window, *, text: bool, labels: Collection[str]) -> Verdict:
    """The verdict. ``text``: whether the previous version's predictions have drifted from the reference, which no new
    model explains; ``labels``: of which the two versions surely find different numbers.

    Two versions that find as many spans as each other are different all the same where a tenth of the spans differ.
    """
    total = differing = 0
    for before, now in zip(previous.documents, current.documents, strict=True):
        sides = [{(span.start, span.end, span.label) for span in document.spans} for document in (before, now)]
        total += len(sides[0] | sides[1])
        differing += len(sides[0] ^ sides[1])
    disagreement = differing / total if total else 0.0
    model = bool(labels) or disagreement >= _LEAST_DISAGREEMENT
    what = "both" if model and text else "model" if model else "text" if text else "neither"
    return Verdict(what, disagreement, tuple(sorted(labels)))


def _sign_test(more: int, fewer: int) -> float:
    """The two-sided p-value of as many rises and falls as these, where both are equally likely."""
    count, least = more + fewer, min(more, fewer)
    if count > _EXACT:
        return normal_tail((abs(more - fewer) - 1) / math.sqrt(count))
    return min(1.0, 2.0 * float(sum(math.comb(count, k) for k in range(least + 1)) / 2**count))
