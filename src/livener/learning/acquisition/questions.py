"""Questions about a few words: what is unsure in a sentence is asked, and the rest stays unknown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.learning.acquisition.predictions import Predictions
from livener.text import Document, Range, Span
from livener.text.ranges import merged, within

Bools = npt.NDArray[np.bool_]
_FLOOR = 0.1
"""The entropy, in nats, from which on a token is unsure: a best tag of about 98 %."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is in the range [``start``, ``end``) of a document of the pool, of ``tokens`` tokens?"""

    number: int
    document: Document
    start: int
    end: int
    tokens: int
    score: float
    random: bool = False


def questions(
    predictions: Predictions,
    *,
    rng: np.random.Generator,
    count: int | None = None,
    budget: int | None = None,
    floor: float = _FLOOR,
    power: float = 0.5,
    random_share: float = 0.0,
) -> list[Question]:
    """The next questions: ``count``, or as many as the ``budget`` in tokens pays for.

    A question is a run of neighbouring tokens with an entropy over ``floor``, widened to whole predicted spans; it
    scores by the sum of the entropies over its length to the ``power``. What is ``known`` of a document that is not
    ``complete`` is not asked again. A random share is drawn from the questions, not from the tokens.

    Raises:
        InputError: neither or both of ``count`` and ``budget``; or the engine scores no tags.

    Source: Wanvarie et al. 2011, "Active learning with subsequence sampling strategy for sequence labeling tasks".
    """
    if (count is None) == (budget is None):
        raise InputError("how many questions, or for how many tokens?", fix="a count or a budget")
    every = list(unsure(predictions, floor=floor, power=power))
    ranked = np.lexsort((rng.permutation(len(every)), np.array([-one.score for one in every]))).tolist()
    drawn = rng.permutation(len(every)).tolist()
    left = np.inf if budget is None else budget
    chosen: list[Question] = []
    taken: set[int] = set()
    lists = {False: iter(ranked), True: iter(drawn)}
    randoms = 0
    while count is None or len(chosen) < count:
        at_random = randoms < random_share * (len(chosen) + 1) - 1e-9
        number = next((i for i in lists[at_random] if i not in taken and every[i].tokens <= left), None)
        if number is None:
            break
        taken.add(number)
        randoms += at_random
        left -= every[number].tokens
        chosen.append(replace(every[number], random=at_random))
    return chosen


def answered(document: Document, start: int, end: int, spans: tuple[Span, ...]) -> Document:
    """The document with what somebody said of the range: ``spans`` are all that there are in it.

    A span that goes on outside the range is known as a whole. Knowledge adds up; what was said of a range before
    gives way.

    >>> asked = Document("Ann met Bob in Oslo.", complete=False)
    >>> once = answered(asked, 8, 14, (Span(8, 11, "PER"),))
    >>> twice = answered(once, 0, 3, ())
    >>> twice.known, len(twice.spans), twice.complete
    (((0, 3), (8, 14)), 1, False)
    """
    start, end = min([start, *(span.start for span in spans)]), max([end, *(span.end for span in spans)])
    kept = [span for span in document.spans if span.end <= start or end <= span.start]
    return replace(
        document,
        complete=False,
        spans=tuple(sorted([*kept, *spans], key=lambda span: (span.start, span.end))),
        negatives=tuple(span for span in document.negatives if span.end <= start or end <= span.start),
        known=merged([*document.known, (start, end)]),
    )


def unsure(predictions: Predictions, *, floor: float = _FLOOR, power: float = 0.5) -> Iterator[Question]:
    """All questions that there are, in the order of the text.

    Raises:
        InputError: the engine scores no tags.
    """
    entropy = predictions.token_entropy
    bounds = predictions.bounds.tolist()
    for i, (sentence, number) in enumerate(zip(predictions.sentences, predictions.owners.tolist(), strict=True)):
        mine = entropy[bounds[i] : bounds[i + 1]]
        if not (mine > floor).any():
            continue
        document = predictions.documents[number]
        ranges = [sentence.original(*token) for token in sentence.tokens]
        open_ = np.array([not within(*one, () if document.complete else document.known) for one in ranges])
        doubted = (mine > floor) & open_
        for first, last in _runs(_widened(doubted, ranges, predictions.spans[number]) & open_):
            if doubted[first:last].any():
                score = float(mine[first:last].sum() / (last - first) ** power)
                yield Question(number, document, ranges[first][0], ranges[last - 1][1], last - first, score)


def _widened(doubted: Bools, ranges: list[Range], spans: tuple[Span, ...]) -> Bools:
    wide = doubted.copy()
    for span in spans:
        if span.end <= ranges[0][0] or span.start >= ranges[-1][1]:
            continue
        inside = np.array([span.start <= start and end <= span.end for start, end in ranges])
        if (inside & doubted).any():
            wide |= inside
    return wide


def _runs(chosen: Bools) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
