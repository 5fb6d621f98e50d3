"""A running server with a project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.live import Live, people, running

from livener.store import Store


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    with running(store, tmp_path) as found:
        yield found
