"""What production did, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.learning.project import Modelled
from tests.monitoring.drift.simulated import RATES, production
from tests.monitoring.listening import http_server
from tests.server.live import Live, people, running

from livener.client import Refused
from livener.errors import InputError
from livener.monitoring.channels import AlertSettings
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.server import Settings
from livener.server.settings import LogSettings
from livener.store import Store
from livener.store.models import Project
from livener.text import Document

EMPTY = {"day": None, "domain": None, "label": None, "documents": 0, "precision": None, "recall": None, "f1": None}


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
        assert found["verdict"] == "text"  # one version read both
        assert all("; the text has changed" in lea.get(f"alerts/{id}")["summary"] for id in found["raised"])
        assert found["untold"] == {}
        behind = lea.get(
            "monitoring/documents", day=(now - timedelta(days=3)).date().isoformat(), days=4, label="PER"
        )
        assert len(behind["documents"]) == 50
        assert lea.get("monitoring/rolling") == {"whole": [EMPTY], "days": []}
        assert lea.get("monitoring/new-labels") == []
        assert [lea.get(f"alerts/{id}")["kind"] for id in found["raised"]] == ["drift"] * len(found["drifted"])
        assert httpx.post(address, json={}, headers=reviewer).status_code == 403


def test_a_look_at_production_reads_again_what_another_version_read(store: Store, tmp_path: Path) -> None:
    people(store)
    made = Modelled(store, tmp_path)
    made.golden()
    made.add("Ada", "Acme", "Oslo")
    made.add("Acme", "Oslo")  # it does not know Ada
    now, texts = datetime.now(UTC), [f"{n % 7}: Ada of Acme flew to Oslo." for n in range(200)]
    with LogWriter(tmp_path / "log") as writer:
        for hours, number in ((40, 1), (2, 2)):
            found = list(made.served(1, number)[1].pipe(texts))
            at = now - timedelta(hours=hours)
            writer.append(Inferences(at, project=1, documents=found, model=number, pipeline="gazetteer.v1"))
    with http_server() as heard:
        chat = {"kind": "slack", "url": f"http://127.0.0.1:{heard.port}/chat"}
        with store.writing() as session:
            session.get_one(Project, 1).settings = {"channels": {"chat": chat}}
        local = AlertSettings(allow=("127.0.0.1",), private=True)
        settings = Settings(log=LogSettings(url=str(tmp_path / "log")), alerts=local)
        with running(store, tmp_path, settings=settings) as live:
            found = live.project("lea").send("POST", "monitoring/watch", {"reference": 9, "current": 1})
            summaries = [live.project("lea").get(f"alerts/{id}")["summary"] for id in found["raised"]]
    assert found["verdict"] == "model"
    assert any(one.startswith("PER:") for one in summaries)
    assert all(one.endswith("; the model has changed, the text has not") for one in summaries)
    assert len(heard.came) == len(summaries)
