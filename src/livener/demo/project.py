"""The sample as a project: gold, two models through the gate, four weeks of production, and a queue."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from livener.datasets.golden import GoldenSets
from livener.datasets.versions import DatasetVersions
from livener.learning import gate, models
from livener.learning.serving import Served
from livener.loop import watch
from livener.loop.rules import WatchArguments
from livener.monitoring.log import Log, LogWriter
from livener.monitoring.log.rows import Inferences
from livener.pipeline import Pipeline, load
from livener.review import guideline_versions as versions
from livener.review import guidelines, intake, projects
from livener.store import Artefacts, Store
from livener.store.folder import create, places
from livener.store.models import User
from livener.text import Document

_DAYS, _NEW_DAYS, _A_DAY = 28, 5, 12
_WHY = ("the first", "it learned from twice as many documents")


def build(
    folder: Path,
    directories: Sequence[Path],
    parts: Mapping[str, Sequence[Document]],
    *,
    now: datetime,
) -> None:
    """Make a project folder of ``parts`` of the sample.

    ``train`` and ``dev`` are final; half of ``test`` is the golden set, and the other half waits in the queue with
    what the last model found in it, the least sure first. ``directories`` are two models, the first of which learned
    from every second document of ``train``; each that passes the gate becomes production. Four weeks of answers are
    in the inference log, at whose end contracts come where only news came before, and the watch has seen it. The
    user ``admin`` has no password: the server's first start prints a link.

    Raises:
        InputError: the folder is not empty.
    """
    create(folder)
    markdown = (files("livener.demo") / "sample" / "guidelines.md").read_text(encoding="utf-8")
    labels = {section.label: section.definition for section in guidelines.parse(markdown).sections}
    learned, golden, unread = [*parts["train"], *parts["dev"]], parts["test"][::2], parts["test"][1::2]
    place = places(folder)
    assert place.artefacts is not None, "a new folder has a place for them"
    with Store(place.url) as store:
        store.upgrade()
        with store.writing() as session:
            admin = User(name="admin", created_at=now, administrator=True)
            session.add(admin)
            session.flush()
            project = projects.create(session, "sample", by=admin.id, now=now)
            versions.publish(session, project.id, markdown, author=admin.id, now=now, labels=labels)
            project_id, user_id = project.id, admin.id
        intake.import_documents(store, project_id, learned, now=now, user_id=user_id, gold=True)
        artefacts = Artefacts(place.artefacts)
        GoldenSets(store, artefacts, project=project_id).create("golden", {"test": golden}, created=now)
        last = _models(store, artefacts, project_id, directories, parts, by=user_id, now=now)
        predicted = last.pipe(document.with_spans(()) for document in unread)
        intake.import_documents(store, project_id, predicted, now=now, pipeline=last.called)
        _production(store, folder / "log", project_id, len(directories), last, learned, now=now)


def _models(
    store: Store,
    artefacts: Artefacts,
    project: int,
    directories: Sequence[Path],
    parts: Mapping[str, Sequence[Document]],
    *,
    by: int,
    now: datetime,
) -> Pipeline:
    """The model versions with what they learned from, through the gate, and the last of them."""
    datasets, served = DatasetVersions(store, artefacts, project=project), Served(store, artefacts)
    for number, directory in enumerate(directories):
        train = parts["train"][:: len(directories) - number]
        dataset = datasets.create(f"sample {number + 1}", {"train": train, "dev": parts["dev"]}, created=now).address
        made = models.add(store, artefacts, project, directory, now=now, by=by, dataset=dataset, guideline=1)
        judged = gate.gate(
            store, artefacts, project, made.number, load=lambda one: served(project, one)[1], by=by, now=now
        )
        if judged.passed:
            with store.writing() as session:
                models.promote(session, project, made.number, reason=_WHY[number], by=by, now=now)
    return load(directories[-1])


def _production(
    store: Store, log: Path, project: int, number: int, nlp: Pipeline, documents: Sequence[Document], *, now: datetime
) -> None:
    """Four weeks of answers, played with the sample: news, then contracts, too; and what the watch says of it."""
    chance, by_kind = random.Random(0), defaultdict[str, list[Document]](list)
    for one in nlp.pipe(document.with_spans(()) for document in documents):
        kind = one.meta["kind"]
        by_kind[kind].append(replace(one, meta={**one.meta, "domain": kind}))
    with LogWriter(log) as writer:
        for day in range(_DAYS, 0, -1):
            contracts = _A_DAY * 2 // 3 if day <= _NEW_DAYS else 0
            read = chance.sample(by_kind["contract"], contracts) + chance.sample(by_kind["news"], _A_DAY - contracts)
            pipeline = nlp.called
            at = now - timedelta(days=day, hours=-12)
            writer.append(Inferences(at, project=project, documents=read, model=number, pipeline=pipeline))
    found = watch.compared(Log(log), project, WatchArguments(current=_NEW_DAYS), now=now)
    with store.writing() as session:
        watch.keep(session, project, found, now=now)
