"""Where several people disagree on a document: their spans side by side, and a first merge for the reviewer."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.datasets import dawid_skene, majority
from livener.metrics import Annotations, evaluate
from livener.metrics.pairing import Key, pair
from livener.review import opinions
from livener.review.opinions import Opinion, span_dict
from livener.review.rules import Rules
from livener.store.models import Project, Tier
from livener.text import Document, Span
from livener.text.ranges import touches

Strategy = Literal["weighted", "majority", "tier"]
_Judged = tuple[list[Opinion], Sequence[Span]]
"""What people made of a document, and what is held to be true of it."""

_RANK = {tier: rank for rank, tier in enumerate(Tier)}
_UNKNOWN = 0.8  # how reliable somebody is taken to be where nobody's reliability is known
_LEAST, _MOST = 0.55, 0.99  # nobody's word counts against itself, and nobody's for certain
_FOR_ONE_TASK = 300  # the documents that reliabilities are estimated from while a reviewer waits
_TEAM = 20.0  # as many spans as the team finds them count with those of each person


class State(StrEnum):
    """How people differ at a position.

    ``ONLY_SOME`` have something there; else ``LABEL`` differs, whether or not boundaries do; else ``BOUNDARY``.
    """

    AGREED = "agreed"
    BOUNDARY = "boundary"
    LABEL = "label"
    ONLY_SOME = "only_some"


@dataclass(frozen=True, slots=True)
class Variant:
    """A span and the people who have it, sorted."""

    span: Span
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """What people made of one thing in the text: at most one span each.

    ``missing`` looked and have nothing there; ``undecided`` left a span there open, which is no disagreement. Whoever
    annotated only partly and said nothing of it is in neither.
    """

    state: State
    variants: tuple[Variant, ...]
    missing: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def start(self) -> int:
        """Where the first of the spans begins."""
        return min(variant.span.start for variant in self.variants)

    @property
    def end(self) -> int:
        """Where the last of the spans ends."""
        return max(variant.span.end for variant in self.variants)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "state": self.state.value,
            "start": self.start,
            "end": self.end,
            "variants": [{**span_dict(one.span), "authors": list(one.authors)} for one in self.variants],
            "missing": list(self.missing),
            "undecided": list(self.undecided),
        }


def align(annotations: Annotations, *, ignored: Mapping[str, Iterable[Span]] | None = None) -> list[Position]:
    """The spans of all people, position by position, in the order of the text.

    Equal spans are one position's; the others are paired for every two people as in `livener.metrics.evaluate`, and
    the pairs that most people make are joined first, never two spans of one person. Of two people, the states are
    therefore the error types of an evaluation. Spans may nest and overlap; who comes first changes nothing.
    ``ignored`` are the spans that each person left undecided.

    >>> text = "Jordan met Shell"
    >>> ann = Document(text, spans=(Span(0, 6, "PER"), Span(11, 16, "ORG")))
    >>> bob = Document(text, spans=(Span(0, 6, "GPE"),))
    >>> [(position.start, position.state.value, position.missing) for position in align({"Ann": ann, "Bob": bob})]
    [(0, 'label', ()), (11, 'only_some', ('Bob',))]
    """
    said = {author: {_key(span) for span in document.spans} for author, document in annotations.items()}
    authors: defaultdict[Key, set[str]] = defaultdict(set)
    for author, keys in said.items():
        for key in keys:
            authors[key].add(author)
    pairs: Counter[tuple[Key, Key]] = Counter()
    for a, b in combinations(said.values(), 2):
        # Ties between pairs are settled by the spans and not by who is who.
        for one, other in pair(*sorted((a - b, b - a), key=sorted)):
            pairs[min(one, other), max(one, other)] += 1
    together = {key: {key} for key in authors}
    for one, other in sorted(pairs, key=lambda both: (-pairs[both], *_distance(*both), both)):
        people = [{author for key in together[side] for author in authors[key]} for side in (one, other)]
        if people[0].isdisjoint(people[1]):
            joined = together[one] | together[other]
            together.update(dict.fromkeys(joined, joined))
    known = {_key(span): span for document in annotations.values() for span in document.spans}
    kb_ids = _kb_ids(annotations.values())
    positions = []
    for keys in {id(keys): keys for keys in together.values()}.values():
        variants = [
            Variant(Span(*key, kb_id=kb_ids.get(key), text=known[key].text), tuple(sorted(authors[key])))
            for key in sorted(keys)
        ]
        positions.append(_position(variants, annotations, ignored or {}))
    return sorted(positions, key=lambda position: [_key(variant.span) for variant in position.variants])


def premerge(
    positions: Iterable[Position],
    *,
    strategy: Strategy,
    tiers: Mapping[str, Tier] | None = None,
    reliabilities: Mapping[str, float] | None = None,
) -> list[Span]:
    """The spans that a reviewer starts from, in the order of the positions.

    A position is kept where those who have a span there outweigh those who have none; of its spans the weightiest is
    taken. With ``"majority"`` all weigh the same, with ``"tier"`` only those of the highest tier there count, and
    scores are shares of people. With ``"weighted"`` everybody weighs the log odds of their reliability, which is the
    best vote of independent people (Nitzan and Paroush 1982), and a score is the probability that this makes.

    >>> ann, bob = (Document("Jordan", spans=(Span(0, 6, label),)) for label in ("PER", "GPE"))
    >>> positions = align({"Ann": ann, "Bob": bob})
    >>> merged = premerge(positions, strategy="weighted", reliabilities={"Ann": 0.6, "Bob": 0.9})
    >>> [(span.label, round(span.score, 2)) for span in merged]
    [('GPE', 0.8)]
    """
    known = reliabilities or {}
    typical = sum(known.values()) / len(known) if known else _UNKNOWN
    merged = []
    for position in positions:
        judges = {author for variant in position.variants for author in variant.authors} | {*position.missing}
        if strategy == "tier":
            ranks = {author: _RANK[(tiers or {}).get(author, Tier.ANNOTATOR)] for author in judges}
            judges = {author for author in judges if ranks[author] == max(ranks.values())}
        weights = {
            author: _log_odds(known.get(author, typical)) if strategy == "weighted" else 1.0 for author in judges
        }
        absent = math.fsum(weights[author] for author in judges.intersection(position.missing))
        sums = [
            math.fsum(weights[author] for author in judges.intersection(variant.authors))
            for variant in position.variants
        ]
        present = math.fsum(sums)
        if present <= absent:
            continue
        best = max(range(len(sums)), key=sums.__getitem__)
        if strategy == "weighted":
            score = 1 / math.fsum(math.exp(one - sums[best]) for one in sums) / (1 + math.exp(absent - present))
        else:
            score = sums[best] / (present + absent)
        span = position.variants[best].span
        merged.append(Span(span.start, span.end, span.label, score, strategy, span.kb_id, span.text))
    return merged


def reliabilities(session: Session, project_id: int, *, documents: int = 1000) -> dict[str, float]:
    """For each annotator, by name, how reliable: strict F1 of their spans against what is held to be true.

    That is the decision of a reviewer or an expert where there is one, else what `livener.datasets.dawid_skene` makes
    of the annotators of the document (where spans nest, `livener.datasets.majority`). Only the latest ``documents``
    are looked at, among ten times as many annotations, so that a page can ask for it. Somebody with few spans is
    taken for much like the rest of the team; who has none to compare is not there.
    """
    decided: list[tuple[list[int], int]] = []
    shared: list[list[int]] = []
    for people in opinions.recent(session, project_id, documents=documents):
        whole = [row for row in people if row.complete]
        own = [row.id for row in whole if row.tier is Tier.ANNOTATOR]
        final = max((row for row in whole if row.tier is not Tier.ANNOTATOR), key=_last_word, default=None)
        if own and final is not None:
            decided.append((own, final.id))
        elif len(own) > 1:
            shared.append(own)
        if len(decided) + len(shared) == documents:
            break
    ids = sorted({one for own, final in decided for one in (*own, final)} | {one for own in shared for one in own})
    said = dict(zip(ids, opinions.load(session, ids), strict=True))
    found: list[_Judged] = [([said[one] for one in own], said[final].document.spans) for own, final in decided]
    found += _aggregated([[said[one] for one in own] for own in shared])
    pairs: defaultdict[str, list[tuple[Sequence[Span], Sequence[Span]]]] = defaultdict(list)
    for people_of, truth in found:
        for opinion in people_of:
            pairs[opinion.author].append((truth, opinion.document.spans))
    counts = {
        author: evaluate([truth for truth, _ in both], [own for _, own in both]).counts.sum(axis=(0, 1)).tolist()
        for author, both in pairs.items()
    }
    right, spans = sum(one[0] for one in counts.values()), sum(one[1] + one[2] for one in counts.values())
    if not spans:
        return {}
    team = _TEAM * 2 * right / spans
    return {
        author: (2 * right + team) / (predicted + gold + _TEAM)
        for author, (right, predicted, gold) in sorted(counts.items())
    }


@dataclass(frozen=True, slots=True)
class Adjudication:
    """What a reviewer sees of a task: everybody's latest annotation, the positions, and a first merge."""

    task_id: int
    strategy: Strategy
    opinions: tuple[Opinion, ...]
    positions: tuple[Position, ...]
    merged: tuple[Span, ...]
    reliabilities: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "task_id": self.task_id,
            "strategy": self.strategy,
            "annotations": [opinion.as_dict() for opinion in self.opinions],
            "positions": [position.as_dict() for position in self.positions],
            "merged": [span_dict(span) for span in self.merged],
            "reliabilities": dict(self.reliabilities),
        }


