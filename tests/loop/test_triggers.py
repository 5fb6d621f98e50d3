"""Conditions, and the triggers that wait for them."""

from datetime import datetime, timedelta

import pytest
from tests.loop.annotated import LABELS, NOW, documents, gold, unread
from tests.loop.conftest import Place
from tests.loop.people import answer, lease
from tests.loop.test_live import document_of

from livener.errors import InputError
from livener.loop import jobs, kinds, triggers
from livener.loop.conditions import Finding
from livener.loop.routing import AUDIT
from livener.monitoring import alerts
from livener.monitoring.drift import detect, measure
from livener.review import projects
from livener.review.intake import import_documents
from livener.store.models import TriggerMode
from livener.text import Span

HOUR = timedelta(hours=1)


def add(place: Place, condition: str, *, mode: TriggerMode = TriggerMode.ON, **settings: object) -> int:
    with place.store.writing() as session:
        made = triggers.create(
            session, 1, condition, condition=condition, settings=settings, now=NOW, mode=mode, by=1
        )
    return made.id


def found(place: Place, id: int, now: datetime = NOW + HOUR) -> Finding:
    with place.store.reading() as session:
        return triggers.check(session, 1, id, now=now)


def corrected(place: Place, count: int, *, now: datetime = NOW) -> None:
    """So many documents whose person was taken for an organisation, set right by ``ann``."""
    wrong = [
        one.with_spans(tuple(Span(span.start, span.end, "ORG", 0.6) for span in one.spans))
        for one in documents(100, 200)
        if {"PER"} == {span.label for span in one.spans[:1]}
    ][:count]
    import_documents(place.store, 1, wrong, now=NOW, pipeline="first")
    while (task := lease(place.store, now)) is not None:
        answer(place.store, task, now, document_of(place.store, task).spans)


def test_corrections_by_number_and_severity(place: Place) -> None:
    many, grave = add(place, "corrections", count=5), None
    with place.store.writing() as session:
        grave = triggers.create(
            session, 1, "grave", condition="corrections", settings={"count": 99, "severity": 10}, now=NOW
        ).id
    corrected(place, 4, now=NOW + HOUR)
    assert found(place, many) == Finding(False, "4 corrections of severity 8", {"count": 4, "severity": 8})
    assert not found(place, grave).holds
    corrected(place, 5, now=NOW + HOUR)
    assert found(place, many).holds
    assert found(place, grave).holds
    assert not found(place, many, NOW).holds  # what comes later does not count yet


def test_an_error_that_comes_again(place: Place) -> None:
    id = add(place, "error_cluster", times=2)
    text = "{} : Acme hired Bo ."
    for number in range(2):
        one = documents(number, number + 1)[0]
        spans = (Span(4, 8, "PER", 0.5),)
        import_documents(
            place.store, 1, [type(one)(text.format(number), f"d{500 + number}", spans=spans)], now=NOW, pipeline="p"
        )
        task = lease(place.store, NOW + HOUR)
        assert task is not None
        answer(place.store, task, NOW + HOUR, [Span(4, 8, "ORG")])
        said = found(place, id)
        assert said.holds == (number == 1)
    assert said.detail == "label of ORG at 'acme' came 2 times"
    assert said.figures["clusters"] == [{"surface": "acme", "kind": "label", "label": "ORG", "times": 2}]


