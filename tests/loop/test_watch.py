"""The watch over production: a real inference log, drift as an alert, calm as its end; sure and wrong."""

from datetime import timedelta
from pathlib import Path

import numpy as np
from tests.loop.annotated import NOW
from tests.monitoring.drift.simulated import RATES, production

from livener.loop.watch import WatchArguments, compared
from livener.monitoring import production as seen
from livener.monitoring.log import Log, LogWriter, Window
from livener.monitoring.log.rows import Inferences


def logged(folder: Path, *, lost: bool) -> Log:
    """Ten days of production; on the last one PER is found less often where ``lost``."""
    rng = np.random.default_rng(0)
    with LogWriter(folder) as writer:
        for day in range(10, 0, -1):
            rates = {**RATES, "PER": 0.2} if lost and day == 1 else RATES
            at = NOW - timedelta(days=day) + timedelta(hours=1)
            found = production(120, rng, rates=rates, meta={"domain": "news"})
            writer.append(Inferences(at, project=1, documents=found, model=1, pipeline="crf.v1"))
    return Log(folder)


def test_what_moved_in_the_log_is_found(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", lost=True)
    found = compared(log, 1, WatchArguments(reference=9, current=1), now=NOW)
    assert found
    assert found[0].subject == "PER"
    assert "since 2024-04-30" in found[0].summary
    assert found[0].documents[0]["text"]
    assert compared(log, 2, WatchArguments(), now=NOW) is None  # another project has nothing

    days = seen.label_days(log, 1, Window(NOW - timedelta(days=30), NOW))
    assert len({row["day"] for row in days}) == 10
    assert all(row["documents"] == 120 for row in days)
    last = next(row for row in days if row["day"] == "2024-04-30" and row["label"] == "PER")
    assert last["spans"] < 60
    day = Window(NOW - timedelta(days=1), NOW)
    behind = seen.behind(log, 1, day, label="PER", limit=5)
    assert len(behind) == 5
    assert all(any(span.label == "PER" for span in one.spans) for one in behind)
    assert sum(row["spans"] for row in seen.histogram(log, 1, day)) > 0


def test_a_calm_log_raises_nothing(tmp_path: Path) -> None:
    assert compared(logged(tmp_path / "log", lost=False), 1, WatchArguments(reference=9, current=1), now=NOW) == []