def adjudication(
    session: Session,
    project_id: int,
    task_id: int,
    *,
    weights: Callable[[], Mapping[str, float]] | None = None,
) -> Adjudication:
    """The whole view of a task, merged as the project's rules say.

    ``weights`` gives what `reliabilities` does, where somebody keeps it.

    Raises:
        NotFound: no such task in the project.
    """
    said = opinions.of_task(session, project_id, task_id)
    settings = session.execute(select(Project.settings).where(Project.id == project_id)).scalar_one()
    strategy: Strategy = Rules.of(settings).strategy
    several = strategy == "weighted" and len(said) > 1
    weighed = weights or (lambda: reliabilities(session, project_id, documents=_FOR_ONE_TASK))
    known = weighed() if several else {}
    positions = positions_of(said)
    merged = premerge(positions, strategy=strategy, tiers={one.author: one.tier for one in said}, reliabilities=known)
    here = {one.author: known[one.author] for one in said if one.author in known}
    return Adjudication(task_id, strategy, tuple(said), tuple(positions), tuple(merged), here)


def positions_of(said: Iterable[Opinion]) -> list[Position]:
    """`align` over the opinions of one document, one of each author."""
    said = list(said)
    return align({one.author: one.document for one in said}, ignored={one.author: one.ignored for one in said})


