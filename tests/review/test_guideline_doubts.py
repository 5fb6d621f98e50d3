"""What a change of the guidelines puts in doubt, and the tasks that it opens: on SQLite and PostgreSQL."""

import threading

import pytest
from sqlalchemy import select
from tests.review.worked import MARKDOWN, NOW, Worked

from livener.review import guideline_doubts as doubts
from livener.review.errors import Forbidden, NotFound
from livener.review.guideline_doubts import Doubt, Doubts
from livener.review.people import Person
from livener.store import models
from livener.store.models import Role, TaskState

TEXT = "Ada left Acme."
ADA, ACME = (0, 3, "PER"), (9, 13, "ORG")
PEOPLE_CHANGED = MARKDOWN.replace("People.", "People with names.")


def resolve(worked: Worked, key: str, *spans: tuple[int, int, str], **given: object) -> int:
    worked.document(key, TEXT)
    task = worked.task(key)
    assert worked.annotate(task, "ann", spans, **given) == TaskState.RESOLVED
    return task


def test_annotations_with_a_label_whose_section_changed(worked: Worked) -> None:
    both = resolve(worked, "both", ADA, ACME)
    resolve(worked, "organisation", ACME)
    resolve(worked, "nothing")
    no = resolve(worked, "no", negatives=[ADA], complete=False)
    worked.document("waiting", TEXT)
    worked.task("waiting")
    assert worked.publish("New rules.\n" + PEOPLE_CHANGED) == 2
    resolve(worked, "later", ADA, guideline=2)
    worked.publish(MARKDOWN.replace("Organisations:", "Companies:"))
    with worked.store.reading() as session:
        asked = {"old": 1, "new": 2}
        assert doubts.counts(session, worked.project, **asked) == Doubts(2, {"PER": 2})
        found = doubts.page(session, worked.project, **asked)
        assert found == [Doubt(both, "both", 1, ("PER",)), Doubt(no, "no", 1, ("PER",))]
        assert doubts.page(session, worked.project, **asked, limit=1) == found[:1]
        assert doubts.page(session, worked.project, **asked, after=found[0].task) == found[1:]
        # What version 2 said of people is no longer said; what it said of organisations neither.
        three = doubts.counts(session, worked.project, old=2, new=3)
        assert three == Doubts(4, {"ORG": 2, "PER": 3})
        # People are as they were in version 1, and so are those who were annotated under it.
        assert doubts.counts(session, worked.project, old=1, new=3) == Doubts(2, {"ORG": 2})
        assert doubts.counts(session, worked.project, old=2, new=2) == Doubts(0, {})
        assert doubts.counts(session, worked.project, old=1, new=2).as_dict() == {"tasks": 2, "labels": {"PER": 2}}
        with pytest.raises(NotFound):
            doubts.page(session, worked.project, old=1, new=4)


def test_tasks_are_opened_a_few_at_a_time_and_are_in_doubt_no_more(worked: Worked) -> None:
    tasks = [resolve(worked, f"d{n}", ADA) for n in range(5)]
    worked.publish(PEOPLE_CHANGED)
    lead = Person(worked.ids["lea"], Role.LEAD)
    opened = []
    for _ in range(4):
        with worked.store.writing() as session:
            opened.append(
                doubts.open_tasks(session, worked.project, old=1, new=2, person=lead, now=worked.now, limit=2)
            )
    assert opened == [2, 2, 1, 0]
    with worked.store.reading() as session:
        rows = session.scalars(select(models.Task).order_by(models.Task.id)).all()
        assert {row.state for row in rows} == {TaskState.OPEN}
        assert rows[0].reason == "guidelines 2 say something else than 1 of PER"
        assert len(session.scalars(select(models.Annotation)).all()) == 5  # what was said is kept
        event = session.scalars(select(models.TaskEvent).order_by(-models.TaskEvent.number)).first()
        assert event
        assert (event.after, event.user_id) == (TaskState.OPEN, lead.id)
    assert worked.annotate(tasks[0], "bob", [ADA], guideline=2) == TaskState.RESOLVED
    with worked.store.reading() as session:
        assert doubts.counts(session, worked.project, old=1, new=2) == Doubts(0, {})


def test_who_opens_them_leads(worked: Worked) -> None:
    resolve(worked, "d1", ADA)
    worked.publish(PEOPLE_CHANGED)
    reviewer = Person(worked.ids["rea"], Role.REVIEWER)
    with pytest.raises(Forbidden), worked.store.writing() as session:
        doubts.open_tasks(session, worked.project, old=1, new=2, person=reviewer, now=NOW)


def test_leads_who_open_them_at_once_open_each_once(worked: Worked) -> None:
    tasks = [resolve(worked, f"d{n}", ADA) for n in range(12)]
    worked.publish(PEOPLE_CHANGED)
    opened: list[int] = []

    def work() -> None:
        while True:
            with worked.store.writing() as session:
                asked = {"old": 1, "new": 2, "person": None, "now": worked.now, "limit": 2}
                count = doubts.open_tasks(session, worked.project, **asked)
            if not count:
                return
            opened.append(count)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(opened) == len(tasks)
    with worked.store.reading() as session:
        assert {task.events for task in session.scalars(select(models.Task))} == {4}
