"""A project with something of everything in it."""

import pytest
from tests.store.examples import fill_project, fill_rest, fill_review

from livener.store import Store


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with a row of every table."""
    with store.writing() as session:
        fill_project(session)
        fill_review(session)
        fill_rest(session)
    return store
