"""The watch over production: the log of now against that of before, drift as alerts, calm as their end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.learning.serving import keys
from livener.loop import newcomers, reliability
from livener.loop.newcomers import Newcomer
from livener.loop.rolling import pairs
from livener.loop.rules import WatchArguments
from livener.loop.telling import tell_from
from livener.loop.work import Kind, Work
from livener.monitoring import alerts
from livener.monitoring.drift import Verdict, Window, detect, measure, same_weekdays
from livener.monitoring.drift.detect import FEWEST
from livener.monitoring.log import Log
from livener.monitoring.log import Window as Time
from livener.monitoring.production import documents
from livener.pipeline import Pipeline
from livener.text import Document

Read = Callable[[int], Pipeline]
_AGAIN = 2000  # documents that are read again for a verdict, at most
_TRIED, _SAME = 50, 0.9  # documents that what serves reads again, and the share that it must find as the log has it
_JUDGED = timedelta(days=28)  # what people settled in them says how far scores can be believed


def compared(
    log: Log, project: int, asked: WatchArguments, *, now: datetime, read: Read | None = None
) -> list[alerts.Found] | None:
    """What has drifted; None where either time has too few documents to say anything.

    ``read`` gives the pipeline of a version: where another one served before, it reads the texts of now again (of
    more than 2,000 a part), which tells whether text or model changed.
    """
    began = now - timedelta(days=asked.current)
    times = Time(began - timedelta(days=asked.reference), began), Time(began, now)
    before, after = (documents(log, project, time) for time in times)
    if min(len(before), len(after)) < FEWEST:
        return None
    versions = tuple(Counter(one.meta.get("model") for one in part).most_common(1)[0][0] for part in (before, after))
    part = after[:: -(-len(after) // _AGAIN)]
    again = _read_again(read, versions, part) if read and versions[0] != versions[1] else None
    labels = sorted({span.label for side in (before, after, again or ()) for one in side for span in one.spans})
    reference, current = (measure(side, labels=labels) for side in (before, after))
    if asked.same_weekday:
        reference = same_weekdays(reference, current)
    same, previous, verdict = len(set(versions)) == 1, None, None
    if again:
        previous = measure(again, labels=labels)
        if len(part) < len(after):  # what only a part was read again for has its verdict from that part
            some = measure(part, labels=labels)
            found = detect(reference, some, level=asked.level, tests=asked.tests, previous=previous)
            previous, verdict = None, found.verdict
    return found_of(
        *(reference, current),
        level=asked.level,
        tests=asked.tests,
        previous=previous,
        verdict=verdict,
        same_version=same,
    )


def found_of(
    reference: Window,
    current: Window,
    *,
    level: float,
    tests: Sequence[str] = (),
    previous: Window | None = None,
    verdict: Verdict | None = None,
    same_version: bool = False,
) -> list[alerts.Found]:
    """The alerts of what has drifted between two windows, which is the text where one version read both; ``verdict``
    is one that is known already."""
    if min(len(reference), len(current)) < FEWEST:
        return []
    drift = detect(reference, current, level=level, tests=tests, previous=previous)
    if drift.drifted and (same_version or verdict):
        drift = replace(drift, verdict=verdict or Verdict("text", 0.0, ()))
    return alerts.from_drift(drift, current)


def _read_again(read: Read, versions: tuple[Any, ...], current: Sequence[Document]) -> list[Document] | None:
    """The documents of now as the version before reads them; None where the log has not what was read."""
    if None in versions or not all(one.text.strip() for one in current):
        return None
    blank = [one.with_spans(()) for one in current]
    tried = [(one, new) for one, new in zip(current, blank, strict=True) if one.meta.get("model") == versions[1]]
    try:
        first, now = (read(version) for version in versions)
        found = now.pipe(new for _, new in tried[:_TRIED])
        same = [keys(one.spans) == keys(again.spans) for (one, _), again in zip(tried, found, strict=False)]
        if sum(same) < _SAME * len(same):  # redacted, or read with another profile: no version would find it again
            return None
        return [_as_logged(one) for one in first.pipe(blank)]
    except InputError:  # a version is not there any more
        return None


def _as_logged(document: Document) -> Document:
    """With scores as exact as the log keeps them: those of an engine that always gives the same are the same then."""
    spans = document.spans
    kept = (one if one.score is None else replace(one, score=float(np.float32(one.score))) for one in spans)
    return document.with_spans(tuple(kept))


def keep(
    session: Session,
    project: int,
    found: list[alerts.Found] | None,
    *,
    now: datetime,
    ece: float = reliability.ECE,
    new: Sequence[Newcomer] = (),
) -> dict[str, Any]:
    """Raise what has drifted, which scores do not hold and which new labels do badly; close the alerts of what is
    over. The ids of both, the subjects that drifted, and the ``verdict`` on them."""
    raised, over = [], []
    if found is not None:
        raised = alerts.raise_alerts(session, project, found, now=now)
        moved = {one.subject for one in found}
        over = alerts.close_calm(session, project, alerts.DRIFT, moved, said="it has become calm", now=now)
    judged = list(pairs(session, project, since=now - _JUDGED, until=now))
    for kind, (unsure, subjects) in reliability.look(judged, ece=ece).items():
        raised += alerts.raise_alerts(session, project, unsure, now=now)
        wrong = {one.subject for one in unsure}
        said = "scores are back in their band"
        over += alerts.close_calm(session, project, kind, wrong, said=said, now=now, among=subjects)
    bad = newcomers.alerts_of(new)
    raised += alerts.raise_alerts(session, project, bad, now=now)
    labels = {one.subject for one in bad}
    over += alerts.close_calm(session, project, newcomers.NEW_LABEL, labels, said="it does well", now=now)
    verdict = found[0].detail["verdict"] if found else None
    drifted = None if found is None else sorted(moved)
    return {"raised": raised, "closed": over, "drifted": drifted, "verdict": verdict and verdict["what"]}


def _watch(work: Work) -> Mapping[str, Any]:
    asked = WatchArguments.model_validate(work.arguments)
    log = Log(asked.log or work.shared.folder.parent / "log")

    def read(version: int) -> Pipeline:
        return work.served(work.project_id, version)[1]

    found = compared(log, work.project_id, asked, now=work.now, read=read)
    with work.store.reading() as session:
        new = newcomers.newcomers(
            session, work.project_id, log, labels_of=lambda number: read(number).labels, now=work.now
        )
    with work.shared.writing() as session:
        kept = keep(session, work.project_id, found, now=work.now, ece=asked.ece, new=new)
    for alert in (*kept["raised"], *kept["closed"]):
        work.shared.tell(work.project_id, "alert", {"id": alert})
    tell_from(work.shared.writing, work.project_id, kept["raised"], work.shared.folder.parent, now=work.now)
    return kept


WATCH = Kind(_watch, WatchArguments)
