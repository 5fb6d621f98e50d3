"""Projects in which people work."""

import pytest
from tests.review.team import Team, build
from tests.review.worked import Worked

from livener.review.rules import Rules
from livener.store import Store


@pytest.fixture
def worked(store: Store) -> Worked:
    """A project with people and guidelines, on each database."""
    return Worked(store)


@pytest.fixture
def team(store: Store) -> Team:
    """Everything alone: one annotator a task, and only disagreement goes up."""
    return build(store, Rules())


@pytest.fixture
def pair(store: Store) -> Team:
    """Two annotators a task."""
    return build(store, Rules(overlap=2))
