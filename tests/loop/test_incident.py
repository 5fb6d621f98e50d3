"""The incident: a model that learned news meets contracts, where Acme Corp must be a LEGAL_ENTITY.

From the first document that the gate flags to the model that serves afterwards; docs/tutorial/incident.md tells it.
"""

from datetime import timedelta

import pytest
from tests.loop.annotated import NOW
from tests.loop.conftest import Place

from livener.datasets.golden import GoldenSets
from livener.demo import outermost, sample
from livener.learning import gate, models, train
from livener.loop import kinds
from livener.loop.alerts import open_review
from livener.loop.watch import found_of, keep
from livener.metrics import evaluate
from livener.monitoring import alerts
from livener.monitoring.drift import measure
from livener.pipeline import load
from livener.pipeline.domains import UNKNOWN
from livener.pipeline.domains import train as train_domains
from livener.review import indicators, projects
from livener.review.intake import import_documents
from livener.store import Artefacts, Store
from livener.store.models import JobState, User
from livener.text import Document


def part(kind: str, split: str) -> list[Document]:
    return [outermost(one) for one in sample(split) if one.meta["kind"] == kind]


@pytest.fixture
def incident(store: Store, tmp_path) -> Place:  # type: ignore[no-untyped-def]
    """A project whose production model learned from news, and a golden set of both kinds of text."""
    labels = sorted({span.label for one in sample() for span in one.spans})
    with store.writing() as session:
        session.add(User(name="lea", password_hash=None, created_at=NOW))
        session.flush()
        projects.create(session, "news", by=1, now=NOW, settings=None, labels={label: label for label in labels})
    place = Place(store, tmp_path)
    train("crf", part("news", "train"), part("news", "dev"), out=tmp_path / "first")
    models.add(store, place.artefacts, 1, tmp_path / "first", now=NOW)
    golden = [*part("news", "test"), *part("contract", "test")]
    GoldenSets(store, Artefacts(tmp_path / "artefacts"), project=1).create("held out", {"test": golden}, created=NOW)
    with store.writing() as session:
        gate_free = models.promote(session, 1, 1, alias="shadow", reason="the first", by=1, now=NOW)
        assert gate_free.number == 1
    return place


def test_from_the_first_flag_to_the_model_that_serves(incident: Place) -> None:
    store, first = incident.store, load(incident.folder / "first")
    news, contracts = part("news", "train"), part("contract", "train")

    # The gate flags what is no news.
    domains = train_domains({"news": [one.text for one in news]})
    flagged = [
        sum(one.name == UNKNOWN for one in domains([d.text for d in some])) / len(some) for some in (news, contracts)
    ]
    assert flagged[1] > 3 * flagged[0]

    # Production: contracts come in, and what is predicted has drifted; an alert names the labels.
    before, now = list(first.pipe(part("news", "dev") + part("news", "test"))), list(first.pipe(contracts))
    labels = sorted({span.label for one in (*before, *now) for span in one.spans})
    windows = [measure(some, labels=labels) for some in (before, now)]
    found = found_of(windows[0], windows[1], level=0.01)
    with store.writing() as session:
        kept = keep(session, 1, found, now=NOW)
    assert kept["raised"]
    assert set(kept["drifted"]) & set(labels)
    alert = kept["raised"][0]

    # One click: a batch of the documents that moved most. People settle them, and more contracts.
    made = open_review(store, 1, alert, by=1, now=NOW)
    assert made["tasks"] == made["documents"] > 0
    settled = [Document(d.text, f"gold-{d.id}", spans=d.spans) for d in (*news, *contracts)]
    later = NOW + timedelta(hours=5)
    import_documents(store, 1, settled, now=later, user_id=1, gold=True)

    # The retrained model is judged on the golden set beside the first one, and passes.
    with store.writing() as session:
        job = kinds.start(session, 1, "learn", {"mode": "full"}, now=NOW + timedelta(days=1), reason=f"alert {alert}")
    incident.worker().run(job)
    result = incident.job(job)
    assert result.state == JobState.DONE, result.problem
    assert result.result
    assert result.result["passed"], result.result["reasons"]
    number = result.result["model"]
    with store.writing() as session:
        assert gate.get(session, 1, result.result["gate"]).passed
        models.promote(session, 1, number, reason=f"alert {alert}", by=1, now=NOW + timedelta(days=1))
        closed = alerts.close(session, 1, alert, by=1, said=f"model {number} serves", now=NOW + timedelta(days=1))
    assert [event.what for event in closed.events or ()] == ["opened", "sent to review", "closed"]

    # It knows what the first one could not: a company in a contract is a legal entity.
    tested = part("contract", "test")
    scores = []
    for nlp in (first, incident_model(incident, number)):
        judged = evaluate([one.spans for one in tested], [one.spans for one in nlp.pipe(tested)])
        scores.append(judged.per_label["LEGAL_ENTITY"].f1)
    assert scores[0] == 0.0
    assert scores[1] > 0.5

    # The indicators say how long it took, and the job what it cost.
    with store.reading() as session:
        indicators.indicators(session, 1, since=NOW, until=NOW + timedelta(days=2))
        life = alerts.get(session, 1, alert)
    assert (life.events or ())[-1].at - life.opened_at == timedelta(days=1)
    assert result.steps["train"]["cost"]


def incident_model(place: Place, number: int):  # type: ignore[no-untyped-def]
    from livener.learning.serving import Served

    return Served(place.store, place.artefacts)(1, number)[1]
