"""What production did, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.monitoring.drift.simulated import RATES, production
from tests.server.live import Live, people, running

from livener.client import Refused
from livener.errors import InputError
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.server import Settings
from livener.server.settings import LogSettings
from livener.store import Store
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


def test_a_look_at_production_raises_what_moved(store: Store, tmp_path: Path) -> None:
    people(store)
    rng, now = np.random.default_rng(0), datetime.now(UTC)
    with LogWriter(tmp_path / "log") as writer:
        for hours, rates in ((60, RATES), (36, RATES), (2, {**RATES, "PER": 0.1})):
            found = production(150, rng, rates=rates)
            at = now - timedelta(hours=hours)
            writer.append(Inferences(at, project=1, documents=found, model=1, pipeline="crf.v1"))
    with running(store, tmp_path, settings=Settings(log=LogSettings(url=str(tmp_path / "log")))) as live:
        lea, address = live.project("lea"), f"{live.url}/v1/projects/news/monitoring/watch"
        lead, reviewer = ({"Authorization": f"Bearer lvn_{name}"} for name in ("lea", "rita"))
        found = httpx.post(address, json={"reference": 9, "current": 1}, headers=lead, timeout=60).json()
        assert "PER" in found["drifted"]
        assert [lea.get(f"alerts/{id}")["kind"] for id in found["raised"]] == ["drift"] * len(found["drifted"])
        assert httpx.post(address, json={}, headers=reviewer).status_code == 403
