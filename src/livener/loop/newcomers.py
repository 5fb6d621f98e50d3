"""Labels that are new, each watched on its own for thirty days: whether it is found at all, and how well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.learning.models import PRODUCTION
from livener.loop.estimates import Judged, Quality, judged, quality
from livener.metrics import wilson_interval
from livener.monitoring.alerts import Found
from livener.monitoring.log import Log, Window
from livener.monitoring.production import label_counts
from livener.store.models import AliasMove, GuidelineVersion, LabelSet, ModelVersion

NEW_LABEL = "new_label"
DAYS = timedelta(days=30)
_PATIENCE = timedelta(days=7)  # until which a version should have learned a label, and what is "of late"
_FEWEST = 200  # documents without a span of it before a label is said never to fire
_FALL = 0.5  # of what there was before

Labels = Callable[[int], Sequence[str]]
"""Gives the labels that a model version can find, by its number."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A label in its first thirty days.

    ``since`` is when guidelines first had it, ``learned`` when a version that knows it began to serve (None: the one
    that serves does not). Since then ``documents`` were answered with ``spans`` of it, by day as in ``days`` (day,
    documents, of those ``found`` in which it is, spans). ``quality`` is what people made of the sample of them.
    ``state`` is ``waits`` (for a version that knows it), ``silent`` (it never fires), ``falls`` or ``well``, ``why``
    that in words.
    """

    label: str
    since: datetime
    until: datetime
    learned: datetime | None
    documents: int
    spans: int
    days: Sequence[Mapping[str, Any]]
    quality: Quality
    state: str
    why: str


def newcomers(session: Session, project: int, log: Log | None, *, labels_of: Labels, now: datetime) -> list[Newcomer]:
    """The labels that came into the guidelines of a project in the last thirty days, the first guidelines aside."""
    came = _came(session, project, now)
    if not came:
        return []
    found = judged(session, project, since=min(came.values()).date(), until=now.date())
    made = []
    for label, since in sorted(came.items()):
        learned = _learned(session, project, label, labels_of)
        began = max(since, learned) if learned else since
        days = label_counts(log, project, Window(began, now), label=label) if log and began < now else []
        own = [one for one in found if one.day >= began.date()]
        made.append(_newcomer(label, since, learned, days, own, now))
    return made


def alerts_of(found: Sequence[Newcomer]) -> list[Found]:
    """Those that never fire, fall, or are known to nothing that serves after a week, as alerts."""
    return [
        Found(
            NEW_LABEL,
            one.label,
            f"{one.label}: {one.why}",
            {"state": one.state, "since": one.since.isoformat(), "documents": one.documents, "spans": one.spans},
        )
        for one in found
        if one.state in ("silent", "falls")
    ]


def _came(session: Session, project: int, now: datetime) -> dict[str, datetime]:
    """When each label came into the guidelines, of those that came of late and are there still."""
    row = GuidelineVersion
    asked = select(row.created_at, LabelSet.labels).join(LabelSet, LabelSet.id == row.label_set_id)
    versions = session.execute(asked.where(row.project_id == project).order_by(row.number)).all()
    if not versions:
        return {}
    known, came = set(versions[0].labels), dict[str, datetime]()
    for version in versions[1:]:
        for label in set(version.labels) - known:
            came[label] = version.created_at
        known |= set(version.labels)
    return {label: at for label, at in came.items() if label in versions[-1].labels and now - DAYS <= at <= now}


def _learned(session: Session, project: int, label: str, labels_of: Labels) -> datetime | None:
    """Since when what serves knows the label, without a break."""
    moves = (
        select(AliasMove.at, ModelVersion.number)
        .join(ModelVersion, ModelVersion.id == AliasMove.model_version_id)
        .where(AliasMove.project_id == project, AliasMove.alias == PRODUCTION)
        .order_by(AliasMove.id.desc())
    )
    since = None
    for move in session.execute(moves):
        try:
            if label not in labels_of(move.number):
                break
        except InputError:  # its files are gone
            break
        since = move.at
    return since


def _newcomer(
    label: str,
    since: datetime,
    learned: datetime | None,
    days: Sequence[Mapping[str, Any]],
    found: Sequence[Judged],
    now: datetime,
) -> Newcomer:
    documents, spans = (sum(day[key] for day in days) for key in ("documents", "spans"))
    state, why = "well", f"{spans} spans in {documents} documents"
    if learned is None:
        late = now - since >= _PATIENCE
        state = "silent" if late and not spans else "waits" if not spans else "well"
        why = "no version that serves knows it" if not spans else why
    elif not spans:
        state = "silent" if documents >= _FEWEST else "well"
        why = f"never found in {documents} documents"
    elif fall := _fall(label, days, found, now):
        state, why = "falls", fall
    own = quality(found, label=label)
    return Newcomer(label, since, since + DAYS, learned, documents, spans, days, own, state, why)


def _fall(label: str, days: Sequence[Mapping[str, Any]], found: Sequence[Judged], now: datetime) -> str | None:
    """Why the last seven days are surely worse than those before: half as many documents with it, or a lower F1.

    It is sure where the 95 % intervals of both do not touch.
    """
    edge = (now - _PATIENCE).date()
    before, late = (
        [sum(day[key] for day in days if (day["day"] >= edge.isoformat()) == new) for key in ("found", "documents")]
        for new in (False, True)
    )
    if before[1] and late[1]:
        shares = before[0] / before[1], late[0] / late[1]
        lower = wilson_interval(*before)[0] > wilson_interval(*late)[1]
        if lower and shares[1] <= _FALL * shares[0]:
            return f"found in {shares[1]:.1%} of the documents of the last week, in {shares[0]:.1%} before"
    was, now_is = (
        quality([one for one in found if (one.day >= edge) == new], label=label).f1 for new in (False, True)
    )
    if was and now_is and now_is.high < was.low:
        return f"F1 {now_is.value:.2f} in the last week, {was.value:.2f} before"
    return None
