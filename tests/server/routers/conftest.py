"""A running server with a project."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.server.live import Live, people, running

from livener.review.intake import import_documents
from livener.store import Store
from livener.text import Document


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    with running(store, tmp_path) as found:
        yield found


@pytest.fixture
def fill(live: Live) -> Callable[..., None]:
    """Put documents into the project, each with a task."""

    def fill(*documents: Document, **options: int) -> None:
        import_documents(live.store, 1, documents, now=datetime.now(UTC), **options)

    return fill
