"""Background jobs over HTTP: begun, done by the server itself, watched, and ended."""

import time
from pathlib import Path

import pytest
from tests.loop.annotated import NOW, documents
from tests.server.live import Live, people, running

from livener.errors import InputError
from livener.loop.settings import WorkerSettings
from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import GuidelineVersion, User


def gold(store: Store) -> None:
    with store.reading() as session:
        lead = session.query(User.id).filter_by(name="lea").scalar()
        assert session.query(GuidelineVersion).count() == 1
    import_documents(store, 1, documents(0, 100), now=NOW, user_id=lead, gold=True)


def test_a_server_does_its_jobs(store: Store, tmp_path: Path) -> None:
    people(store)
    gold(store)
    with running(store, tmp_path, work=WorkerSettings(beat_seconds=0.1)) as live:
        lead = live.project("lea")
        begun = lead.send("POST", "jobs", {"kind": "learn"})
        assert (begun["state"], begun["reason"], begun["user"]) == ("queued", "asked for by lea", "lea")
        while (found := lead.get(f"jobs/{begun['id']}"))["state"] in {"queued", "running"}:
            time.sleep(0.05)
        assert found["state"] == "done", found["problem"]
        assert found["result"]["model"] == 1
        log = [note["message"] for note in lead.items(f"jobs/{begun['id']}/log", limit=2)]
        assert log[0].startswith("begun by ")
        assert log[-1] == "done"
        assert [job["id"] for job in live.project("ann").items("jobs")] == [begun["id"]]


def test_without_a_worker_a_job_waits_and_can_be_cancelled(live: Live) -> None:
    lead = live.project("lea")
    begun = lead.send("POST", "jobs", {"kind": "learn", "arguments": {"seed": 1}, "reason": "the new guidelines"})
    assert lead.send("POST", "jobs", {"kind": "learn"})["id"] == begun["id"]
    assert list(lead.items("jobs", state="running")) == []
    ended = lead.send("POST", f"jobs/{begun['id']}/cancel")
    assert (ended["state"], ended["problem"]) == ("cancelled", "cancelled by lea")
    assert ended["arguments"] == {"seed": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "dance"}, "no job is called 'dance'"),
        ({"kind": "learn", "arguments": {"steps": 1}}, "arguments.steps"),
        ({}, "kind"),
    ],
)
def test_what_cannot_be_begun(live: Live, body: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        live.project("lea").send("POST", "jobs", body)
    with pytest.raises(InputError, match="no job 7"):
        live.project("lea").get("jobs/7")
