"""Projects with models."""

from pathlib import Path

import pytest
from tests.learning.project import Modelled

from livener.store import Store


@pytest.fixture
def modelled(store: Store, tmp_path: Path) -> Modelled:
    """A project with a golden set and no model, on each database."""
    made = Modelled(store, tmp_path)
    made.golden()
    return made
