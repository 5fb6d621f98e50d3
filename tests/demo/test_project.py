from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

import livener.learning
from livener.demo import outermost, sample
from livener.demo.project import build
from livener.learning import models
from livener.monitoring import alerts
from livener.review import resolved
from livener.review.people import person
from livener.review.queue import Empty, next_tasks
from livener.review.rules import Rules
from livener.review.tasks import view
from livener.store import Store
from livener.store.folder import places
from livener.store.models import Task, TaskState, Tier

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_the_sample_becomes_a_project_with_a_queue_of_what_is_least_sure(tmp_path: Path) -> None:
    parts = {part: [outermost(one) for one in sample(part)] for part in ("train", "dev", "test")}
    directories = [
        livener.learning.train("crf", parts["train"][::step], parts["dev"], out=tmp_path / f"model-{step}").path
        for step in (2, 1)
    ]
    build(tmp_path / "project", directories, parts, now=NOW)
    learned = [*parts["train"], *parts["dev"]]
    with Store(places(tmp_path / "project").url) as store:
        with store.reading() as session:
            counted = session.execute(select(Task.state, func.count()).group_by(Task.state))
            states = {row[0]: row[1] for row in counted}
            gold = list(resolved.documents(session, 1))
            made, moved = models.listed(session, 1), models.moves(session, 1)
            drifted = {one.subject for one in alerts.listed(session, 1)}
        assert states == {TaskState.OPEN: len(parts["test"]) // 2, TaskState.RESOLVED: len(learned)}
        assert {one.id: one.spans for one in gold} == {one.id: one.spans for one in learned}
        assert [(one.number, one.aliases, one.gate and one.gate["passed"]) for one in made] == [
            (2, ("production",), True),
            (1, (), True),
        ]
        assert "LEGAL_ENTITY" in drifted, "contracts came where only news came before"
        assert [(one.number, one.before) for one in moved] == [(2, 1), (1, None)]
        assert [one.lineage["data"]["train"]["documents"] for one in made] == [80, 40]
        with store.writing() as session:
            admin = person(session, 1, 1)
            assert admin is not None
            leased = next_tasks(session, 1, admin, Rules(), now=NOW, tier=Tier.ANNOTATOR, count=2)
            assert not isinstance(leased, Empty)
            first, second = (view(session, 1, one.task_id, admin) for one in leased)
    assert first["priority"] >= second["priority"]
    assert first["prediction"]["spans"], "with what the model found, and how sure it is"
    assert min(span["score"] for span in first["prediction"]["spans"]) <= 1.0 - first["priority"] + 1e-9
