"""Ninety days of production, made up, with all that a dashboard has to tell apart; always the same but for the date.

Day 90 a first model serves. From day 62 on contracts come where there was news (a drift of the text): an alert, a
review, a second model on day 50, and the alert is closed. On day 24 new guidelines have PRODUCT as a new label. From
day 9 on LAW and COURT are missed (a second drift), and that alert is still open.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import worked
from sqlalchemy import select

from livener.datasets.golden import GoldenSets
from livener.demo import sample
from livener.learning import gate
from livener.learning import models as versions
from livener.learning.serving import Served
from livener.loop import jobs, watch
from livener.loop.alerts import open_review
from livener.loop.rules import WatchArguments
from livener.loop.sample import REASON
from livener.monitoring import alerts, sampling
from livener.monitoring.log import Log, LogWriter
from livener.monitoring.log.rows import Inferences
from livener.pipeline import Pipeline, save
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.review import guideline_versions, projects, queue, tasks
from livener.review.annotations import Submission, submit
from livener.review.intake import import_documents
from livener.review.people import Person, person
from livener.review.rules import Rules
from livener.server import accounts
from livener.store import Artefacts, Store
from livener.store.models import Document as StoredDocument
from livener.store.models import Drawn, Job, JobState, Membership, Prediction, Role
from livener.text import Document

NAME = "simulated"
DAYS, CONTRACTS, SECOND_MODEL, GUIDELINES, LOST = 90, 62, 50, 24, 9
LOOKS = (61, 48, 8)
"""The days ago on which the watch looks; each day would take the tests too long."""
A_DAY, SAMPLED, SHOWN = 24, 8, 3
RULES = Rules()


def add(store: Store, artefacts: Artefacts, log: Path, *, now: datetime) -> None:
    """The project, with ``lea`` as its lead and ``rea`` as a reviewer, who are there already."""
    chance = random.Random(90)
    documents = [one for one in sample() if len(one.text) < 1500]
    with store.writing() as session:
        admin = accounts.find(session, "admin")
        first = {label: text for label, text in worked.LABELS.items() if label != "PRODUCT"}
        start = now - timedelta(days=DAYS)
        project = projects.create(session, NAME, by=admin.id, now=start, settings={}, labels=first).id
        for name, role in (("lea", Role.LEAD), ("rea", Role.REVIEWER)):
            session.add(Membership(project_id=project, user_id=accounts.find(session, name).id, role=role, skills=[]))
        lead = accounts.find(session, "lea").id
        old, at = guideline_versions.latest(session, project), now - timedelta(days=GUIDELINES)
        more = f"{old.markdown}\n\n## PRODUCT\n\n{worked.LABELS['PRODUCT']}\n"
        labels = first | {"PRODUCT": worked.LABELS["PRODUCT"]}
        guideline_versions.publish(session, project, more, author=lead, now=at, labels=labels)
    import_documents(store, project, documents, now=start, user_id=lead, gold=True)
    models(store, artefacts, project, documents, lead, now)
    production = answered(log, project, documents, chance, now)
    with store.writing() as session:
        drawn(session, project, production, now)
    looked_at(store, Log(log), project, lead, now)


def models(
    store: Store, artefacts: Artefacts, project: int, documents: Sequence[Document], lead: int, now: datetime
) -> None:
    """Two versions that find the names of a part of the documents, and of all of them; both pass the gate."""
    served = Served(store, artefacts)
    GoldenSets(store, artefacts, project=project).create("golden", {"test": documents[::6]}, created=now)
    for number, (part, days, why) in enumerate(
        [(documents[::2], DAYS, "the first"), (documents, SECOND_MODEL, "it learned from contracts")], 1
    ):
        at = now - timedelta(days=days)
        terms = {span.text: span.label for one in part for span in one.spans if len(span.text) > 3}
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            save(Pipeline(Gazetteer([Term(text, label) for text, label in terms.items()])), path)
            versions.add(store, artefacts, project, path, now=at, by=lead)
        judged = gate.gate(
            store, artefacts, project, number, load=lambda one: served(project, one)[1], by=lead, now=at
        )
        assert judged.passed, judged.reasons
        with store.writing() as session:
            versions.promote(session, project, number, reason=why, by=lead, now=at)


def answered(
    log: Path, project: int, documents: Sequence[Document], chance: random.Random, now: datetime
) -> Mapping[int, list[Document]]:
    """What was answered, by how many days ago; each document carries its domain and its time."""
    kinds = {kind: [one for one in documents if one.meta["kind"] == kind] for kind in ("news", "contract")}
    made: dict[int, list[Document]] = {}
    sure = random.Random(1)
    with LogWriter(log) as writer:
        for days in range(DAYS - 1, -1, -1):
            count = A_DAY + chance.randrange(-3, 4)
            share = 0.0 if days > CONTRACTS else 0.55
            some = [chance.choice(kinds["contract" if chance.random() < share else "news"]) for _ in range(count)]
            care = 0.9 if days > CONTRACTS or days <= SECOND_MODEL else 0.7
            lost = {"LAW", "COURT"} if days <= LOST else set()
            lost |= set() if days <= GUIDELINES - 4 else {"PRODUCT"}
            at = now - timedelta(days=days, hours=2)
            made[days] = [
                replace(
                    (found := scored(worked.careless(one, care, chance, scores=True), one, sure)).with_spans(
                        [span for span in found.spans if span.label not in lost]
                    ),
                    meta={"domain": one.meta["kind"], "time": at.isoformat()},
                )
                for one in some
            ]
            number = 1 if days > SECOND_MODEL else 2
            writer.append(
                Inferences(at, project=project, documents=made[days], model=number, pipeline=f"gazetteer:{number}")
            )
    return made


def scored(found: Document, gold: Document, chance: random.Random) -> Document:
    """With scores that keep their word where nine of ten spans are right."""
    true = {(span.start, span.end, span.label) for span in gold.spans}

    def score(right: bool) -> float:
        while True:
            drawn = round(1 - 0.3 * chance.random() ** 2, 2)
            if (chance.random() < drawn) == right:
                return drawn

    return found.with_spans(
        [replace(span, score=score((span.start, span.end, span.label) in true)) for span in found.spans]
    )


def drawn(session, project: int, production: Mapping[int, list[Document]], now: datetime) -> None:
    """The random sample of each day, which people have settled: all texts are annotated. A few of it are settled
    again by somebody who was shown what had been predicted on that day."""
    who = person(session, project, accounts.find(session, "rea").id)
    asked = select(StoredDocument.key, StoredDocument.id).where(StoredDocument.project_id == project)
    ids = {row.key: row.id for row in session.execute(asked)}
    gold = {one.id: one for one in sample()}
    for days, found in production.items():
        at = now - timedelta(days=days, hours=1)
        id = jobs.create(session, project, "sample", now=at, reason="0 4 * * * was due")
        job = session.get_one(Job, id)
        job.state, job.ended_at, job.result = JobState.DONE, at, {"documents": len(found), "drawn": SAMPLED}
        once = list({one.id: one for one in found}.values())
        for one in sampling.draw(once, SAMPLED, seed=days):
            spans = [{"start": s.start, "end": s.end, "label": s.label} for s in one.document.spans]
            session.add(
                Drawn(
                    **{"project_id": project, "job_id": id, "document_id": ids[one.document.id]},
                    **{"day": str(one.document.meta["time"])[:10], "domain": str(one.document.meta["domain"])},
                    **{"weight": one.weight, "model": 1, "spans": spans},
                )
            )
        for one in sampling.draw(once, SHOWN, seed=days):
            shown(session, project, ids[one.document.id], one.document, gold[one.document.id], who, at)


def shown(session, project: int, id: int, found: Document, gold: Document, who: Person, at: datetime) -> None:
    """A task with the prediction of a day, and what somebody made of it."""
    spans = [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in found.spans]
    columns = {"project_id": project, "document_id": id, "pipeline": "production", "created_at": at}
    session.add(Prediction(**columns, spans=spans))
    session.flush()
    (task,) = tasks.open_tasks(session, project, [id], now=at, reason=REASON, batch=f"sample-{at.date()}")
    queue.lease(session, project, task, who, RULES, now=at)
    submit(session, project, task, who, Submission(worked.given(gold.spans), guideline=2), RULES, now=at)


def looked_at(store: Store, log: Log, project: int, lead: int, now: datetime) -> None:
    """What the watch raised and closed on some days, and what people did about it."""
    for days in LOOKS:
        at = now - timedelta(days=days)
        found = watch.compared(log, project, WatchArguments(reference=12, current=2), now=at)
        with store.writing() as session:
            kept = watch.keep(session, project, found, now=at)
        if days == LOOKS[0]:  # the first drift
            with store.reading() as session:
                raised = [alerts.get(session, project, one) for one in kept["raised"]]
            alert = next(one.id for one in raised if one.subject == "ORG")
            open_review(store, project, alert, by=lead, now=at + timedelta(hours=3))
            with store.writing() as session:
                alerts.acknowledge(session, project, alert, by=lead, said="contracts of a new client", now=at)
    with store.reading() as session:
        still = [one.subject for one in alerts.listed(session, project) if one.state == "open"]
    assert {"LAW", "COURT"} <= set(still), still
