"""Alerts over HTTP: raised, seen, reviewed by one click, closed; and over a store."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import func, select
from tests.monitoring.drift.simulated import RATES, production
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.loop.alerts import open_review
from livener.monitoring import alerts
from livener.monitoring.drift import detect, measure
from livener.store import models

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def drifted() -> list[alerts.Found]:
    """PER is found half as often as before; the project of the server has no LOC."""
    rng = np.random.default_rng(0)
    reference = measure(production(400, rng))
    current = measure(production(300, rng, rates={**RATES, "PER": 0.3}), labels=reference.labels)
    return alerts.from_drift(detect(reference, current), current)


def test_from_the_alert_to_the_review_and_the_end(live: Live) -> None:
    with live.store.writing() as session:
        (first, *_rest) = alerts.raise_alerts(session, 1, drifted(), now=NOW)
    lead, reviewer = live.project("lea"), live.project("rita")
    listed = list(reviewer.items("alerts"))
    assert {one["subject"] for one in listed} >= {"PER"}
    shown = reviewer.get(f"alerts/{first}")
    assert shown["found"]["findings"][0]["drifted"]
    assert len(shown["documents"]) == 20
    assert [event["what"] for event in shown["events"]] == ["opened"]

    taken = reviewer.send("POST", f"alerts/{first}/acknowledge", {"note": "I look"})
    assert (taken["state"], taken["events"][-1]["user"]) == ("acknowledged", "rita")
    with pytest.raises(Refused, match="needs the role 'lead'"):
        reviewer.send("POST", f"alerts/{first}/review")
    made = lead.send("POST", f"alerts/{first}/review")
    assert (made["batch"], made["tasks"], made["documents"]) == (f"alert-{first}", 20, 20)
    assert lead.send("POST", f"alerts/{first}/review")["tasks"] == 0  # what is open is not opened twice
    with live.store.reading() as session:
        assert session.scalar(select(func.count()).where(models.Task.batch == f"alert-{first}")) == 20
        labels = {span["label"] for (spans,) in session.execute(select(models.Prediction.spans)) for span in spans}
        assert labels <= {"PER", "ORG"}

    closed = lead.send("POST", f"alerts/{first}/close", {"reason": "the retrained model serves"})
    assert closed["state"] == "closed"
    assert [event["what"] for event in closed["events"]] == ["opened", "acknowledged", "sent to review", "closed"]
    assert first not in {one["id"] for one in reviewer.items("alerts", state="open")}
    with pytest.raises(InputError, match="is closed"):
        lead.send("POST", f"alerts/{first}/close", {"reason": "again"})
    with pytest.raises(InputError, match="no alert 999"):
        lead.get("alerts/999")


def test_one_thing_gone_wrong_is_one_alert(live: Live) -> None:
    found = drifted()
    with live.store.writing() as session:
        new = alerts.raise_alerts(session, 1, found, now=NOW)
        assert alerts.raise_alerts(session, 1, found, now=NOW) == []
        assert [event.what for event in alerts.get(session, 1, new[0]).events or ()] == ["opened", "seen again"]
        over = alerts.close_calm(session, 1, alerts.DRIFT, {found[0].subject}, said="calm again", now=NOW)
        assert set(over) == set(new[1:])
        assert alerts.close_calm(session, 1, alerts.DRIFT, (), said="calm again", now=NOW) == new[:1]
        assert len(alerts.raise_alerts(session, 1, found, now=NOW)) == len(found)


def test_without_texts_there_is_nothing_to_review(live: Live) -> None:
    found = alerts.Found(
        "drift", "PER", "fewer PER", {}, [{"key": "d", "text": "", "meta": {}, "spans": [], "why": ""}]
    )
    with live.store.writing() as session:
        (alert,) = alerts.raise_alerts(session, 1, [found], now=NOW)
    with pytest.raises(InputError, match="no texts to review"):
        open_review(live.store, 1, alert, by=1, now=NOW)
