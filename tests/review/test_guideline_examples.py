"""What an expert decides becomes an example: on SQLite and PostgreSQL."""

from sqlalchemy import select
from tests.review.worked import NOW, Triple, Worked

from livener.review import guideline_examples as examples
from livener.review.rules import Rules
from livener.store import models
from livener.store.models import TaskState

TEXT = "Ada left Acme. " + "Then came nothing of note. " * 40 + "Acme Paris closed."
ADA, ACME, LATE, PARIS = (0, 3, "PER"), (9, 13, "ORG"), (1095, 1099, "ORG"), (1095, 1105, "ORG")


def decided(worked: Worked, name: str, spans: list[Triple], *said: list[Triple]) -> int:
    """The annotation with which somebody ended a task that people said something about and sent up."""
    worked.rules = Rules(overlap=2)
    worked.document("d1", TEXT)
    task = worked.task("d1", overlap=2)
    for author, each in zip(("ann", "bob"), said, strict=False):
        worked.annotate(task, author, each)
    if not said:
        worked.escalate(task, "ann")
    if name == "eve":
        worked.escalate(task, "rea")
    return worked.decide(task, name, spans)


def kept(worked: Worked, annotation: int, note: str = "because") -> list[tuple[bool, str, str]]:
    with worked.store.writing() as session:
        count = examples.add(session, annotation, note=note, now=NOW)
    with worked.store.reading() as session:
        found = examples.listed(session, worked.project)
    assert len(found) == count
    for one in found:
        assert (one.note, one.author, one.guideline, one.document) == (note, "eve", 1, "d1")
        assert len(one.text) < 320
        assert one.text in TEXT
        assert one.as_dict()["created_at"] == NOW
    return [(one.counter, one.label, one.text[one.start : one.end]) for one in found]


def test_the_spans_on_which_people_differed(worked: Worked) -> None:
    annotation = decided(worked, "eve", [ADA, LATE], [ADA, ACME], [ADA, PARIS])
    assert kept(worked, annotation) == [
        (True, "ORG", "Acme"),
        (False, "ORG", "Acme"),
        (True, "ORG", "Acme Paris"),
    ]
    with worked.store.reading() as session:
        found = examples.listed(session, worked.project, label="ORG", limit=2)
        assert [one.text[:9] for one in found] == ["Ada left ", "of note. "]  # whole words
        assert len(examples.listed(session, worked.project, after=found[1].id)) == 1
        assert examples.listed(session, worked.project, label="PER") == []
        assert examples.listed(session, worked.project + 1) == []


def test_all_spans_where_nobody_differed(worked: Worked) -> None:
    assert kept(worked, decided(worked, "eve", [ADA, ACME])) == [(False, "PER", "Ada"), (False, "ORG", "Acme")]


def test_what_is_no_example(worked: Worked) -> None:
    assert kept(worked, decided(worked, "eve", [(0, 600, "ORG")])) == []  # a span of pages


def test_a_reviewer_gives_none(worked: Worked) -> None:
    annotation = decided(worked, "rea", [ADA], [ADA], [ACME])
    assert kept(worked, annotation) == []
    with worked.store.reading() as session:
        assert session.scalars(select(models.Task.state)).one() == TaskState.RESOLVED
