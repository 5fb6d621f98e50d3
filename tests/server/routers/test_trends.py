"""What was answered over time and how right it was, over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.server.live import Live, people, running

from livener.client.trends import Trends
from livener.errors import InputError
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.review.intake import import_documents
from livener.server.settings import LogSettings, Settings
from livener.store import Store
from livener.text import Document, Span

NOW = datetime.now(UTC)
ADA = Document("Ada left Acme.", spans=(Span(0, 3, "PER", 0.9), Span(9, 13, "ORG", 0.5)))
ZOE = Document("Zoë left.", spans=(Span(0, 3, "PER", 0.7),))
SINCE, UNTIL = NOW - timedelta(days=4), NOW + timedelta(hours=1)


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    with LogWriter(tmp_path / "log") as writer:
        for at, documents in ((NOW - timedelta(days=3), [ADA]), (NOW - timedelta(minutes=5), [ADA, ZOE])):
            writer.append(Inferences(at, project=1, documents=documents, model=1, pipeline="crf.v1"))
        writer.append(Inferences(NOW, project=2, documents=[ZOE], model=1, pipeline="crf.v1"))
    given = LogSettings(url=str(tmp_path / "log"))
    with running(store, tmp_path, settings=Settings(log=given)) as live:
        yield live


def ask(live: Live, name: str = "rita", **options: object) -> Trends:
    span = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    return Trends.model_validate(live.project(name).get("trends", **(span | options)))


def test_what_was_answered_by_part_and_label(live: Live) -> None:
    found = ask(live, parts=4).served
    assert [part.documents for part in found] == [1, 0, 0, 2]
    last = found[-1]
    assert {label: each.spans for label, each in last.labels.items()} == {"PER": 2, "ORG": 1}
    assert last.labels["PER"].score == pytest.approx(0.8)
    assert last.entropy is not None
    assert last.entropy > 0
    assert found[1].entropy is None


def test_how_right_what_people_were_shown_was(live: Live, store: Store) -> None:
    spans = (Span(0, 3, "PER", 0.9), Span(9, 13, "ORG", 0.6))
    documents = [Document("Ada left Acme.", f"d{number}", spans=spans) for number in range(2)]
    import_documents(store, 1, documents, now=datetime.now(UTC), tasks=True, pipeline="crf.v1")
    ann = live.project("ann")
    for task in ann.next(count=2).tasks:
        ann.submit(task, [Span(0, 3, "PER")])
    found = ask(live, parts=2).settled
    assert (found.documents, found.f1) == (2, pytest.approx(2 / 3))
    assert [part.documents for part in found.parts] == [0, 2]
    assert found.parts[0].f1 is None
    assert found.parts[1].labels == {"PER": 1.0, "ORG": 0.0}
    assert found.reliability is not None
    assert [(one.count, one.accuracy) for one in found.reliability.bins] == [(2, 0.0), (2, 1.0)]


def test_a_time_that_ends_before_it_begins(live: Live) -> None:
    with pytest.raises(InputError, match="ends before"):
        ask(live, until=SINCE.isoformat())
