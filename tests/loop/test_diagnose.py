"""The diagnosis of a version as a job: its data, the version before it, and what is kept of it."""

from datetime import timedelta

import pytest
from tests.loop.annotated import NOW, documents, gold, golden_set
from tests.loop.conftest import Place

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import models, train
from livener.loop import diagnose, kinds
from livener.store.models import JobState

LATER = NOW + timedelta(days=1)


@pytest.fixture
def forgot(place: Place) -> Place:
    """Version 2 went on from version 1 without a single PER."""
    golden_set(place.store, place.folder, 1)
    learned = documents(0, 80)
    none = [one.with_spans([span for span in one.spans if span.label != "PER"]) for one in learned]
    datasets = DatasetVersions(place.store, place.artefacts, project=1)
    for number, part in enumerate((learned, none), 1):
        path = place.folder / f"model-{number}"
        train("crf", part, documents(80, 100), out=path)
        address = datasets.create(f"training {number}", {"train": part}, created=NOW).address
        parent = number - 1 or None
        models.add(place.store, place.artefacts, 1, path, now=NOW, dataset=address, parent=parent)
    return place


def look(place: Place, number: int, data: str = "golden") -> diagnose.Diagnosis:
    with place.store.writing() as session:
        job = diagnose.begin(session, 1, number, data, now=LATER, by=1, reason="asked")
        assert diagnose.begin(session, 1, number, data, now=LATER, by=1, reason="again") == job
    place.worker().run(job)
    with place.store.reading() as session:
        return diagnose.diagnoses(session, 1, number)[0]


def test_the_cause_is_named_with_its_evidence_and_a_fix(forgot: Place) -> None:
    found = look(forgot, 2)
    assert (found.state, found.problem, found.documents) == ("done", None, 60)
    names = [cause["name"] for cause in found.causes]
    assert "forgotten_labels" in names
    cause = found.causes[names.index("forgotten_labels")]
    assert any("PER: 0 examples in training" in said for said in cause["evidence"])
    assert "livener train" in cause["fix"]
    with forgot.store.reading() as session:
        assert diagnose.diagnoses(session, 1, 1) == []
    healthy = look(forgot, 1)
    assert healthy.f1
    assert healthy.f1 > (found.f1 or 0.0)
    assert "forgotten_labels" not in [cause["name"] for cause in healthy.causes]


def test_what_was_settled_of_late_is_data_as_well(forgot: Place) -> None:
    nothing = look(forgot, 1, "production")
    assert nothing.state == JobState.FAILED
    assert "nobody settled" in (nothing.problem or "")
    gold(forgot.store, 1, documents(300, 340, key="p"))
    found = look(forgot, 1, "production")
    assert (found.data, found.documents, found.state) == ("production", 40, "done")


def test_a_version_that_is_not_there(place: Place) -> None:
    with place.store.writing() as session:
        with pytest.raises(InputError, match="no model"):
            diagnose.begin(session, 1, 7, "golden", now=NOW, by=1, reason="")
        id = kinds.start(session, 1, "diagnose", {}, now=NOW, reason="")
    place.worker().run(id)
    assert "production" in (place.job(id).problem or "")
