"""What the golden set says of the versions that served, each from when on it did."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.learning.project import NOW, Modelled, new_project

from livener.learning import gate, models
from livener.loop import held_out
from livener.store import Store

DAY = timedelta(days=1)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_each_version_counts_from_when_on_it_served(store: Store, tmp_path: Path) -> None:
    new_project(store)
    made = Modelled(store, tmp_path)
    made.golden()
    for words in (("Ada", "Acme"), ("Ada", "Acme", "Oslo"), ("Ada", "Acme", "Oslo", "Zoë")):
        made.add(*words)
    for number, days, alias in ((1, 0, "production"), (3, 9, "candidate"), (2, 11, "production")):
        at = NOW + days * DAY
        gate.gate(store, made.artefacts, 1, number, load=lambda one: made.served(1, one)[1], now=at, by=1)
        with store.writing() as session:
            models.promote(session, 1, number, alias=alias, reason="x", by=1, now=at)
    with store.writing() as session:
        models.rollback(session, 1, reason="x", by=1, now=NOW + 12 * DAY)
    with store.reading() as session:
        found = list(held_out.served(session, 1, since=NOW + 5 * DAY, until=NOW + 20 * DAY))
        later = list(held_out.served(session, 1, since=NOW + 15 * DAY, until=NOW + 20 * DAY))
        assert list(held_out.served(session, 1, since=NOW - 5 * DAY, until=NOW)) == []
    days = [((one["at"] - NOW) / DAY, one["number"], one["documents"]) for one in found]
    assert days == [(5, 1, 40), (11, 2, 40), (12, 1, 40)]
    first, second = (one["labels"] for one in found[:2])
    assert (first["*"]["precision"], first["*"]["recall"], first["*"]["support"]) == (1.0, 0.5, 160)
    assert (first["GPE"]["recall"], second["GPE"]["recall"], second["PER"]["recall"]) == (0.0, 1.0, 0.5)
    assert found[2]["labels"] == first
    assert [(one["at"], one["number"]) for one in later] == [(NOW + 15 * DAY, 1)]
