from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

import livener.learning
from livener.demo import outermost, sample
from livener.demo.project import build
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
    pipeline = livener.learning.train("crf", parts["train"], parts["dev"], out=tmp_path / "model").pipeline
    build(tmp_path / "project", pipeline, parts["train"], parts["test"], now=NOW)
    with Store(places(tmp_path / "project").url) as store:
        with store.reading() as session:
            counted = session.execute(select(Task.state, func.count()).group_by(Task.state))
            states = {row[0]: row[1] for row in counted}
            gold = list(resolved.documents(session, 1))
        assert states == {TaskState.OPEN: len(parts["test"]), TaskState.RESOLVED: len(parts["train"])}
        assert {one.id: one.spans for one in gold} == {
            one.id: tuple(span for span in one.spans) for one in parts["train"]
        }
        with store.writing() as session:
            admin = person(session, 1, 1)
            assert admin is not None
            leased = next_tasks(session, 1, admin, Rules(), now=NOW, tier=Tier.ANNOTATOR, count=2)
            assert not isinstance(leased, Empty)
            first, second = (view(session, 1, one.task_id, admin) for one in leased)
    assert first["priority"] >= second["priority"]
    assert first["prediction"]["spans"], "with what the model found, and how sure it is"
    assert min(span["score"] for span in first["prediction"]["spans"]) <= 1.0 - first["priority"] + 1e-9