def test_an_alert_of_drift_or_of_an_audit(place: Place) -> None:
    drift = add(place, "alert")
    with place.store.writing() as session:
        audit = triggers.create(session, 1, "audit", condition="alert", settings={"kinds": ["audit"]}, now=NOW).id
    assert found(place, drift) == Finding(False, "no alert of drift", {"alerts": []})
    calm = [one for one in documents(0, 400) if one.spans]
    lost = measure(unread(calm), labels=["ORG", "PER"])
    with place.store.writing() as session:
        drifted = alerts.from_drift(detect(measure(calm), lost), lost)
        ids = alerts.raise_alerts(session, 1, drifted, now=NOW + HOUR)
    said = found(place, drift)
    assert said == Finding(True, drifted[0].summary, {"alerts": ids})
    assert not found(place, audit).holds
    assert not found(place, drift, NOW + HOUR / 2).holds  # what comes later does not count yet
    with place.store.writing() as session:
        first = triggers.fire(session, 1, drift, now=NOW + HOUR)
        assert first is not None
        assert first.job is not None
        # the same alert, seen again, is no new one
        assert not alerts.raise_alerts(session, 1, drifted, now=NOW + 2 * HOUR)
        assert triggers.fire(session, 1, drift, now=NOW + 3 * HOUR) is None
        broken = alerts.Found(AUDIT, "PER", "PER: 9 of 20 audited spans are wrong", {})
        (id,) = alerts.raise_alerts(session, 1, [broken], now=NOW + 2 * HOUR)
        assert triggers.fire(session, 1, audit, now=NOW + 3 * HOUR) is None  # the job began before
        jobs.cancel(session, 1, first.job, now=NOW + 3 * HOUR)
        event = triggers.fire(session, 1, audit, now=NOW + 3 * HOUR)
        assert event is not None
        assert (event.detail, event.figures) == (broken.summary, {"alerts": [id]})
        assert triggers.fire(session, 1, drift, now=NOW + 3 * HOUR) is None


def test_f1_of_what_people_were_shown(place: Place) -> None:
    low = add(place, "rolling_f1", limit=0.9, least=10)
    with place.store.writing() as session:
        settings = {"limit": 0.9, "least": 10, "label": "PER"}
        label = triggers.create(session, 1, "people", condition="rolling_f1", settings=settings, now=NOW).id
    corrected(place, 9, now=NOW + HOUR)
    assert found(place, low).detail == "9 documents, too few to judge"
    corrected(place, 12, now=NOW + HOUR)
    assert found(place, low).holds
    assert 0 < found(place, low).figures["f1"] < 0.6
    assert found(place, label).figures["f1"] == 0.0
    gold(place.store, 1, documents(300, 320))  # nobody was shown anything
    assert found(place, low).figures["documents"] == 12


def test_schedules(place: Place) -> None:
    cron = add(place, "schedule", cron="30 3 * * 1")  # 1 May 2024 is a Wednesday
    monday = datetime(2024, 5, 6, 3, 30, tzinfo=NOW.tzinfo)
    assert not found(place, cron, monday - timedelta(minutes=1)).holds
    assert found(place, cron, monday).holds
    assert found(place, cron, monday + timedelta(days=20)).holds
    with place.store.writing() as session:
        event = triggers.fire(session, 1, cron, now=monday)
        assert event is not None
        assert triggers.fire(session, 1, cron, now=monday + timedelta(minutes=1)) is None
        moment = {"at": (NOW + HOUR).isoformat()}
        once = triggers.create(session, 1, "once", condition="schedule", settings=moment, now=NOW).id
        assert not triggers.check(session, 1, once, now=NOW + HOUR / 2).holds
        assert triggers.fire(session, 1, once, now=NOW + HOUR) is not None
        assert triggers.fire(session, 1, once, now=NOW + 2 * HOUR) is None


def test_new_guidelines_and_labels(place: Place) -> None:
    version, label = add(place, "guidelines"), None
    with place.store.writing() as session:
        label = triggers.create(session, 1, "label", condition="guidelines", settings={"labels": True}, now=NOW).id
    assert not found(place, version).holds
    for number, labels in enumerate((LABELS, LABELS | {"EVENT": "Happenings."}), 2):
        with place.store.writing() as session:
            texts = {name: f"{text} {number}" for name, text in labels.items()}
            projects.change_labels(session, 1, texts, by=1, now=NOW + number * HOUR)
        assert found(place, version, NOW + 9 * HOUR).holds
        assert found(place, label, NOW + 9 * HOUR).holds == (number == 3)
    assert found(place, label, NOW + 9 * HOUR).figures == {"number": 3, "labels": ["EVENT"]}


