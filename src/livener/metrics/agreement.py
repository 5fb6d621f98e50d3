"""How far several people agree who annotated the same texts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.metrics.pieces import Annotations, comparable, cut, over_pieces
from livener.metrics.spans import evaluate

Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]


def cohen_kappa(a: Ints, b: Ints) -> float | None:
    """Agreement of two people beyond chance, each with chances of their own (Cohen 1960).

    ``a`` and ``b``, both (n,), hold the category that each gave to each unit: integers from 0. ``None`` where chance
    alone would agree always (both gave one and the same category throughout), or where there are no units.

    >>> cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    0.5
    """
    if not len(a):
        return None
    size = 1 + int(max(a.max(), b.max()))
    shares = np.bincount(a, minlength=size) @ np.bincount(b, minlength=size) / len(a) ** 2
    return _beyond(float(np.mean(a == b)), float(shares))


def fleiss_kappa(counts: Ints) -> float | None:
    """Agreement of any number of people beyond chance, the chances being those of all of them (Fleiss 1971).

    ``counts[unit, category]`` is how many people gave that category to that unit. Units may have different numbers of
    people; those with fewer than two say nothing and are left out. ``None`` as for `cohen_kappa`.

    >>> fleiss_kappa(np.array([[2, 0], [1, 1], [0, 2], [2, 0]]))
    0.4666666666666667
    """
    counts, raters = _rated(counts)
    if not len(counts):
        return None
    agreed = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    shares = counts.sum(axis=0) / raters.sum()
    return _beyond(float(agreed.mean()), float(shares @ shares))


def krippendorff_alpha(counts: Ints) -> float | None:
    """Krippendorff's α for nominal data: as `fleiss_kappa`, corrected for small samples and weighted by people.

    ``counts`` as there; missing data is a unit with fewer people, and a unit with fewer than two is left out
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").

    >>> round(krippendorff_alpha(np.array([[2, 0], [1, 1], [0, 2], [2, 0]])), 3)
    0.533
    """
    counts, raters = _rated(counts)
    if not len(counts):
        return None
    total, by_category = int(raters.sum()), counts.sum(axis=0)
    observed = float((counts * (counts - 1) / (raters - 1)[:, None]).sum()) / total
    expected = float((by_category * (by_category - 1)).sum()) / (total * (total - 1))
    return _beyond(observed, expected)


def _rated(counts: Ints) -> tuple[Ints, Ints]:
    """The units with two people or more, and how many each has."""
    counts = np.asarray(counts, np.int64)
    raters = counts.sum(axis=1)
    return counts[raters > 1], raters[raters > 1]


def _beyond(observed: float, expected: float) -> float | None:
    return None if expected >= 1 else (observed - expected) / (1 - expected)


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of agreement; ``None`` where one is not defined, as on a label that nobody used.

    ``strict`` is F1 of spans with equal boundaries and labels, which does not depend on who is taken for the truth
    (Hripcsak and Rothschild 2005); it is ``boundary`` (F1 of equal boundaries, whatever the label) times
    ``label_given_boundary`` (the share of spans with equal boundaries that have equal labels). ``spans`` is how many
    spans they rest on, those of all people together.

    ``cohen``, ``fleiss`` and ``alpha`` look at tokens, each with the label of the span that it is in, with several
    labels where spans nest, or with none; ``cohen_marked`` and ``fleiss_marked`` only at the tokens that one of the
    people put in a span. Most tokens are easily seen to be in no span: over all tokens κ is high where it is only
    this that people agree on, over marked tokens it is low because none of that is counted.
    """

    strict: float | None
    boundary: float | None
    label_given_boundary: float | None
    cohen: float | None
    cohen_marked: float | None
    fleiss: float | None
    fleiss_marked: float | None
    alpha: float | None
    spans: int


@dataclass(frozen=True, slots=True)
class Group:
    """The agreement of some people on the documents that at least two of them annotated.

    Of one label: the spans of that label, and of each token whether it is in one.
    """

    documents: int
    tokens: int
    overall: Figures
    per_label: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `agreement` found: of all together, and of each pair that has annotated a document in common.

    In ``everyone``, ``strict``, ``boundary``, ``label_given_boundary``, ``cohen`` and ``cohen_marked`` are means over
    the pairs where they are defined.
    """

    annotators: tuple[str, ...]
    everyone: Group
    pairs: Mapping[tuple[str, str], Group]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values: what ``livener agree --json`` prints."""
        pairs = [{"a": a, "b": b, **_flat(group)} for (a, b), group in self.pairs.items()]
        return {"annotators": list(self.annotators), **_flat(self.everyone), "pairs": pairs}


