"""From what serves to the queue: what is accepted, whom the rest goes to, and what audits change."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from tests.loop.annotated import NOW, documents, gold, golden_set, unread
from tests.loop.conftest import Place
from tests.loop.people import answer, lease
from tests.loop.test_live import document_of
from tests.monitoring.listening import http_server

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import models
from livener.learning.routing import RoutingRules
from livener.loop import jobs, kinds, routing
from livener.monitoring import alerts
from livener.review import resolved
from livener.review.intake import import_documents
from livener.store.models import Audit, JobState, Prediction, Project, Task, TaskKind, TaskState, Tier
from livener.store.models import Document as Stored
from livener.text import Document, Span
from livener.text.ranges import touches, within

LATER = NOW + timedelta(days=1)
SETTINGS = {"loop": {"auto_promote": True}, "routing": {"limit": 0.2, "confidence": 0.8, "audit_share": 0.3}}


def done(place: Place, kind: str, *, now: datetime = LATER, **arguments: object) -> jobs.Job:
    """A job, done here and now."""
    with place.store.writing() as session:
        id = kinds.start(session, 1, kind, arguments, now=now, reason="")
    place.worker().run(id)
    return place.job(id)


@pytest.fixture
def serving(place: Place) -> Place:
    """What serves has thresholds; 150 documents wait unread."""
    gold(place.store, 1, documents(0, 600))
    golden_set(place.store, place.folder, 1)
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = SETTINGS
    assert (done(place, "learn").result or {})["promoted"]
    import_documents(place.store, 1, unread(documents(1000, 1150)), now=NOW, tasks=False)
    return place


def test_what_is_sure_is_accepted_and_the_rest_asked_about(serving: Place) -> None:
    found = done(serving, "route")
    assert found.state == JobState.DONE, found.problem
    counts = dict(found.result or {})
    assert counts["read"] == 150
    assert counts["accepted"] > 50
    assert counts["accepted"] + counts["annotator"] == 150
    with serving.store.reading() as session:
        present = routing.production(session, 1)
        assert present is not None
        assert present.routing.sentences.acceptance.threshold is not None
        made = session.scalars(select(Task).where(Task.created_at > NOW)).all()
        assert len(made) == counts["annotator"]
        assert {task.state for task in made} == {TaskState.OPEN}
        audited = session.scalars(select(Audit)).all()
        assert len(audited) == counts["audited"] > 10
        assert (
            len(session.scalars(select(Prediction.id).where(Prediction.model_version_id.is_not(None))).all()) == 150
        )
    assert (done(serving, "route").result or {})["read"] == 0


def test_a_label_that_always_goes_to_the_expert(serving: Place) -> None:
    with serving.store.writing() as session:
        session.get_one(Project, 1).settings = SETTINGS | {"routing": {"expert": ["PER"], "reviewer": ["ORG"]}}
    counts = dict(done(serving, "route").result or {})
    assert counts["expert"] > 100
    with serving.store.reading() as session:
        rows = session.execute(select(Task.tier, Task.state).where(Task.created_at > NOW).distinct()).all()
    assert (Tier.EXPERT, TaskState.ESCALATED) in [tuple(row) for row in rows]
    assert (Tier.EXPERT, TaskState.OPEN) not in [tuple(row) for row in rows]


def test_a_domain_that_always_goes_to_people(serving: Place) -> None:
    there = [Document(one.text, f"new-{one.id}", {"domain": "unknown"}) for one in documents(1150, 1190)]
    import_documents(serving.store, 1, there, now=NOW, tasks=False)
    with serving.store.writing() as session:
        rules = {**SETTINGS["routing"], "domains": {"unknown": "reviewer"}}
        session.get_one(Project, 1).settings = SETTINGS | {"routing": rules}
    counts = dict(done(serving, "route").result or {})
    assert (counts["read"], counts["reviewer"]) == (190, 40)
    assert counts["accepted"] > 50
    with serving.store.reading() as session:
        reasons = set(session.scalars(select(Task.reason).where(Task.tier == Tier.REVIEWER)))
    assert reasons == {"the domain unknown always goes to the reviewer"}
    with pytest.raises(InputError, match="reviewer"):
        RoutingRules.of({"routing": {"domains": {"unknown": "accept"}}})


def test_audits_that_break_the_limit_raise_the_threshold_and_alert(serving: Place) -> None:
    done(serving, "route")
    with serving.store.reading() as session:
        before = routing.production(session, 1)
    assert before is not None
    while (
        task := lease(serving.store, LATER)
    ) is not None:  # the world has changed: everybody is an organisation now
        wanted = [Span(one.start, one.end, "ORG") for one in document_of(serving.store, task).spans]
        answer(serving.store, task, LATER, wanted)
    serving.clock.now = LATER + timedelta(hours=1)
    for _ in range(2):
        serving.worker().tick()
    with serving.store.reading() as session:
        after = routing.production(session, 1)
        assert after is not None
        assert after.id == before.id + 1  # once
        assert after.routing.sentences.acceptance.threshold != before.routing.sentences.acceptance.threshold
        assert not session.scalars(select(Audit).where(Audit.at.is_(None))).all()
        subjects = {one.subject for one in alerts.listed(session, 1)}
        assert {"PER", "whole sentences"} <= subjects
        assert models.pointed_at(session, 1) == 1


def test_alerts_of_audits_are_told_once_with_the_address_of_the_page(serving: Place) -> None:
    (serving.folder / "livener.toml").write_text(
        '[server]\npublic_url = "https://ner.example.org"\n[alerts]\nallow = ["127.0.0.1"]\nprivate = true\n',
        encoding="utf-8",
    )
    done(serving, "route")
    while (task := lease(serving.store, LATER)) is not None:
        wanted = [Span(one.start, one.end, "ORG") for one in document_of(serving.store, task).spans]
        answer(serving.store, task, LATER, wanted)
    serving.clock.now = LATER + timedelta(hours=1)
    with http_server() as heard:
        channels = {
            "chat": {"kind": "slack", "url": f"http://127.0.0.1:{heard.port}/chat"},
            "hook": {"kind": "webhook", "url": f"http://127.0.0.1:{heard.port}/hook", "kinds": ["audit"]},
            "drift": {"kind": "webhook", "url": f"http://127.0.0.1:{heard.port}/drift", "kinds": ["drift"]},
        }
        with serving.store.writing() as session:
            session.get_one(Project, 1).settings = SETTINGS | {"channels": channels}
        for _ in range(2):
            serving.worker().tick()
    with serving.store.reading() as session:
        raised = alerts.listed(session, 1)
        life = alerts.get(session, 1, raised[0].id).events or ()
    assert len(raised) >= 2
    assert sorted(path for _, path, _ in heard.came) == sorted(["/chat", "/hook"] * len(raised))
    hooks = [json.loads(body) for _, path, body in heard.came if path == "/hook"]
    assert {one["kind"] for one in hooks} == {"audit"}
    assert {one["link"] for one in hooks} == {
        f"https://ner.example.org/p/news/monitor?alert={one.id}" for one in raised
    }
    assert [(event.what, event.note) for event in life][1:] == [("told", "chat, hook")]
    assert ("alert", {"id": raised[0].id}) in [(kind, what) for _, kind, what in serving.told]


def test_nothing_serves(place: Place) -> None:
    assert "nothing serves" in str(done(place, "route").problem)


def asking(place: Place, **rules: object) -> dict[str, object]:
    """Route with more rules; the counts."""
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = SETTINGS | {"routing": {**SETTINGS["routing"], **rules}}
    return dict(done(place, "route").result or {})


def made(place: Place) -> list[Task]:
    with place.store.reading() as session:
        return list(session.scalars(select(Task).where(Task.created_at > NOW).order_by(Task.id)))


def test_only_the_words_in_doubt_are_asked_and_audits_with_them(serving: Place) -> None:
    counts = asking(serving, words=True)
    tasks = made(serving)
    assert len(tasks) == counts["annotator"] > 20
    assert {task.kind for task in tasks} == {TaskKind.DOCUMENT}
    parts = {task.id: task.parts for task in tasks if task.parts}
    assert len(parts) > len(tasks) / 2
    with serving.store.reading() as session:
        lengths = {task.id: len(session.get_one(Stored, task.document_id).text) for task in tasks}
        audits = session.scalars(select(Audit)).all()
    asked = {key: sum(end - start for start, end in ranges) for key, ranges in parts.items()}
    assert sum(asked.values()) < 0.8 * sum(lengths[key] for key in parts)
    assert len(audits) == counts["audited"] > 10
    for audit in audits:  # or its answer would not count
        assert within(audit.start, audit.end, parts.get(audit.task_id) or [(0, lengths[audit.task_id])])
    while (task := lease(serving.store, LATER)) is not None:
        wanted = [Span(one.start, one.end, one.label) for one in document_of(serving.store, task).spans]
        ranges = parts.get(task)
        answer(
            serving.store, task, LATER, [one for one in wanted if not ranges or touches(one.start, one.end, ranges)]
        )
    serving.clock.now = LATER + timedelta(hours=1)
    serving.worker().tick()
    with serving.store.reading() as session:
        assert not session.scalars(select(Audit).where(Audit.at.is_(None))).all()
        settled = {one.id: one for one in resolved.documents(session, 1) if not one.complete}
    assert len(settled) == len(parts)
    assert all(one.known for one in settled.values())
    # What is known of them is learned, and kept with the version.
    learned = done(serving, "learn", now=serving.clock.now)
    assert learned.state == JobState.DONE, learned.problem
    versions = DatasetVersions(serving.store, serving.artefacts, project=1)
    dataset = (learned.result or {})["dataset"]
    kept = [one for part in ("train", "dev", "test") for one in versions.documents(dataset, part)]
    assert {one.id: one.known for one in kept if not one.complete} == {key: one.known for key, one in settled.items()}


def test_few_spans_in_doubt_are_asked_yes_or_no(serving: Place) -> None:
    names = ("Qwxy", "Vbnm", "Strelw", "Zaqwo", "Plmok", "Oknij", "Uhbyg", "Tfcrd", "Esxwa", "Yuhjo")
    strange = [Document(f"{name} joined Old {name[::-1]} of late .", f"s{name}") for name in names]
    import_documents(serving.store, 1, strange, now=NOW, tasks=False)
    counts = asking(serving, questions=6)
    tasks = made(serving)
    questions = [task for task in tasks if task.kind == TaskKind.QUESTION]
    assert len(tasks) == counts["annotator"]
    assert len(questions) > 3
    with serving.store.reading() as session:
        audited = set(session.scalars(select(Audit.task_id)))
    for task in tasks:
        assert (task.kind == TaskKind.QUESTION) <= (task.id not in audited and 0 < len(task.question or []) <= 6)
    assert all(task.parts is None for task in tasks)
    held = lease(serving.store, LATER, kind=TaskKind.QUESTION)
    (first,) = [task for task in questions if task.id == held]
    spans = [Span(one["start"], one["end"], one["label"]) for one in first.question or []]
    answer(serving.store, first.id, LATER, spans[:1], negatives=spans[1:], complete=False)
    with serving.store.reading() as session:
        (partial,) = [one for one in resolved.documents(session, 1) if not one.complete]
    assert (len(partial.spans), len(partial.negatives), partial.known) == (1, len(spans) - 1, ())


def test_what_goes_up_or_is_of_an_unknown_domain_is_asked_whole(serving: Place) -> None:
    there = [Document(one.text, f"new-{one.id}", {"domain": "unknown"}) for one in documents(1150, 1160)]
    import_documents(serving.store, 1, there, now=NOW, tasks=False)
    asking(serving, words=True, questions=4, reviewer=["ORG"], domains={"unknown": "annotator"})
    with serving.store.reading() as session:
        rows = session.execute(select(Task, Stored.key).join(Stored, Stored.id == Task.document_id)).all()
    whole = [task for task, key in rows if task.created_at > NOW and (task.tier != Tier.ANNOTATOR or "new-" in key)]
    assert len(whole) > 50
    assert {(task.kind, task.parts is None) for task in whole} == {(TaskKind.DOCUMENT, True)}