def test_a_worker_lets_it_go_off_once(place: Place) -> None:
    id = add(place, "corrections", count=2)
    corrected(place, 2, now=NOW + timedelta(seconds=1))
    place.clock.now = NOW + HOUR
    for _ in range(2):
        place.worker().tick()
    with place.store.reading() as session:
        (event,) = triggers.log(session, 1)
        assert (event.trigger, event.dry, event.detail) == ("corrections", False, "2 corrections of severity 4")
        assert event.job is not None
        job = jobs.get(session, 1, event.job)
        assert (job.kind, job.reason) == ("learn", "trigger corrections: 2 corrections of severity 4")
        assert triggers.get(session, 1, id).last == event.at


def test_a_job_that_began_before_does_not_answer_for_what_happened_since(place: Place) -> None:
    id = add(place, "corrections", count=5)
    with place.store.writing() as session:
        running = kinds.start(session, 1, "learn", {}, now=NOW + HOUR, reason="asked")
    corrected(place, 5, now=NOW + 2 * HOUR)
    with place.store.writing() as session:
        assert triggers.fire(session, 1, id, now=NOW + 3 * HOUR) is None
        jobs.cancel(session, 1, running, now=NOW + 4 * HOUR)
    with place.store.writing() as session:
        event = triggers.fire(session, 1, id, now=NOW + 5 * HOUR)
    assert event is not None
    assert event.job != running


def test_what_happens_while_its_job_is_under_way_counts_the_next_time(place: Place) -> None:
    id = add(place, "corrections", count=3)
    corrected(place, 3, now=NOW + HOUR)
    with place.store.writing() as session:
        running = kinds.start(session, 1, "learn", {}, now=NOW + 2 * HOUR, reason="asked")
    corrected(place, 6, now=NOW + 3 * HOUR)
    with place.store.writing() as session:
        event = triggers.fire(session, 1, id, now=NOW + 4 * HOUR)
        assert event is not None
        assert (event.job, event.figures["count"]) == (running, 3)
        assert triggers.fire(session, 1, id, now=NOW + 4 * HOUR) is None
    assert found(place, id, NOW + 5 * HOUR) == Finding(
        True, "3 corrections of severity 6", {"count": 3, "severity": 6}
    )


def test_dry_and_off(place: Place) -> None:
    id = add(place, "corrections", mode=TriggerMode.DRY, count=1)
    corrected(place, 1, now=NOW + timedelta(seconds=1))
    place.clock.now = NOW + HOUR
    place.worker().tick()
    with place.store.writing() as session:
        (event,) = triggers.log(session, 1)
        assert (event.dry, event.job, jobs.listed(session, 1)) == (True, None, [])
        triggers.change(session, 1, id, mode=TriggerMode.OFF, settings={"count": 3})
    corrected(place, 5, now=NOW + 2 * HOUR)
    place.clock.now = NOW + 3 * HOUR
    place.worker().tick()
    with place.store.reading() as session:
        assert len(triggers.log(session, 1)) == 1
        assert triggers.get(session, 1, id).settings == {"count": 3}


def test_what_cannot_be_a_trigger(place: Place) -> None:
    wrong: list[tuple[str, dict[str, object], str]] = [
        ("moon", {}, "no condition is called 'moon'"),
        ("corrections", {}, "neither count nor severity"),
        ("corrections", {"count": 0}, r"settings\.count"),
        ("schedule", {"cron": "at noon"}, "five fields"),
        ("schedule", {"cron": "99 * * * *"}, "99"),
        ("schedule", {}, "either at a moment or a cron"),
        ("rolling_f1", {"limit": 2}, r"settings\.limit"),
    ]
    for condition, settings, said in wrong:
        with pytest.raises(InputError, match=said), place.store.writing() as session:
            triggers.create(session, 1, "t", condition=condition, settings=settings, now=NOW)
    add(place, "guidelines")
    with pytest.raises(InputError, match="there is a trigger"):
        add(place, "guidelines")
    with pytest.raises(InputError, match="no job is called"), place.store.writing() as session:
        triggers.create(session, 1, "t", condition="guidelines", settings={}, job="dance", now=NOW)
    with pytest.raises(InputError, match="no trigger 9"):
        found(place, 9)
