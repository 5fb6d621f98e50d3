"""The channels of a project: shown without their secrets, tried by a route, told of new alerts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.monitoring.listening import http_server
from tests.server.live import Live, people, running

from livener.errors import InputError
from livener.loop.telling import tell_alerts
from livener.monitoring import alerts
from livener.monitoring.alerts import Found
from livener.monitoring.channels import AlertSettings
from livener.server import Settings
from livener.store import Store
from livener.store.models import Project

ALLOWED = AlertSettings(allow=("127.0.0.1",), private=True)


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    with running(store, tmp_path, settings=Settings(alerts=ALLOWED)) as live:
        yield live


def channels(live: Live, **given: object) -> None:
    with live.store.writing() as session:
        session.get_one(Project, 1).settings = {"channels": given}


def test_a_channel_is_tried(live: Live) -> None:
    lead = live.project("lea")
    with http_server() as heard:
        url = f"http://127.0.0.1:{heard.port}/services/secret"
        channels(live, chat={"kind": "slack", "url": url}, away={"kind": "webhook", "url": "https://example.org"})
        shown = lead.get("channels")
        assert [(one["name"], one["host"]) for one in shown] == [("chat", "127.0.0.1"), ("away", "example.org")]
        assert "secret" not in str(shown)
        assert "secret" in str(lead.get("")["settings"])
        assert "channels" not in live.project("ann").get("")["settings"]
        assert lead.send("POST", "channels/chat/test") == {"channel": "chat", "sent": True}
        assert b"this is a test, asked for by lea" in heard.came[0][2]
    with pytest.raises(InputError, match="not allowed"):
        lead.send("POST", "channels/away/test")
    with pytest.raises(InputError, match="no channel 'x'"):
        lead.send("POST", "channels/x/test")


def test_new_alerts_are_told_and_their_life_says_so(live: Live) -> None:
    now = datetime.now(UTC)
    with live.store.writing() as session:
        new = alerts.raise_alerts(session, 1, [Found("drift", "ORG", "ORG: fewer", {})], now=now)
    with http_server() as heard:
        url = f"http://127.0.0.1:{heard.port}"
        given = {"kind": "webhook", "url": url}
        channels(
            live,
            chat=given | {"url": f"{url}/chat"},
            other=given | {"kinds": ["calibration"]},
            away={"kind": "webhook", "url": "https://example.org"},
        )
        failed = tell_alerts(live.store.writing, 1, new, ALLOWED, now=now, link="https://ner.example.org")
    assert [path for _, path, _ in heard.came] == ["/chat"]
    assert b"https://ner.example.org/p/news/monitor?alert=1" in heard.came[0][2]
    assert list(failed) == ["away/1"]
    with live.store.reading() as session:
        life = alerts.get(session, 1, new[0]).events or ()
    assert {(one.what, one.note.partition(":")[0]) for one in life} >= {("told", "chat"), ("not told", "away/1")}
