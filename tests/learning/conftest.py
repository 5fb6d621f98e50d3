"""Projects with models."""

from pathlib import Path

import pytest
from tests.learning.project import Modelled, new_project

from livener.store import Store


@pytest.fixture
def modelled(store: Store, tmp_path: Path) -> Modelled:
    """A project with a golden set and no model, on each database."""
    new_project(store)
    made = Modelled(store, tmp_path)
    made.golden()
    return made
