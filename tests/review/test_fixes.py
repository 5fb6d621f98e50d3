"""Settled documents that are put right: on SQLite and PostgreSQL."""

from typing import Any

import pytest
from sqlalchemy import select
from tests.review.test_resolved import ACME, ADA, PARIS, TEXT, found, question
from tests.review.worked import NOW, Triple, Worked

from livener.datasets.golden import GoldenSets
from livener.errors import InputError
from livener.review import tasks
from livener.review.corrections import groups
from livener.review.errors import Conflict, Forbidden, NotFound
from livener.review.fixes import Change, fix
from livener.review.people import person
from livener.review.resolved import documents
from livener.store import Artefacts, models
from livener.text import Document, Span

ORG_ADA = (0, 3, "ORG")


def change(worked: Worked, who: str, key: str, remove: list[Triple], add: list[Triple]) -> Change:
    gone, come = (tuple(Span(*one) for one in each) for each in (remove, add))
    return made(worked, who, Change(key, gone, come))


def made(worked: Worked, who: str, change: Change) -> Change:
    with worked.store.writing() as session:
        by = person(session, worked.project, worked.ids[who])
        assert by
        return fix(session, worked.project, by, change, worked.rules, now=NOW, reason="quality: other label")


def test_a_fix_is_one_more_revision_and_turned_round_it_undoes_itself(worked: Worked) -> None:
    worked.document("d1", TEXT)
    task = worked.task("d1")
    worked.annotate(task, "ann", [ORG_ADA, ACME])
    undo = change(worked, "rea", "d1", [ORG_ADA], [ADA])
    assert found(worked) == {"d1": [ADA, ACME]}
    made(worked, "rea", undo)
    assert found(worked) == {"d1": [ORG_ADA, ACME]}
    with worked.store.reading() as session:
        told = tasks.history(session, worked.project, task)
        said = session.scalars(select(models.Annotation.revision).order_by(models.Annotation.id)).all()
    assert [(one["before"], one["after"], one["revision"], one["by"]) for one in told[-2:]] == [
        ("resolved", "resolved", 2, "rea"),
        ("resolved", "resolved", 3, "rea"),
    ]
    assert said == [1, 2, 3]  # nothing of what was said is gone


def test_the_corrections_are_those_of_the_newest_resolution(worked: Worked) -> None:
    worked.document("d1", TEXT)
    with worked.store.writing() as session:
        document = session.scalars(select(models.Document)).one()
        spans = [{"start": 9, "end": 13, "label": "PER"}]
        session.add(
            models.Prediction(
                project_id=worked.project, document_id=document.id, pipeline="p", spans=spans, created_at=NOW
            )
        )
    worked.annotate(worked.task("d1"), "ann", [(9, 13, "PER")])
    change(worked, "rea", "d1", [(9, 13, "PER")], [ACME])
    with worked.store.reading() as session:
        (group,) = groups(session, worked.project, by="label")
    assert (group.key, group.count) == ("ORG", 1)


@pytest.mark.parametrize("who", ["rea", "eve", "lea"])
def test_what_an_expert_decided_only_experts_change(worked: Worked, who: str) -> None:
    worked.document("d1", TEXT)
    task = worked.task("d1")
    worked.escalate(task, "ann")
    worked.escalate(task, "rea")
    worked.decide(task, "eve", [ORG_ADA])
    if who == "rea":
        with pytest.raises(Forbidden, match="expert"):
            change(worked, who, "d1", [ORG_ADA], [ADA])
    else:
        change(worked, who, "d1", [ORG_ADA], [ADA])
        assert found(worked) == {"d1": [ADA]}


def test_of_single_answers_one_more_is_given(worked: Worked) -> None:
    worked.document("d1", TEXT)
    task = worked.task("d1", **question(ORG_ADA, ACME))
    worked.annotate(task, "ann", [ORG_ADA], negatives=[ACME], complete=False)
    undo = change(worked, "rea", "d1", [ORG_ADA], [ADA, ACME])
    with worked.store.reading() as session:
        (document,) = documents(session, worked.project)
    assert not document.complete
    assert [(one.start, one.end, one.label) for one in document.spans] == [ADA, ACME]
    assert [(one.start, one.end, one.label) for one in document.negatives] == [ORG_ADA]
    made(worked, "rea", undo)
    assert found(worked) == {"d1": [ORG_ADA]}


def test_what_is_refused(worked: Worked, tmp_path: Any) -> None:
    worked.document("open", TEXT)
    worked.document("d1", TEXT + " ")
    worked.document("kept", TEXT + "!")
    worked.task("open")
    for key in ("d1", "kept"):
        worked.annotate(worked.task(key), "ann", [ORG_ADA])
    golden = {"test": [Document(TEXT + "!", "kept", spans=(Span(*ORG_ADA),))]}
    artefacts = Artefacts(str(tmp_path / "artefacts"))
    GoldenSets(worked.store, artefacts, project=worked.project).create("golden", golden, created=NOW)
    for key, gone, come, problem in [
        ("none", [], [ADA], NotFound),
        ("open", [], [ADA], Conflict),
        ("kept", [ORG_ADA], [ADA], Conflict),  # a golden text is not touched
        ("d1", [], [], InputError),
        ("d1", [PARIS], [ADA], Conflict),  # it is not there any more
        ("d1", [], [ORG_ADA], Conflict),  # it is there already
        ("d1", [ORG_ADA], [(0, 3, "LAW")], InputError),
        ("d1", [ORG_ADA], [(0, 300, "ORG")], InputError),
    ]:
        with pytest.raises(problem):
            change(worked, "rea", key, gone, come)
    assert found(worked) == {"d1": [ORG_ADA]}


def test_under_the_guidelines_of_then_unless_they_lack_the_label(worked: Worked) -> None:
    worked.document("d1", TEXT)
    worked.annotate(worked.task("d1"), "ann", [ORG_ADA, ACME])
    worked.publish("", labels={"PER": "", "ORG": "", "LAW": ""})
    numbers = select(models.Annotation.guideline_version_id).order_by(models.Annotation.id.desc()).limit(1)
    for gone, come in [([ORG_ADA], [ADA]), ([ADA], [(0, 3, "LAW")])]:
        change(worked, "rea", "d1", gone, come)
        with worked.store.reading() as session:
            version = session.get_one(models.GuidelineVersion, session.scalar(numbers))
            assert version.number == (2 if come[0][2] == "LAW" else 1)
