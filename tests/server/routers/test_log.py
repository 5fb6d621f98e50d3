"""The inference log over HTTP: asked for, page after page, and rid of whom it must forget."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from tests.server.live import Live, people, running

from livener.client import Refused
from livener.client.logged import LoggedDocument, LoggedSpan
from livener.errors import InputError
from livener.monitoring.log import Inferences, LogWriter
from livener.server import Settings
from livener.server.settings import LogSettings
from livener.store import Store
from livener.store.models import AuditEntry
from livener.text import Document, Span

NOW = datetime.now(UTC).replace(microsecond=7)


@pytest.fixture
def logged(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    with LogWriter(tmp_path / "log") as writer:
        for days in (30, 3, 2, 1):
            meta = {"person": f"p{days}", "domain": "news"}
            spans = (Span(0, 9, "ORG", 0.9, "crf"), Span(15, 18, "PER", 0.7, "crf"))
            document = Document("Acme Corp paid Zoë.", f"d{days}", meta, spans)
            given = Inferences(NOW - timedelta(days=days), 1, [document], 12 if days != 2 else 13, "crf.v1")
            writer.append(given)
    with running(store, tmp_path, settings=Settings(log=LogSettings(url=str(tmp_path / "log")))) as live:
        yield live


def test_all_predictions_of_acme_corp_by_version_12_last_week(logged: Live) -> None:
    rita = logged.client("rita")
    asked = {"surface": "Acme Corp", "version": 12}
    found = [LoggedSpan.model_validate(one) for one in rita.items("projects/news/log/spans", **asked, limit=1)]
    assert [(one.document, one.label, one.start, one.version, one.domain) for one in found] == [
        ("d3", "ORG", 0, 12, "news"),
        ("d1", "ORG", 0, 12, "news"),
    ]
    assert found[0].time == NOW - timedelta(days=3)
    month = rita.get("projects/news/log/spans", **asked, since=(NOW - timedelta(days=40)).isoformat())
    assert [one["document"] for one in month["items"]] == ["d30", "d3", "d1"]
    texts = [LoggedDocument.model_validate(one) for one in rita.items("projects/news/log/documents", label="PER")]
    assert [(one.document, one.version, [span.surface for span in one.spans]) for one in texts] == [
        (key, version, ["Acme Corp", "Zoë"]) for key, version in (("d3", 12), ("d2", 13), ("d1", 12))
    ]


def test_what_cannot_be_asked(logged: Live) -> None:
    rita = logged.client("rita")
    with pytest.raises(Refused, match="needs the role"):
        logged.client("ann").get("projects/news/log/spans")
    for wrong in ({"cursor": "WzEsMl0"}, {"since": "2020-01-01T00:00:00Z"}, {"since": "soon"}, {"version": 0}):
        with pytest.raises(InputError):
            rita.get("projects/news/log/spans", **wrong)


def test_who_is_to_be_forgotten_is_counted_and_then_gone(logged: Live, store: Store) -> None:
    root, rita = logged.client("root"), logged.client("rita")
    headers = {"Authorization": "Bearer lvn_lea"}
    address = f"{logged.url}/v1/projects/news/log/erase"
    assert httpx.post(address, json={"person": "p2"}, headers=headers).status_code == 403
    tried = root.send("POST", "projects/news/log/erase", {"person": "p2", "dry_run": True})
    assert tried == {"documents": 1, "spans": 2, "dry_run": True}
    assert len(list(rita.items("projects/news/log/documents"))) == 3
    done = root.send("POST", "projects/news/log/erase", {"person": "p2"})
    assert done == {"documents": 1, "spans": 2, "dry_run": False}
    root.send("POST", "projects/news/log/erase", {"document": "d1"})
    assert [one["document"] for one in rita.items("projects/news/log/documents")] == ["d3"]
    with store.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "erase")).all()
    assert [(one.detail["by"], one.detail["documents"]) for one in noted] == [("person", 1), ("key", 1)]
    assert "p2" not in str(noted[0].detail).replace(noted[0].detail["sha256"], "")
    for wrong in ({}, {"person": "p", "document": "d"}):
        with pytest.raises(InputError, match="not one of document and person"):
            root.send("POST", "projects/news/log/erase", wrong)


def test_a_server_without_a_log_has_none_to_ask(live: Live) -> None:
    with pytest.raises(InputError, match="keeps no inference log"):
        live.client("rita").get("projects/news/log/documents")
