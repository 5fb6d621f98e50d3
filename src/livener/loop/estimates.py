"""How good production is, by the random sample of it that people settled: by day, by label and by domain."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.loop.rolling import spans_of
from livener.metrics import Estimate, ratio
from livener.review.resolved import final
from livener.store.models import Annotation, Drawn, Task, TaskEvent

Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """A document of the sample: what production found, what people settled, and for how many documents it stands."""

    day: date
    domain: str
    weight: float
    shown: frozenset[Key]
    settled: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision, recall and F1 of a label in a domain (None: all of them) over ``documents`` that were looked at;
    ``day`` is None for the whole time. None where there is no span to judge it by."""

    day: date | None
    domain: str | None
    label: str | None
    documents: int
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


def judged(session: Session, project_id: int, *, since: date, until: date) -> list[Judged]:
    """What was drawn from the days in ``[since, until]`` and settled whole since.

    A document counts with the newest final annotation of it. Those of a draw that are not settled are taken to be
    like those that are: these stand for them, too.
    """
    row = Drawn
    drawn = session.execute(
        select(row.job_id, row.document_id, row.day, row.domain, row.weight, row.spans)
        .where(row.project_id == project_id, row.day.between(since.isoformat(), until.isoformat()))
        .order_by(row.job_id, row.document_id)
    ).all()
    mine = select(row.document_id).where(
        row.project_id == project_id, row.day.between(since.isoformat(), until.isoformat())
    )
    said = (
        select(Task.document_id, Annotation.id)
        .where(*final(project_id), Annotation.complete.is_(True), Task.document_id.in_(mine))
        .order_by(TaskEvent.at, Annotation.id)
    )
    newest = {one.document_id: one.id for one in session.execute(said)}
    settled = spans_of(session, list(newest.values()))
    given, there = defaultdict[int, float](float), defaultdict[int, float](float)
    for one in drawn:
        given[one.job_id] += one.weight
        there[one.job_id] += one.weight * (one.document_id in newest)
    return [
        Judged(
            date.fromisoformat(one.day),
            one.domain,
            one.weight * given[one.job_id] / there[one.job_id],
            frozenset((span["start"], span["end"], span["label"]) for span in one.spans),
            frozenset((s.start, s.end, s.label) for s in settled.get(newest[one.document_id], ())),
        )
        for one in drawn
        if one.document_id in newest
    ]


def quality(
    found: Sequence[Judged], *, domain: str | None = None, label: str | None = None, day: date | None = None
) -> Quality:
    """The estimates for a part of what was judged.

    Each document has its weight, those without a predicted span too, so that what production missed in them counts:
    precision is the weighted share of the predicted spans that people kept, recall that of the settled spans that
    were predicted, and F1 that of both taken together (2 TP of TP + FP + TP + FN), each by `livener.metrics.ratio`,
    which says where that comes from. Spans count as right by range and label.

    >>> told = frozenset({(0, 3, "PER")})
    >>> kept = Judged(date(2024, 5, 1), "news", 2.0, told, told)
    >>> missed = Judged(date(2024, 5, 1), "news", 10.0, frozenset(), told)
    >>> found = quality([kept] * 25 + [missed] * 5)
    >>> round(found.precision.value, 2), round(found.recall.value, 2), round(found.f1.value, 2)
    (1.0, 0.5, 0.67)
    """
    some = [one for one in found if domain in (None, one.domain) and day in (None, one.day)]
    weights = [one.weight for one in some]
    shown, settled = (
        [{key for key in side if label in (None, key[2])} for side in sides]
        for sides in ([one.shown for one in some], [one.settled for one in some])
    )
    right = [len(a & b) for a, b in zip(shown, settled, strict=True)]
    predicted, gold = [len(one) for one in shown], [len(one) for one in settled]
    both = [a + b for a, b in zip(predicted, gold, strict=True)]
    return Quality(
        *(day, domain, label, len(some)),
        precision=ratio(right, predicted, weights),
        recall=ratio(right, gold, weights),
        f1=ratio([2 * one for one in right], both, weights),
    )


def table(found: Sequence[Judged]) -> Iterator[Quality]:
    """The whole time: all domains and each, and in them all labels and each."""
    domains = sorted({one.domain for one in found})
    labels = sorted({key[2] for one in found for key in (*one.shown, *one.settled)})
    for domain in (None, *(domains if len(domains) > 1 else ())):
        for label in (None, *labels):
            one = quality(found, domain=domain, label=label)
            if one.f1 is not None or label is None:
                yield one


def days(found: Sequence[Judged], *, domain: str | None = None, label: str | None = None) -> Iterator[Quality]:
    """Each day of a label in a domain."""
    for day in sorted({one.day for one in found}):
        yield quality([one for one in found if one.day == day], domain=domain, label=label, day=day)
