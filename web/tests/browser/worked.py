"""A project that people have worked in for four weeks, for the screens that are about such.

Of three annotators two see each document; two of them are careful. A reviewer decided some of what they disagree on,
an expert one, and the rest waits.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from livener import learning
from livener.datasets.golden import GoldenSets
from livener.datasets.versions import DatasetVersions
from livener.demo import outermost, sample
from livener.learning import gate
from livener.learning import models as versions
from livener.learning.serving import Served
from livener.monitoring import alerts
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.review import decisions, guideline_examples, guideline_versions, projects, queue, resolved
from livener.review.annotations import SpanGiven, Submission, resolve, submit
from livener.review.intake import import_documents
from livener.review.people import Person, person
from livener.review.rules import Rules
from livener.server import accounts
from livener.store import Artefacts, Store
from livener.store.models import Document as StoredDocument
from livener.store.models import Membership, Role, Task, Tier, User
from livener.text import Document, Span

NAME = "worked"
LABELS = {
    "PERSON": "A person by name, without titles.",
    "ORG": "A company, an agency or a club in the news.",
    "LEGAL_ENTITY": "A company as a party of a contract, with its legal form.",
    "GPE": "A country, a region, a town.",
    "DATE": "A day, a month, a year.",
    "MONEY": "An amount with its currency.",
    "PERCENT": "A share in hundredths.",
    "PRODUCT": "A thing that is sold under a name.",
    "LAW": "A statute, a treaty, a directive.",
    "COURT": "A court, with the place in its name marked inside it.",
}
CARE = {"ann": 0.97, "bob": 0.93, "cyd": 0.8}
REVIEWERS = {"rea": Role.REVIEWER, "eva": Role.EXPERT, "lea": Role.LEAD}
RULES = Rules(overlap=2, up={"flag": True})


def add(store: Store, artefacts: Artefacts, log: Path, *, password_hash: str) -> None:
    """The project and its people, who have one password, with everything that was said in it."""
    chance = random.Random(4)
    now = datetime.now(UTC)
    start = now - timedelta(days=27)
    documents = [one for one in sample() if len(one.text) < 1500][:64]
    with store.writing() as session:
        admin = accounts.find(session, "admin")
        settings = {"review": RULES.model_dump(mode="json", exclude_defaults=True)}
        project = projects.create(session, NAME, by=admin.id, now=start, settings=settings, labels=LABELS).id
        for name in (*CARE, *REVIEWERS):
            known = session.scalar(select(User).where(User.name == name))
            member = known or accounts.create(session, name, now=start)
            member.password_hash = password_hash
            role = REVIEWERS.get(name, Role.ANNOTATOR)
            session.add(Membership(project_id=project, user_id=member.id, role=role, skills=[]))
    predicted = [careless(one, 0.85, chance, scores=True) for one in documents]
    import_documents(store, project, predicted, now=start, tasks=True, priority=0.0, overlap=2)
    gold = {one.id: one for one in documents}
    with store.writing() as session:
        people = {name: person(session, project, accounts.find(session, name).id) for name in (*CARE, *REVIEWERS)}
        pairs = [("ann", "bob"), ("bob", "cyd"), ("ann", "cyd")]
        for number in range(52):
            for part, name in enumerate(pairs[number % 3]):
                at = start + timedelta(days=number // 2, hours=9 + part, minutes=number % 2 * 25)
                annotate(session, project, people[name], gold, CARE[name], chance, at)
        for number in range(6):
            decide(session, project, people["rea"], gold, now - timedelta(hours=30 - number), note=number == 3)
        decide(session, project, people["eva"], gold, now - timedelta(hours=20), note=True)
        publish(session, project, people["lea"], now - timedelta(hours=12))
    made = resolved.create_dataset(store, artefacts, project, name="first", now=now - timedelta(days=2))
    with store.writing() as session:
        for number in range(3):
            decide(session, project, people["rea"], gold, now - timedelta(hours=5 - number))
    resolved.create_dataset(store, artefacts, project, name="second", now=now, parents=[made.address])
    models(store, artefacts, project, documents, chance, now)
    answered(log, store, project, documents, chance, now)


def annotate(session, project, who: Person, gold, care: float, chance: random.Random, at: datetime) -> None:
    """Say what one sees in one's next task."""
    found = queue.next_tasks(session, project, who, RULES, now=at, tier=Tier.ANNOTATOR)
    if isinstance(found, queue.Empty):
        return
    task = found[0].task_id
    document = careless(of_task(session, task, gold), care, chance)
    said = Submission(given(document.spans), guideline=1, active_seconds=chance.lognormvariate(4, 0.5))
    submit(session, project, task, who, said, RULES, now=at + timedelta(minutes=3))


def decide(session, project, who: Person, gold, at: datetime, *, note: bool = False) -> None:
    """End what waits first at one's tier; a reviewer with doubts leaves it to an expert, and a comment."""
    found = queue.next_tasks(session, project, who, RULES, now=at, tier=who.tier)
    if isinstance(found, queue.Empty):
        return
    task = found[0].task_id
    if note and who.tier == Tier.REVIEWER:
        decisions.comment(session, project, task, who, "Is the legal form a part of the name here?", now=at)
        decisions.escalate(session, project, task, who, reason="The guidelines do not say", now=at)
        return
    said = Submission(given(of_task(session, task, gold).spans), guideline=1, active_seconds=35.0)
    done = resolve(session, project, task, who, said, RULES, now=at)
    if note:
        guideline_examples.add(session, done.annotation_id, note="The name with its legal form.", now=at)


