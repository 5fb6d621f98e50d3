"""A project on each database, and a worker that does what is asked and nothing by itself."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.loop.annotated import Later, new_project

from livener.loop import jobs
from livener.loop.worker import Worker
from livener.store import Artefacts, Store


@dataclass
class Place:
    """A store with the project 1, and the folder beside it."""

    store: Store
    folder: Path
    clock: Later = field(default_factory=Later)
    told: list[tuple[int, str, object]] = field(default_factory=list)

    @property
    def artefacts(self) -> Artefacts:
        return Artefacts(self.folder / "artefacts")

    def worker(self) -> Worker:
        """One that has not begun: `Worker.run` does a job here and now."""
        tell = lambda *event: self.told.append(event)  # noqa: E731
        return Worker(self.store, self.artefacts, self.folder, clock=self.clock, tell=tell)

    def job(self, id: int) -> jobs.Job:
        with self.store.reading() as session:
            return jobs.get(session, 1, id)


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    """A new project."""
    new_project(store)
    return Place(store, tmp_path)
