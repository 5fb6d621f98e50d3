"""Models over HTTP: judged, promoted, seen by a server that runs, taken back."""

from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import select
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.store.models import AuditEntry

TEXT = "Ada of Acme flew to Oslo."


@pytest.fixture(autouse=True)
def models(live: Live, tmp_path: Path) -> None:
    """The project of the server with a golden set, a model that knows all, and one that knows less."""
    made = Modelled(live.store, tmp_path)
    made.golden()
    made.add(*EVERYTHING[:3])
    made.add(*EVERYTHING)
    made.add("Acme")


def test_from_the_gate_to_production_and_back(live: Live) -> None:
    lead = live.project("lea")
    assert [one["number"] for one in lead.items("models", limit=2)] == [3, 2, 1]
    for number in (1, 2):
        judged = lead.send("POST", f"models/{number}/gate")
        assert (judged["passed"], judged["against"], judged["user"]) == (True, number - 1 or None, "lea")
        moved = lead.send("POST", f"models/{number}/promote", {"reason": "it knows more"})
        assert (moved["alias"], moved["number"], moved["user"]) == ("production", number, "lea")
    seen = lead.send("POST", "models/3/shadow", {"texts": [TEXT, "Acme."]})
    assert (seen["against"], seen["same"]) == (2, 1)
    assert [span["text"] for span in seen["documents"][0]["candidate"]] == ["Acme"]
    began = perf_counter()
    back = lead.send("POST", "models/rollback", {"reason": "an incident"})
    assert (back["number"], back["before"], back["rollback"]) == (1, 2, True)
    assert lead.send("POST", "models/3/shadow", {"texts": [TEXT]})["against"] == 1
    assert perf_counter() - began < 10  # a second, on a machine with nothing else to do
    assert lead.get("models/1")["aliases"] == ["production"]
    assert [one["reason"] for one in lead.items("models/moves", limit=1)] == [
        "an incident",
        "it knows more",
        "it knows more",
    ]
    with live.store.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "alias production"))
        assert list(actions) == ["model.promote", "model.promote", "model.rollback"]


def test_a_rejected_one_and_its_report(live: Live) -> None:
    lead = live.project("lea")
    lead.send("POST", "models/2/gate")
    lead.send("POST", "models/2/promote", {"reason": "the first"})
    judged = lead.send("POST", "models/3/gate")
    assert not judged["passed"]
    assert lead.get("models/3")["gate"] == {key: judged[key] for key in ("id", "passed", "against", "at")}
    assert live.project("rita").get(f"models/gates/{judged['id']}") == judged
    listed = list(live.project("ann").items("models/gates", limit=1))
    assert [(one["number"], one["report"]) for one in listed] == [(3, None), (2, None)]
    with pytest.raises(InputError, match="did not pass the gate"):
        lead.send("POST", "models/3/promote", {"reason": "I want it"})
    lead.send("POST", "models/3/promote", {"reason": "to be watched", "alias": "shadow"})
    for name in ("ann", "eve"):
        with pytest.raises(Refused) as refused:
            live.project(name).send("POST", "models/3/promote", {"reason": "mine", "alias": "shadow"})
        assert refused.value.status == 403


def test_examples_that_must_pass(live: Live) -> None:
    reviewer, lead = live.project("rita"), live.project("lea")
    spans = [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}]
    made = reviewer.send("POST", "models/regressions", {"text": TEXT, "spans": spans, "note": "missed in May"})
    assert (made["spans"][0]["text"], made["user"]) == ("Ada", "rita")
    assert list(reviewer.items("models/regressions", limit=1)) == [made]
    assert lead.send("POST", "models/3/gate")["reasons"] == ["must_pass: 1 of 1 fail"]
    lead.send("DELETE", f"models/regressions/{made['id']}")
    assert lead.send("POST", "models/3/gate")["passed"]
    for wrong in ({"text": TEXT}, {"text": TEXT, "spans": [{"start": 0, "end": 3, "label": "PER", "text": "Eve"}]}):
        with pytest.raises(InputError):
            reviewer.send("POST", "models/regressions", wrong)


def test_what_is_not_there(live: Live) -> None:
    lead = live.project("lea")
    for path in ("models/9", "models/gates/9"):
        with pytest.raises(InputError):
            lead.get(path)
    with pytest.raises(InputError, match="no alias 'production'"):
        lead.send("POST", "models/1/shadow", {"texts": [TEXT]})
    with pytest.raises(InputError, match="no alias 'production'"):
        lead.send("POST", "models/rollback", {"reason": "why not"})


def test_rules_of_the_gate_that_cannot_be(live: Live) -> None:
    lead = live.project("lea")
    lead.send("PATCH", "", {"settings": {"gate": {"drop": 0.01}}})
    with pytest.raises(InputError, match=r"gate\.drop"):
        lead.send("PATCH", "", {"settings": {"gate": {"drop": 2}}})
