"""How far the annotators of a project agree, on everything that two of them annotated."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from livener import metrics
from livener.metrics import Agreement
from livener.review import opinions
from livener.review.opinions import Opinion
from livener.review.rules import Rules
from livener.store.models import Tier


@dataclass(frozen=True, slots=True)
class Week:
    """The agreement on the documents that were last annotated in the week from this Monday (UTC)."""

    monday: date
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class ProjectAgreement:
    """The agreement of a project's annotators, and by week; None where no two annotated the same document."""

    overall: Agreement | None
    weeks: tuple[Week, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values: those of ``livener agree --json``, and ``weeks``."""
        if self.overall is None:
            return {"annotators": [], "documents": 0, "tokens": 0, "per_label": {}, "pairs": [], "weeks": []}
        weeks = [{"week": one.monday.isoformat(), **one.agreement.as_dict()} for one in self.weeks]
        return {**self.overall.as_dict(), "weeks": weeks}


@dataclass(frozen=True, slots=True)
class Blocked:
    """A label on which people agree too little to train on it, and that in a sentence."""

    label: str
    kappa: float
    limit: float
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def agreement(
    session: Session,
    project_id: int,
    *,
    batch: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    label: str | None = None,
    documents: int = 2000,
) -> ProjectAgreement:
    """The agreement of annotators on the documents that at least two of them annotated wholly, each on their own.

    What counts is the latest annotation of each person and document, whatever the task: so do calibration sessions.
    What reviewers decided with everybody's answers before them does not. ``batch`` looks at its tasks alone,
    ``since`` and ``until`` at the annotations made in [since, until), ``label`` at the spans of that label as if
    there were no others. Of many documents the ``documents`` latest are looked at, among ten times as many
    annotations.
    """
    shared = _shared(session, project_id, batch=batch, since=since, until=until, documents=documents)
    if label is not None:
        shared = [[_only(opinion, label) for opinion in people] for people in shared]
    weeks: defaultdict[date, list[list[Opinion]]] = defaultdict(list)
    for people in shared:
        day = max(opinion.created_at for opinion in people).date()
        weeks[day - timedelta(days=day.weekday())].append(people)
    return ProjectAgreement(
        _measured(shared) if shared else None,
        tuple(Week(monday, _measured(some)) for monday, some in sorted(weeks.items())),
    )


def label_kappas(session: Session, project_id: int, *, documents: int = 500) -> dict[str, float]:
    """Fleiss' κ of each label over tokens (in a span of it, or not), over the latest documents that two annotated.

    A label that nobody used there, or everybody everywhere, has none.
    """
    found = _shared(session, project_id, documents=documents)
    figures = _measured(found).everyone.per_label if found else {}
    return {label: one.fleiss for label, one in figures.items() if one.fleiss is not None}


def training_block(session: Session, project_id: int, rules: Rules) -> list[Blocked]:
    """The labels whose κ (`label_kappas`) is under the project's ``kappa_limit``, which are not to be trained on.

    A label whose agreement nobody has measured blocks nothing.
    """
    if (limit := rules.kappa_limit) is None:
        return []
    return [
        Blocked(label, kappa, limit, f"people agree on {label} at κ {kappa:.2f} only, under the limit of {limit:g}")
        for label, kappa in label_kappas(session, project_id).items()
        if kappa < limit
    ]


def _shared(
    session: Session,
    project_id: int,
    *,
    documents: int,
    batch: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[list[Opinion]]:
    found: list[list[int]] = []
    for people in opinions.recent(session, project_id, documents=documents, batch=batch, since=since, until=until):
        whole = [row.id for row in people if row.complete and row.tier is Tier.ANNOTATOR]
        if len(whole) > 1:
            found.append(whole)
        if len(found) == documents:
            break
    loaded = iter(opinions.load(session, [one for people in found for one in people]))
    return [[next(loaded) for _ in people] for people in found]


def _measured(shared: Iterable[Sequence[Opinion]]) -> Agreement:
    # Sorted, so that pairs come in the same order whoever was last.
    return metrics.agreement(
        {one.author: one.document for one in sorted(people, key=lambda one: one.author)} for people in shared
    )


def _only(opinion: Opinion, label: str) -> Opinion:
    document = opinion.document
    return replace(opinion, document=document.with_spans(tuple(one for one in document.spans if one.label == label)))
