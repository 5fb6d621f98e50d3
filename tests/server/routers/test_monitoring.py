"""What production did, over HTTP."""

from collections.abc import Callable

import pytest
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.text import Document


def test_an_empty_project_has_empty_charts(live: Live, fill: Callable[..., None]) -> None:
    fill(Document("Acme rose.", "d1"))
    rita = live.project("rita")
    assert rita.get("monitoring/quality")["rolling"] == []
    events = rita.get("monitoring/timeline")["events"]
    assert [one["kind"] for one in events] == ["guidelines"]
    with pytest.raises(InputError, match="keeps no inference log"):
        rita.get("monitoring/labels")
    with pytest.raises(Refused, match="needs the role"):
        live.project("ann").get("monitoring/timeline")
