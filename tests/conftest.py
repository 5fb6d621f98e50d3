"""What every test may use: hypothesis profiles and the data sets that lie beside the repository."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: the first example of a test may compile numba kernels.
settings.register_profile("default", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("LIVENER_HYPOTHESIS", "default"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets: $LIVENER_SHARED_DATA, else ../shared/data beside the repository."""
    given = os.environ.get("LIVENER_SHARED_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if folder.is_dir():
        return folder
    if given:
        pytest.fail(f"LIVENER_SHARED_DATA={given} is not a folder")
    pytest.skip("needs the data sets of ../shared/data, or of $LIVENER_SHARED_DATA")
