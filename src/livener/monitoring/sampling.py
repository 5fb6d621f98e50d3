"""Which documents of production people look at, so that little work says how good all of it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from livener.text import Document

Floats = npt.NDArray[np.float64]
_RARE = 0.5  # of the chances, the part that each stratum has as much of as any other


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document that was drawn, and for how many of all it stands."""

    document: Document
    weight: float


def strata(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """The stratum of each document: its ``domain``, and its rarest predicted label or "" without any.

    >>> from livener.text import Span
    >>> ada = Document("Ada.", "p", {"domain": "news"}, (Span(0, 3, "PER"),))
    >>> strata([ada, Document("Rain.", "r")])
    [('news', 'PER'), ('', '')]
    """
    counts = Counter(label for one in documents for label in {span.label for span in one.spans})
    return [
        (
            str(one.meta.get("domain", "")),
            min((span.label for span in one.spans), key=lambda label: (counts[label], label), default=""),
        )
        for one in documents
    ]


def chances(groups: Sequence[tuple[str, str]], size: int) -> Floats:
    """The chance (n,) of each document to be among ``size``, by its stratum; they add up to that (or to n, if less).

    Half of them are the same for all documents and half for all strata: the rare is seen, and yet none stands for
    more than twice as many as in a simple sample, so that what is missed in documents without any prediction, of
    which there are many, does not ride on one of them (the defensive mixture of Hesterberg 1995).

    >>> [float(round(one, 2)) for one in chances([("", "")] * 9 + [("", "ORG")], 2)]
    [0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.6]
    """
    counts, n = Counter(groups), len(groups)
    if size >= n:
        return np.ones(n)
    sizes = np.array([(1 - _RARE) / n + _RARE / (len(counts) * counts[group]) for group in groups])
    found, sure = np.zeros(n), np.zeros(n, dtype=np.bool_)
    while True:  # what is sure to be drawn leaves its rest to the others
        left = size - int(sure.sum())
        found = np.where(sure, 1.0, left * sizes / sizes[~sure].sum())
        if not (more := (found >= 1.0) & ~sure).any():
            return found
        sure |= more


def draw(documents: Sequence[Document], size: int, *, seed: int) -> list[Drawn]:
    """So many documents, each with the chance that `chances` gives it, systematically over the strata (Madow 1949):
    every stratum has as many as it should but for one. `livener.metrics.ratio` makes estimates of them.

    >>> from livener.text import Span
    >>> found = [Document(f"No {i}.", f"{i}") for i in range(98)]
    >>> ada = [Document("Ada.", f"p{i}", spans=(Span(0, 3, "PER"),)) for i in range(2)]
    >>> drawn = draw([*found, *ada], 10, seed=0)
    >>> len(drawn), sum(one.document.id.startswith("p") for one in drawn), round(max(one.weight for one in drawn))
    (10, 2, 12)
    """
    if not documents or size < 1:
        return []
    groups, chance = strata(documents), Random(seed)
    order = sorted(range(len(documents)), key=lambda at: (groups[at], chance.random()))
    each = chances(groups, size)
    ends = np.cumsum(each[order])
    picks = chance.random() + np.arange(round(float(ends[-1])))
    found = np.minimum(np.searchsorted(ends, picks, side="right"), len(order) - 1)
    return [Drawn(documents[order[at]], 1.0 / float(each[order[at]])) for at in dict.fromkeys(found.tolist())]
