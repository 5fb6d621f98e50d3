"""One gold from many annotators, and how far each of them can be relied on."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics import Score, evaluate
from livener.metrics.pieces import Annotations, comparable, cut, over_pieces
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet, decode
from livener.text import Document, Range, Span

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Answers = tuple[Ints, Ints]
"""What one person said: the units, and the category given to each, both (n,)."""

_STEPS = 100
_CONVERGED = 1e-4


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One gold from many annotators.

    ``reliability`` holds for each person the strict score of their spans against this gold, over the documents that
    somebody else annotated too.
    """

    method: str
    documents: list[Document]
    reliability: Mapping[str, Score]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values, the documents only counted: what ``livener aggregate --json`` prints."""
        return {
            "method": self.method,
            "documents": len(self.documents),
            "spans": sum(len(document.spans) for document in self.documents),
            "reliability": {name: asdict(score) for name, score in self.reliability.items()},
        }


def majority(documents: Iterable[Annotations]) -> Aggregation:
    """The spans (same boundaries, same label) that more than half of a document's annotators have.

    A span's score is the share of them. Spans may nest. What is only partly annotated is left out.

    Raises:
        InputError: nothing is annotated, or the texts of one document differ.

    >>> texts = [Document("Jordan won", spans=(Span(0, 6, label),)) for label in ("PER", "GPE", "PER")]
    >>> found = majority([dict(zip(["Ann", "Bob", "Cy"], texts))])
    >>> [(span.text, span.label, round(span.score, 2)) for span in found.documents[0].spans]
    [('Jordan', 'PER', 0.67)]
    """
    whole = _whole(documents)
    spans = []
    for annotations in whole:
        said = [{(span.start, span.end, span.label) for span in one.spans} for one in annotations.values()]
        votes = sorted(Counter(key for keys in said for key in keys).items())
        spans.append([Span(*key, score=count / len(said)) for key, count in votes if 2 * count > len(said)])
    return _aggregation("majority", whole, spans)


def dawid_skene(documents: Iterable[Annotations]) -> Aggregation:
    """The most probable spans, when each annotator has an error rate of their own for each pair of tags.

    The BIO tag of each token is the truth that everybody saw through their own confusion matrix; EM estimates both
    together (Dawid and Skene 1979), and Viterbi finds the best legal sequence of tags that somebody gave to their
    tokens. Somebody who agrees with others where these agree has more of a say where they do not. A span's score is
    its probability under the model, which takes tokens for independent and is therefore too sure of itself.

    Raises:
        InputError: nothing is annotated; the texts of one document differ; or spans of one annotator overlap.

    >>> texts = [Document("Jordan won", spans=(Span(0, 6, label),)) for label in ("PER", "GPE", "PER")]
    >>> dawid_skene([dict(zip(["Ann", "Bob", "Cy"], texts))] * 5).reliability["Ann"].f1
    1.0
    """
    whole = _whole(documents)
    pieces = [cut(annotations) for annotations in whole]
    bounds = np.cumsum([0, *map(len, pieces)])
    tagset = TagSet({span.label for one in whole for document in one.values() for span in document.spans}, "BIO")
    # What is true of a token depends on what each person said of it alone, so equal ones are estimated once.
    patterns, place, times = np.unique(_table(whole, pieces, tagset), axis=0, return_inverse=True, return_counts=True)
    answers = [(np.flatnonzero(column >= 0), column[column >= 0]) for column in patterns.T]
    scores = estimate(answers, times, len(tagset.tags))
    given = (patterns[:, :, None] == np.arange(len(tagset.tags))).any(axis=1)
    scores = np.where(given, scores, -np.inf)[place.ravel()]
    chain = Chain.of(tagset, np.zeros_like(tagset.allowed, np.float64))
    tags, _ = chain.decode(scores, bounds)
    found = [
        (number, *span)
        for number, (first, last) in enumerate(pairwise(bounds))
        for span in decode([tagset.tags[tag] for tag in tags[first:last]], "BIO")[0]
    ]
    rows = [(number, first, last, tagset.labels.index(label)) for number, first, last, label in found]
    probabilities = chain.span_marginals(scores, bounds, np.array(rows, np.int32).reshape(-1, 4))
    spans: list[list[Span]] = [[] for _ in whole]
    for (number, first, last, label), probability in zip(found, probabilities.tolist(), strict=True):
        start, end = pieces[number][first][0], pieces[number][last - 1][1]
        spans[number].append(Span(start, end, label, score=min(probability, 1.0)))
    return _aggregation("dawid-skene", whole, spans)


METHODS: dict[str, Callable[[Iterable[Annotations]], Aggregation]] = {
    "dawid-skene": dawid_skene,
    "majority": majority,
}
"""The ways to aggregate, by name."""


def estimate(
    answers: Sequence[Answers], times: Ints, size: int, *, team: float = 10.0, right: float = 1.0, each: float = 0.1
) -> Floats:
    """Log probabilities, up to a constant for each unit, that its category is this one: (units, ``size``).

    ``times``, (units,), is how often each unit occurs; each needs an answer. EM for the model of Dawid and Skene
    (1979). So that somebody with few answers is neither perfect nor hopeless, each row of a confusion matrix starts
    with ``each`` answers of every category, ``right`` right ones, and ``team`` answers as all people together give
    them.

    >>> ann, bob = (np.array([0, 1, 2]), np.array([0, 1, 1])), (np.array([0, 1]), np.array([0, 1]))
    >>> estimate([ann, bob], np.array([5, 5, 1]), 2).argmax(axis=1)
    array([0, 1, 1])
    """
    posterior = np.zeros((len(times), size))
    for units, given in answers:
        np.add.at(posterior, (units, given), 1.0)
    posterior /= posterior.sum(axis=1, keepdims=True)
    prior = each + right * np.eye(size)
    scores = posterior
    for _ in range(_STEPS):
        expected = posterior * times[:, None]
        counts = np.zeros((len(answers), size, size))
        for count, (units, given) in zip(counts, answers, strict=True):
            np.add.at(count.T, given, expected[units])
        everyone = _rows_to_one(counts.sum(axis=0) + prior)
        scores = np.tile(np.log(_rows_to_one(expected.sum(axis=0, keepdims=True) + each)), (len(times), 1))
        for count, (units, given) in zip(counts, answers, strict=True):
            np.add.at(scores, units, np.log(_rows_to_one(count + team * everyone + prior)).T[given])
        before, posterior = posterior, np.exp(scores - scores.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        if np.abs(posterior - before).max(initial=0.0) < _CONVERGED:
            break
    return scores


def _rows_to_one(matrix: Floats) -> Floats:
    rows: Floats = matrix / matrix.sum(axis=1, keepdims=True)
    return rows


def _table(whole: Sequence[Annotations], pieces: Sequence[Sequence[Range]], tagset: TagSet) -> Ints:
    """The tag that each person gives to each token, −1 where the person has not annotated it: (tokens, people)."""
    people = list(dict.fromkeys(name for annotations in whole for name in annotations))
    parts = []
    for annotations, cuts in zip(whole, pieces, strict=True):
        part = np.full((len(cuts), len(people)), -1, np.int32)
        for name, document in annotations.items():
            try:
                part[:, people.index(name)] = tagset.encode(over_pieces(document, cuts), len(cuts))
            except InputError:
                where = f"document {document.id!r} of {name}"
                fix = "flat spans, or the method majority"
                raise InputError("spans overlap, which tags of tokens cannot hold", where=where, fix=fix) from None
        parts.append(part)
    return np.concatenate(parts)


def _whole(documents: Iterable[Annotations]) -> list[Annotations]:
    whole = comparable(documents)
    if not whole:
        raise InputError("no document is wholly annotated: nothing to aggregate")
    return whole


def _aggregation(method: str, whole: Sequence[Annotations], spans: Sequence[Sequence[Span]]) -> Aggregation:
    names = dict.fromkeys(name for annotations in whole for name in annotations)
    reliability = {}
    for name in names:
        compared = [number for number, one in enumerate(whole) if name in one and len(one) > 1]
        own = [whole[number][name].spans for number in compared]
        reliability[name] = evaluate([spans[number] for number in compared], own).strict
    documents = [
        replace(
            next(iter(annotations.values())),
            spans=tuple(replace(span, source=method) for span in found),
            negatives=(),
        )
        for annotations, found in zip(whole, spans, strict=True)
    ]
    return Aggregation(method, documents, reliability)