def agreement(documents: Iterable[Annotations]) -> Agreement:
    """How far people agree, overall, per label and per pair; see `Figures`.

    For each document the annotations of each person who annotated it; who did not is missing data. So is what is
    only partly annotated (``complete=False``). Neither the order of spans nor that of people matters.

    Raises:
        InputError: no document was annotated by two people, or the texts of one document differ.

    >>> from livener.text import Document, Span
    >>> ann = Document("Jordan met Shell", spans=(Span(0, 6, "GPE"), Span(11, 16, "ORG")))
    >>> bob = Document("Jordan met Shell", spans=(Span(0, 6, "PER"), Span(11, 16, "ORG")))
    >>> found = agreement([{"Ann": ann, "Bob": bob}])
    >>> found.everyone.overall.strict, found.everyone.overall.cohen, found.everyone.per_label["ORG"].cohen
    (0.5, 0.5714285714285714, 1.0)
    """
    shared = [annotations for annotations in comparable(documents) if len(annotations) > 1]
    if not shared:
        raise InputError("no document was annotated by two people", fix="documents with the same id or the same text")
    annotators = tuple(dict.fromkeys(name for annotations in shared for name in annotations))
    tokens = _Tokens.of(shared, annotators)
    pairs: dict[tuple[str, str], Group] = {}
    for a, b in combinations(annotators, 2):
        if both := [annotations for annotations in shared if a in annotations and b in annotations]:
            pairs[a, b] = _pair(both, a, b, tokens.of_two(annotators.index(a), annotators.index(b)))
    spans = Counter(
        label
        for annotations in shared
        for document in annotations.values()
        for _, _, label in {(span.start, span.end, span.label) for span in document.spans}
    )
    per_label = {
        label: _together(
            [pair.per_label[label] for pair in pairs.values() if label in pair.per_label],
            tokens.table_of(label),
            tokens.marked,
            spans[label],
        )
        for label in sorted(spans)
    }
    overall = _together([pair.overall for pair in pairs.values()], tokens.table, tokens.marked, spans.total())
    return Agreement(annotators, Group(len(shared), len(tokens.table), overall, per_label), pairs)


_OVER_PAIRS = ("strict", "boundary", "label_given_boundary", "cohen", "cohen_marked")


def _together(pairs: Sequence[Figures], table: Ints, marked: Bools, spans: int) -> Figures:
    means = {}
    for name in _OVER_PAIRS:
        defined = [value for pair in pairs if (value := getattr(pair, name)) is not None]
        means[name] = sum(defined) / len(defined) if defined else None
    return Figures(**means, **_chance_corrected(table, marked), spans=spans)


def _pair(shared: Sequence[Annotations], a: str, b: str, tokens: "_Tokens") -> Group:
    found = evaluate([both[a].spans for both in shared], [both[b].spans for both in shared])
    # Spans with equal boundaries and different labels, under both labels.
    elsewhere = Counter(
        span.label
        for error in found.errors
        if error.kind == "label"
        for span in (error.gold, error.predicted)
        if span
    )

    def figures(right: int, other_label: int, spans: int, table: Ints) -> Figures:
        same_range = 2 * right + other_label
        return Figures(
            strict=_ratio(2 * right, spans),
            boundary=_ratio(same_range, spans),
            label_given_boundary=_ratio(2 * right, same_range),
            cohen=cohen_kappa(*table.T),
            cohen_marked=cohen_kappa(*table[tokens.marked].T),
            **_chance_corrected(table, tokens.marked),
            spans=spans,
        )

    per_label = {
        label: figures(right, elsewhere[label], one + other, tokens.table_of(label))
        for label, (right, one, other) in zip(found.labels, found.counts.sum(axis=0).tolist(), strict=True)
    }
    right, one, other = found.counts.sum(axis=(0, 1)).tolist()
    overall = figures(right, elsewhere.total(), one + other, tokens.table)
    return Group(len(shared), len(tokens.table), overall, per_label)


def _chance_corrected(table: Ints, marked: Bools) -> dict[str, float | None]:
    counts = np.stack([(table == category).sum(axis=1) for category in range(table.max(initial=0) + 1)], axis=1)
    return {
        "fleiss": fleiss_kappa(counts),
        "fleiss_marked": fleiss_kappa(counts[marked]),
        "alpha": krippendorff_alpha(counts),
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class _Tokens:
    """``table`` (tokens, people): what each person says of each token, as an index into ``categories``, −1 where the
    person has not annotated the document. A category is the set of labels of the spans that a token is in; the first
    is the empty one."""

    table: Ints
    categories: Sequence[frozenset[str]]

    @classmethod
    def of(cls, documents: Iterable[Annotations], annotators: Sequence[str]) -> "_Tokens":
        index: dict[frozenset[str], int] = {frozenset(): 0}
        parts = []
        for annotations in documents:
            pieces = cut(annotations)
            part = np.full((len(pieces), len(annotators)), -1, np.int32)
            for name, document in annotations.items():
                labels: list[frozenset[str]] = [frozenset()] * len(pieces)
                for first, last, label in over_pieces(document, pieces):
                    labels[first:last] = [before | {label} for before in labels[first:last]]
                part[:, annotators.index(name)] = [index.setdefault(one, len(index)) for one in labels]
            parts.append(part)
        return cls(np.concatenate(parts), list(index))

    @property
    def marked(self) -> Bools:
        """(tokens,): whether anyone put it in a span."""
        return np.asarray((self.table > 0).any(axis=1))

    def of_two(self, a: int, b: int) -> "_Tokens":
        """Those of the documents that both people annotated."""
        table = self.table[:, [a, b]]
        return _Tokens(table[(table >= 0).all(axis=1)], self.categories)

    def table_of(self, label: str) -> Ints:
        """The table of whether a token is in a span of this label: 0 or 1, or −1 as before."""
        # The last one is found by the index −1.
        says = np.array([*(label in category for category in self.categories), -1], np.int32)
        return says[self.table]


def _flat(group: Group) -> dict[str, Any]:
    per_label = {label: asdict(figures) for label, figures in group.per_label.items()}
    return {"documents": group.documents, "tokens": group.tokens, **asdict(group.overall), "per_label": per_label}
