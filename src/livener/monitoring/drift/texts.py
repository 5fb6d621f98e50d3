"""Drift of the text itself: its words, its surface forms, its length, its language, where it comes from."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.scores import compared, share
from livener.monitoring.drift.significance import jensen_shannon, proportions
from livener.monitoring.drift.window import Ints, Window


class UnknownWords:
    """The share of words, without regard to case, that no other document of the reference has: G."""

    name: ClassVar[str] = "unknown_words.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        sides = [([window.vocabulary[i].casefold() for i in window.words], window) for window in (reference, current)]
        yield from _unseen(
            self.name, "text", "share of unknown words", sides, [one.word_of for _, one in sides], 0.02
        )


class NewForms:
    """The share of spans whose surface form no other document of the reference has as a span: G."""

    name: ClassVar[str] = "new_forms.v1"
    about: ClassVar[str] = "spans"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        sides = [(window.forms, window) for window in (reference, current)]
        yield from _unseen(
            self.name, "all labels", "share of new surface forms", sides, [one.span_of for _, one in sides], 0.05
        )


class DocumentLengths:
    """The number of words of a document: Kolmogorov–Smirnov."""

    name: ClassVar[str] = "document_lengths.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        sides = [(window.lengths.astype(np.float64), np.arange(len(window))) for window in (reference, current)]
        yield from compared(self.name, "text", "words of a document", sides[0], sides[1])


class Languages:
    """The proportions of the languages of the documents that are long enough to tell: χ²."""

    name: ClassVar[str] = "languages.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        yield from _composition(self.name, "language", list(reference.languages), list(current.languages))


class Origins:
    """The proportions of what the metadata say under ``domain`` and under ``source``: χ²."""

    name: ClassVar[str] = "origins.v1"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        for key in ("domain", "source"):
            yield from _composition(self.name, key, reference.meta(key), current.meta(key))


def _unseen(
    test: str, subject: str, quantity: str, sides: list[tuple[list[str], Window]], own: list[Ints], minimum: float
) -> Iterator[Measure]:
    """A reference document is judged by the other ones, as a new one is: otherwise nothing in it would be unseen."""
    first: dict[str, int] = {}
    several: set[str] = set()
    for item, of in zip(sides[0][0], own[0].tolist(), strict=True):
        if first.setdefault(item, of) != of:
            several.add(item)
    hits = [
        np.array([item not in several for item in sides[0][0]], bool),
        np.array([item not in first for item in sides[1][0]], bool),
    ]
    counted = []
    for hit, of, (_, window) in zip(hits, own, sides, strict=True):
        counted += [np.bincount(of[hit], minlength=len(window)), np.bincount(of, minlength=len(window))]
    yield from share(test, subject, quantity, *counted, minimum=minimum)


def _composition(test: str, subject: str, before: list[str], now: list[str]) -> Iterator[Measure]:
    known = sorted({*before, *now} - {""})
    a, b = (_one_hot(values, known) for values in (before, now))
    if len(known) < 2 or not a.sum() or not b.sum():
        return
    value, p = proportions(a, b)
    shares = a.sum(0) / a.sum(), b.sum(0) / b.sum()
    most = int(np.abs(shares[1] - shares[0]).argmax())
    effect = jensen_shannon(a.sum(0), b.sum(0))
    extra = {
        "reference": dict(zip(known, shares[0].tolist(), strict=True)),
        "current": dict(zip(known, shares[1].tolist(), strict=True)),
    }
    quantity = f"share of {known[most]}"
    yield Measure(
        test, subject, quantity, float(shares[0][most]), float(shares[1][most]), value, p, effect, "JS", 0.01, extra
    )


def _one_hot(values: list[str], known: list[str]) -> npt.NDArray[np.int64]:
    place = {value: i for i, value in enumerate(known)}
    table = np.zeros((len(values), len(known)), np.int64)
    for row, value in enumerate(values):
        if value:
            table[row, place[value]] = 1
    return table