def _key(span: Span) -> Key:
    return span.start, span.end, span.label


def _distance(a: Key, b: Key) -> tuple[bool, int, bool]:
    return a[:2] != b[:2], abs(a[0] - b[0]) + abs(a[1] - b[1]), a[2] != b[2]


def _kb_ids(documents: Iterable[Document]) -> dict[Key, str]:
    """For each span the identifier that most people gave it."""
    counts: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for span in document.spans:
            if span.kb_id is not None:
                counts[_key(span)][span.kb_id] += 1
    return {key: min(found, key=lambda kb_id: (-found[kb_id], kb_id)) for key, found in counts.items()}


def _position(
    variants: Sequence[Variant], annotations: Annotations, ignored: Mapping[str, Iterable[Span]]
) -> Position:
    present = {author for variant in variants for author in variant.authors}
    keys = {_key(variant.span) for variant in variants}
    missing, undecided = [], []
    for author in sorted(annotations.keys() - present):
        if any(one.overlaps(variant.span) for one in ignored.get(author, ()) for variant in variants):
            undecided.append(author)
        elif _denies(annotations[author], keys):
            missing.append(author)
    if missing:
        state = State.ONLY_SOME
    elif len({label for _, _, label in keys}) > 1:
        state = State.LABEL
    else:
        state = State.BOUNDARY if len(keys) > 1 else State.AGREED
    return Position(state, tuple(variants), tuple(missing), tuple(undecided))


def _denies(annotation: Document, keys: Iterable[Key]) -> bool:
    """Whether somebody who has none of these spans says so: they looked at the place, or said no to one."""
    wrong = set(map(_key, annotation.negatives))
    return annotation.complete or any(key in wrong or touches(key[0], key[1], annotation.known) for key in keys)


def _log_odds(reliability: float) -> float:
    bounded = min(max(reliability, _LEAST), _MOST)
    return math.log(bounded / (1 - bounded))


def _last_word(row: Any) -> tuple[int, int]:
    return _RANK[row.tier], row.id


def _aggregated(shared: Iterable[list[Opinion]]) -> list[_Judged]:
    flat: list[list[Opinion]] = []
    nested: list[list[Opinion]] = []
    for people in shared:
        ranges = [sorted((span.start, span.end) for span in person.document.spans) for person in people]
        overlap = any(one[1] > other[0] for own in ranges for one, other in pairwise(own))
        (nested if overlap else flat).append(people)
    return [
        (people, document.spans)
        for method, group in ((dawid_skene, flat), (majority, nested))
        if group
        for people, document in zip(
            group, method([{one.author: one.document for one in people} for people in group]).documents, strict=True
        )
    ]
