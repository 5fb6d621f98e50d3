"""The sample of production: from a real log to tasks that say why they are there."""

from datetime import timedelta

from sqlalchemy import select
from tests.loop.annotated import NOW, documents
from tests.loop.conftest import Place

from livener.loop import kinds
from livener.loop.sample import REASON
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.store.models import JobState, Project, Task


def test_a_sample_of_the_log_becomes_tasks(place: Place) -> None:
    with LogWriter(place.folder / "log") as writer:
        at = NOW - timedelta(hours=2)
        writer.append(Inferences(at, project=1, documents=documents(0, 60), model=1, pipeline="crf.v1"))
    results = []
    for _ in range(2):
        with place.store.writing() as session:
            id = kinds.start(session, 1, "sample", {"size": 10}, now=NOW, reason="asked")
        place.worker().run(id)
        assert place.job(id).state == JobState.DONE, place.job(id).problem
        results.append(place.job(id).result or {})
    assert results[0] == {"documents": 60, "drawn": 10, "tasks": 10, "batch": "sample-2024-05-01"}
    with place.store.reading() as session:
        made = session.scalars(select(Task)).all()
    assert len(made) == results[0]["tasks"] + results[1]["tasks"]
    assert len({task.document_id for task in made}) == len(made)
    assert {task.reason for task in made} == {REASON}
    assert any(task.prediction_id for task in made)


def test_it_begins_by_itself_where_a_project_says_so(place: Place) -> None:
    (place.folder / "log").mkdir()
    place.clock.now = NOW + timedelta(days=1)
    with place.store.writing() as session:
        rules = {"sample": {"enabled": True, "size": 5}, "watch": {"enabled": False}}
        session.get_one(Project, 1).settings = {"loop": rules}
    place.worker().tick()
    assert place.job(1).kind == "sample"
    assert place.job(1).arguments == {"size": 5}