def publish(session, project, who: Person, at: datetime) -> None:
    """A second version of the guidelines."""
    old = guideline_versions.latest(session, project)
    more = old.markdown.replace(
        LABELS["ORG"],
        LABELS["ORG"] + "\n\nNot a company that signs a contract.\n\n- [Acme Corp](ORG) fell by 3%.\n"
        "- Counter-example: the [Acme Corp](LEGAL_ENTITY) of this agreement.",
    ).replace("A day, a month, a year.", "A day, a month, a year, with the weekday.")
    guideline_versions.publish(session, project, more, author=who.id, now=at)


def models(
    store: Store, artefacts: Artefacts, project: int, documents: list[Document], chance: random.Random, now: datetime
) -> None:
    """Three versions: one serves, one is better and passed the gate, and one learned from too little."""
    others = [one for one in sample() if one not in documents]
    chance.shuffle(others)
    GoldenSets(store, artefacts, project=project).create("golden", {"test": others[:24]}, created=now)
    datasets, served = DatasetVersions(store, artefacts, project=project), Served(store, artefacts)
    flat = [outermost(one) for one in [*documents, *others[40:]]]
    chance.shuffle(flat)
    dev = [outermost(one) for one in others[24:40]]
    with store.reading() as session:
        lead = accounts.find(session, "lea").id
    for number, (learned, why) in enumerate([(30, "the first"), (92, "three times as many documents"), (4, "")], 1):
        with TemporaryDirectory() as folder:
            path = learning.train("crf", flat[:learned], dev, out=Path(folder) / "model").path
            dataset = datasets.create(f"training {number}", {"train": flat[:learned], "dev": dev}, created=now)
            at = now - timedelta(days=4 - number)
            versions.add(store, artefacts, project, path, now=at, by=lead, dataset=dataset.address, guideline=1)
        gate.gate(store, artefacts, project, number, load=lambda one: served(project, one)[1], by=lead, now=at)
        if number < 3:
            alias = versions.PRODUCTION if number == 1 else "candidate"
            with store.writing() as session:
                versions.promote(session, project, number, alias=alias, reason=why, by=lead, now=at)


def answered(
    log: Path, store: Store, project: int, documents: list[Document], chance: random.Random, now: datetime
) -> None:
    """What was answered in four weeks; in the last days courts are missed, and that is an alert."""
    with LogWriter(log) as writer:
        for days in range(27, -1, -1):
            found = [careless(one, 0.9, chance, scores=True) for one in chance.sample(documents, 12)]
            lost = ("LAW", "COURT") if days < 4 else ()
            read = [one.with_spans(tuple(span for span in one.spans if span.label not in lost)) for one in found]
            at = now - timedelta(days=days, hours=1)
            writer.append(Inferences(at, project=project, documents=read, model=1, pipeline="crf.v1"))
    law = [one for one in documents if any(span.label == "LAW" for span in one.spans)][:6]
    shown = [
        {
            "key": one.id,
            "text": one.text,
            "meta": {},
            "spans": [{"start": s.start, "end": s.end, "label": s.label, "score": 0.9} for s in one.spans],
            "score": 3.1,
            "why": "LAW: usually found in such a text",
        }
        for one in law
    ]
    detail = {"verdict": {"what": "text", "disagreement": 0.1, "labels": ["LAW"]}, "findings": []}
    moved = alerts.Found("drift", "LAW", "LAW: spans per document 0.412 → 0.000 (-100 %)", detail, shown)
    with store.writing() as session:
        alerts.raise_alerts(session, project, [moved], now=now - timedelta(days=2))


def careless(document: Document, care: float, chance: random.Random, *, scores: bool = False) -> Document:
    """The document as somebody sees it who is right so often."""
    labels = list(LABELS)
    spans = set()
    for span in document.spans:
        start, end, label = span.start, span.end, span.label
        if chance.random() > care:
            match chance.randrange(3):
                case 0:
                    continue
                case 1:
                    label = chance.choice(labels)
                case _:
                    words = document.text[start:end].split(" ")
                    end = end - len(words[-1]) - 1 if len(words) > 1 else end
        spans.add((start, end, label))
    score = (lambda: round(1 - chance.random() ** 2 * 0.7, 2)) if scores else (lambda: None)
    made = sorted(spans, key=lambda one: (one[0], -one[1], one[2]))
    return document.with_spans(tuple(Span(*one, score=score(), source="crf" if scores else None) for one in made))


def given(spans) -> list[SpanGiven]:
    """As they are sent."""
    return [SpanGiven(span.start, span.end, span.label) for span in spans]


def of_task(session, task: int, gold: dict[str, Document]) -> Document:
    """The document of a task, with its true spans."""
    return gold[session.scalar(select(StoredDocument.key).join(Task).where(Task.id == task))]
