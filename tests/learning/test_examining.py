"""A version's mistakes, and two versions with intervals, on documents that it did not learn from."""

from pathlib import Path

import pytest
from tests.learning.project import EVERYTHING, NOW, Modelled, new_project

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import models
from livener.learning.examining import Examined, beside, examine
from livener.store import Store
from livener.text import Document, Span


@pytest.fixture
def project(store: Store, tmp_path: Path) -> Modelled:
    new_project(store)
    return Modelled(store, tmp_path)


def look(project: Modelled, number: int) -> Examined:
    return examine(project.store, project.artefacts, 1, number, load=lambda one: project.served(1, one)[1])


def test_mistakes_are_found_by_kind_and_by_label(project: Modelled) -> None:
    project.golden(3)
    project.add("Acme", "Ada")
    found = look(project, 1)
    assert found.golden
    shown = found.mistakes()
    assert (shown["count"], shown["documents"]) == (6, 3)
    assert shown["kinds"] == {"false_negative": 6}
    assert shown["labels"] == {"GPE": 3, "PER": 3}
    only = found.mistakes(label="PER", limit=2)
    assert (only["count"], len(only["items"]), only["labels"]) == (3, 2, {"GPE": 3, "PER": 3})
    first = only["items"][0]
    start, gold = first["start"], first["gold"]
    assert first["text"][gold["start"] - start : gold["end"] - start] == "Zoë"
    assert first["predicted"] is None
    assert found.mistakes(kind="label")["count"] == 0


def test_what_a_version_stopped_on_comes_before_the_golden_set(project: Modelled) -> None:
    project.golden(3)
    text = "x" * 200 + " Oslo Acme " + "y" * 200
    dev = Document(text, "long", spans=(Span(201, 205, "PER"), Span(206, 210, "ORG")))
    splits = {"train": [Document("Acme rose.", "t")], "dev": [dev]}
    versions = DatasetVersions(project.store, project.artefacts, project=1)
    dataset = versions.create("first", splits, created=NOW).address
    path = project.directory(*EVERYTHING)
    models.add(project.store, project.artefacts, 1, path, now=NOW, dataset=dataset)
    found = look(project, 1)
    assert (found.golden, found.dataset) == (False, dataset)
    (mistake,) = found.mistakes()["items"]
    assert (mistake["kind"], mistake["document"], mistake["cut"]) == ("label", "long", [True, True])
    assert (mistake["gold"]["label"], mistake["predicted"]["label"]) == ("PER", "GPE")
    assert found.mistakes()["labels"] == {"PER": 1, "GPE": 1}


def test_two_versions_with_intervals(project: Modelled) -> None:
    project.golden(30)
    project.add("Acme", "Ada")
    project.add(*EVERYTHING)
    load = lambda one: project.served(1, one)[1]  # noqa: E731
    found = beside(project.store, project.artefacts, 1, 2, 1, load=load)
    assert (found["number"], found["against"], found["documents"]) == (2, 1, 30)
    overall = found["overall"]
    assert (overall["b"], overall["verdict"], overall["support"]) == (1.0, "b", 120)
    assert overall["a"] < overall["b"]
    assert found["per_label"]["GPE"] | {"p_value": 0} == {
        **{"a": 0.0, "b": 1.0, "difference": 1.0, "low": 1.0, "high": 1.0, "p_value": 0, "verdict": "b"},
        "support": 30,
    }
    assert found["per_label"]["ORG"]["verdict"] == "no difference shown"


def test_without_held_out_documents_there_is_nothing_to_look_at(project: Modelled) -> None:
    project.add("Acme")
    with pytest.raises(InputError, match="no golden set"):
        look(project, 1)
    with pytest.raises(InputError, match="model 7"):
        look(project, 7)
