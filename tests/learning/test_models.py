"""Versions, aliases, and how they move."""

import threading
from datetime import timedelta
from time import perf_counter

import pytest
from sqlalchemy import select
from tests.learning.project import NOW, Modelled

from livener.datasets.golden import GoldenSets
from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import models, regressions
from livener.learning.serving import Served, shadow
from livener.store import Store
from livener.store.models import AuditEntry
from livener.text import Document, Span


def passed(modelled: Modelled, *words: str) -> int:
    """The number of a version that was promoted to production."""
    number = modelled.add(*words).number
    assert modelled.gate(number).passed
    modelled.promote(number)
    return number


def test_a_version_has_its_lineage(modelled: Modelled) -> None:
    first = modelled.add("Acme")
    versions = DatasetVersions(modelled.store, modelled.artefacts, project=1)
    data = versions.create("one", {"train": [Document("Ada rose.", "d1")]}, created=NOW)
    path = modelled.directory("Acme", "Ada")
    made = models.add(
        modelled.store, modelled.artefacts, 1, path, now=NOW, by=1, dataset=data.address, parent=first.number
    )
    assert (made.number, made.dataset, made.pipeline) == (2, data.address, "gazetteer.v1")
    assert (made.lineage["parent"], made.lineage["recognizer"]) == (1, "gazetteer.v1")
    with modelled.store.reading() as session:
        assert models.listed(session, 1) == [made, first]
        assert models.listed(session, 1, before=2) == [first]
        assert models.find(session, 1, 2) == made


def test_the_same_directory_is_the_same_version(modelled: Modelled) -> None:
    path = modelled.directory("Acme")
    made = [models.add(modelled.store, modelled.artefacts, 1, path, now=NOW) for _ in range(2)]
    assert made[0] == made[1]


def test_what_a_version_cannot_come_from(modelled: Modelled) -> None:
    path = modelled.directory("Acme")
    (held_out,) = GoldenSets(modelled.store, modelled.artefacts, project=1).all()
    for wrong in ({"dataset": held_out.address}, {"guideline": 7}, {"parent": 7}):
        with pytest.raises(InputError):
            models.add(modelled.store, modelled.artefacts, 1, path, now=NOW, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no such model"):
        models.add(modelled.store, modelled.artefacts, 1, path / "nothing", now=NOW)
    with modelled.store.reading() as session:
        assert models.listed(session, 1) == []


def test_production_goes_only_through_the_gate(modelled: Modelled) -> None:
    assert modelled.add("Acme", "Oslo", "Ada").number == 1
    with pytest.raises(InputError, match="has not been at the gate"):
        modelled.promote(1)
    modelled.gate(1)
    assert modelled.promote(1).before is None
    assert modelled.add("Acme").number == 2
    assert not modelled.gate(2).passed
    with pytest.raises(InputError, match="did not pass"):
        modelled.promote(2)
    for number, words in ((3, ("Acme", "Oslo", "Ada", "Zoë")), (4, ("Zoë", "Acme", "Oslo", "Ada"))):
        assert modelled.add(*words).number == number
        assert modelled.gate(number).passed
    modelled.promote(3)
    with pytest.raises(InputError, match="production has moved since the gate of model 4"):
        modelled.promote(4)
    with pytest.raises(InputError, match="is model 3 already"):
        modelled.promote(3)
    assert modelled.promote(2, "shadow").alias == "shadow"  # which answers nobody


def test_an_example_that_came_after_the_gate_is_asked_first(modelled: Modelled) -> None:
    modelled.gate(modelled.add("Acme").number)
    incident = Document("Ada rose.", spans=(Span(0, 3, "PER"),))
    with modelled.store.writing() as session:
        added = regressions.add(session, 1, incident, now=NOW + timedelta(seconds=1))
    with pytest.raises(InputError, match="added since the gate of model 1"):
        modelled.promote(1)
    with modelled.store.writing() as session:
        regressions.end(session, 1, added.id)
    assert modelled.promote(1).number == 1


def test_rollback_goes_back_step_by_step(modelled: Modelled) -> None:
    for number, words in enumerate((("Acme",), ("Acme", "Oslo"), ("Acme", "Oslo", "Ada")), 1):
        assert passed(modelled, *words) == number
    assert [modelled.rollback().number for _ in range(2)] == [2, 1]
    with pytest.raises(InputError, match="nothing was production before"):
        modelled.rollback()
    modelled.gate(3)
    modelled.promote(3)  # back and forth again
    assert modelled.rollback().number == 1
    with modelled.store.reading() as session:
        told = [(one.number, one.before, one.rollback, one.user) for one in models.moves(session, 1)]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "model.rollback")).all()
    assert told[:3] == [(1, 3, True, "lea"), (3, 1, False, "lea"), (1, 2, True, "lea")]
    assert [one.detail["reason"] for one in entries] == ["an incident"] * 3


def test_moves_that_say_nothing_are_refused(modelled: Modelled) -> None:
    passed(modelled, "Acme")
    for wrong in ({"reason": " "}, {"alias": "3"}, {"alias": "a b"}):
        given = {"alias": "shadow", "reason": "why", "by": None, "now": NOW} | wrong
        with pytest.raises(InputError), modelled.store.writing() as session:
            models.promote(session, 1, 1, **given)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no model 9"):
        modelled.promote(9, "shadow")
    with modelled.store.reading() as session, pytest.raises(InputError, match=r"no alias 'shadow' \(expected produc"):
        models.find(session, 1, "shadow")


def test_a_process_that_answers_sees_a_move_at_once(modelled: Modelled) -> None:
    passed(modelled, "Acme")
    serving = Served(modelled.store, modelled.artefacts)  # of another process
    assert serving(1)[0] == 1
    passed(modelled, "Acme", "Ada")
    number, nlp = serving(1)
    assert (number, len(nlp("Ada of Acme").spans)) == (2, 2)
    began = perf_counter()
    modelled.rollback()
    assert serving(1)[0] == 1
    assert perf_counter() - began < 1


def test_of_two_that_promote_at_once_one_comes_too_late(modelled: Modelled) -> None:
    for words in (("Acme",), ("Acme", "Oslo")):
        modelled.gate(modelled.add(*words).number)
    problems: list[Exception] = []

    def promote(number: int) -> None:
        try:
            modelled.promote(number)
        except InputError as error:
            problems.append(error)

    threads = [threading.Thread(target=promote, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["has moved since" in str(problem) for problem in problems] == [True]


def test_nothing_is_half_moved(modelled: Modelled) -> None:
    passed(modelled, "Acme")

    def fail() -> None:
        with modelled.store.writing() as session:
            models.promote(session, 1, 1, alias="shadow", reason="why", by=1, now=NOW)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with modelled.store.reading() as session:
        assert models.find(session, 1, 1).aliases == ("production",)
        assert len(models.moves(session, 1)) == 1


def test_a_project_does_not_see_the_models_of_another(modelled: Modelled, store: Store) -> None:
    modelled.add("Acme")
    with store.reading() as session:
        assert models.listed(session, 2) == []
        with pytest.raises(InputError):
            models.find(session, 2, 1)


def test_shadow_says_where_they_differ(modelled: Modelled) -> None:
    current, candidate = (modelled.served(1, modelled.add(*words).number)[1] for words in (("Ada",), ("Ada", "Acme")))
    texts = [f"Ada met {name}." for name in ("Acme", "nobody")] * 300
    told = list(shadow(iter(texts), current=current, candidate=candidate))
    assert [one.same for one in told] == [False, True] * 300
    assert [span.text for span in told[0].candidate] == ["Ada", "Acme"]
