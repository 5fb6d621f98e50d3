"""A new label is watched on its own: it waits, is silent, does well or falls; and after thirty days no more."""

from datetime import datetime, timedelta

import pytest
from tests.loop.annotated import NOW, documents
from tests.loop.conftest import Place

from livener.loop import kinds, newcomers
from livener.loop.newcomers import NEW_LABEL, Newcomer
from livener.monitoring import alerts
from livener.monitoring.log import Log, LogWriter
from livener.monitoring.log.rows import Inferences
from livener.review import guideline_versions
from livener.store.models import AliasMove, JobState, ModelVersion
from livener.text import Span

KNOWS = {1: ["ORG", "PER"], 2: ["LAW", "ORG", "PER"]}
CAME = NOW + timedelta(days=1)


@pytest.fixture
def law(place: Place) -> Place:
    """The guidelines have LAW since the second day; model 1 served before it."""
    with place.store.writing() as session:
        old = guideline_versions.latest(session, 1)
        labels = {"PER": "People.", "ORG": "Organisations.", "LAW": "Statutes."}
        more = f"{old.markdown}\n\n## LAW\n\nStatutes.\n"
        guideline_versions.publish(session, 1, more, author=1, now=CAME, labels=labels)
        for number, at in ((1, NOW), (2, CAME + timedelta(days=2))):
            about = {"address": f"tree-{number}", "pipeline": "crf.v1", "metrics": {}, "lineage": {}}
            session.add(ModelVersion(project_id=1, number=number, created_at=at, **about))
    serves(place, 1, NOW)
    return place


def serves(place: Place, number: int, at: datetime) -> None:
    with place.store.writing() as session:
        about = {"alias": "production", "rollback": False, "reason": "it passed", "user_id": 1, "at": at}
        session.add(AliasMove(project_id=1, model_version_id=number, **about))


def answered(place: Place, at: datetime, *, count: int, laws: int) -> None:
    """So many documents, of which so many have a LAW."""
    read = [
        one.with_spans((Span(0, 1, "LAW", 0.9),)) if n < laws else one for n, one in enumerate(documents(0, count))
    ]
    with LogWriter(place.folder / "log") as writer:
        writer.append(Inferences(at, project=1, documents=read, model=2, pipeline="crf.v1"))


def look(place: Place, now: datetime) -> list[Newcomer]:
    with place.store.reading() as session:
        log = Log(place.folder / "log")
        return newcomers.newcomers(session, 1, log, labels_of=KNOWS.__getitem__, now=now)


def test_the_life_of_a_new_label(law: Place) -> None:
    (law.folder / "log").mkdir()
    assert look(law, NOW) == []  # the first guidelines have no new label
    answered(law, CAME + timedelta(days=1), count=50, laws=0)
    (waits,) = look(law, CAME + timedelta(days=2))
    assert (waits.label, waits.state, waits.learned, waits.documents) == ("LAW", "waits", None, 50)
    (late,) = look(law, CAME + timedelta(days=8))
    assert (late.state, late.why) == ("silent", "no version that serves knows it")

    learned = CAME + timedelta(days=9)
    serves(law, 2, learned)
    answered(law, learned + timedelta(hours=1), count=150, laws=0)
    (soon,) = look(law, learned + timedelta(days=1))
    assert (soon.state, soon.learned, soon.documents) == ("well", learned, 150)  # too few to be alarmed
    answered(law, learned + timedelta(hours=2), count=100, laws=0)
    (silent,) = look(law, learned + timedelta(days=1))
    assert [one.summary for one in newcomers.alerts_of([silent])] == ["LAW: never found in 250 documents"]

    for day in range(2, 6):
        answered(law, learned + timedelta(days=day), count=60, laws=20)
    (well,) = look(law, learned + timedelta(days=6))
    assert (well.state, well.spans, well.documents) == ("well", 80, 490)
    assert newcomers.alerts_of([well]) == []
    for day in range(10, 13):
        answered(law, learned + timedelta(days=day), count=60, laws=1)
    (falls,) = look(law, learned + timedelta(days=13))
    assert falls.state == "falls"
    assert "found in 1.7%" in falls.why
    assert [one["documents"] for one in falls.days] == [250, 60, 60, 60, 60, 60, 60, 60]
    assert falls.until == CAME + timedelta(days=30)
    assert look(law, CAME + timedelta(days=31)) == []


def test_a_fall_of_what_people_say_of_it() -> None:
    from livener.loop.estimates import Judged

    span = frozenset({(0, 1, "LAW")})
    day = NOW.date()
    right = [Judged(day - timedelta(days=10), "", 5.0, span, span)] * 40
    wrong = [Judged(day, "", 5.0, span, frozenset())] * 40
    days = [{"day": day.isoformat(), "documents": 80, "found": 80, "spans": 80}]
    made = newcomers._newcomer("LAW", NOW - timedelta(days=20), NOW, days, [*right, *wrong], NOW)
    assert (made.state, made.why) == ("falls", "F1 0.00 in the last week, 1.00 before")


def test_the_watch_raises_it_and_closes_it_when_the_label_is_gone(law: Place) -> None:
    answered(law, CAME + timedelta(days=1), count=50, laws=0)
    results = []
    for days in (8, 31):
        law.clock.now = CAME + timedelta(days=days)
        with law.store.writing() as session:
            id = kinds.start(session, 1, "watch", {}, now=law.clock.now, reason="asked")
        law.worker().run(id)
        assert law.job(id).state == JobState.DONE, law.job(id).problem
        results.append(law.job(id).result or {})
    assert results[1]["closed"] == results[0]["raised"] == [1]
    with law.store.reading() as session:
        alert = alerts.get(session, 1, 1)
    assert (alert.kind, alert.subject, alert.state) == (NEW_LABEL, "LAW", "closed")
    assert alert.summary == "LAW: no version that serves knows it"
