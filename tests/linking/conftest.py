"""A small knowledge base."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livener.linking import Entity, KnowledgeBase

ENTITIES = [
    Entity("Q90", "Paris", ("City of Light", "Ville de Paris"), "LOC", "capital of France on the river Seine", 90.0),
    Entity("Q830149", "Paris, Texas", ("Paris",), "LOC", "town in Texas with a rodeo", 3.0),
    Entity("Q47899", "Paris Hilton", ("Hilton",), "PER", "heiress and singer", 20.0),
    Entity("Q60", "New York City", ("New York",), "LOC", "city", 80.0),
    Entity("Q11220", "United States Navy", (), "ORG", "armed force", 10.0),
    Entity("Q76", "Barack Obama", (), "PER", "president", 50.0),
    Entity("Q72", "Zürich", ("Zuerich",), "LOC", "city", 9.0),
    Entity("Q148", "中国", ("China",), "LOC", "country", 9.0),
]


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    made = KnowledgeBase.build(tmp_path / "kb", ENTITIES)
    yield made
    made.close()
