"""Pages of the log: every row once, in order, whatever the size of a page; and what an erasure would take."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from livener.errors import InputError
from livener.monitoring.log import Inferences, Log, LogWriter, Window, pages
from livener.monitoring.log.upkeep import Erasable, erasable, erase
from livener.text import Document, Span

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WEEK = Window(NOON - timedelta(days=3), NOON + timedelta(days=4))
EVERYTHING = pages.Wanted()


def fill(folder: Path) -> None:
    """Sixty texts of two days, five at each moment; the last of them still in an open file."""
    with LogWriter(folder, sync_seconds=0.01) as writer:
        for number in range(12):
            spans = (Span(0, 4, "ORG", 0.9), Span(0, 8, "PER", 0.6), Span(5, 8, "PER", 0.7))
            meta = {"domain": "news" if number % 2 else "law", "person": f"p{number % 3}"}
            several = [Document("Acme Zoë left.", f"d{number}-{i}", meta, spans[: i % 4]) for i in range(5)]
            at = NOON + timedelta(hours=4 * number)
            caller = "ann" if number < 6 else "bob"
            writer.append(Inferences(at, 1, several, model=11 + number % 2, pipeline="crf.v1", caller=caller))
            if number == 8:
                writer.flush()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    fill(tmp_path / "log")
    return Log(tmp_path / "log")


def everything(part: Any, place: Any, log: Log, wanted: pages.Wanted, *, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while several := part(log, 1, WEEK, wanted, limit=limit, after=after):
        assert len(several) <= limit
        found += several
        after = place(several[-1])
    return found


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_each_row_is_on_one_page(log: Log, limit: int) -> None:
    spans = everything(pages.spans, pages.span_place, log, EVERYTHING, limit=limit)
    assert [pages.span_place(row) for row in spans] == sorted({pages.span_place(row) for row in spans})
    assert len(spans) == len(log.spans(1, WEEK)) == 72
    documents = everything(pages.documents, pages.document_place, log, EVERYTHING, limit=limit)
    assert [row["key"] for row in documents] == log.documents(1, WEEK)["key"].to_pylist()
    assert sum(len(row["spans"]) for row in documents) == 72
    assert {row["key"] for row in spans} == {row["key"] for row in documents if row["spans"]}


@pytest.mark.parametrize(
    ("wanted", "spans", "documents"),
    [
        (pages.Wanted(label="ORG"), 36, 36),
        (pages.Wanted(surface="Acme", version=12), 18, 18),
        (pages.Wanted(surface="Zoë", domain="law"), 6, 6),
        (pages.Wanted(caller="bob", label="PER"), 18, 12),
        (pages.Wanted(document="d3-2"), 2, 1),
        (pages.Wanted(caller="cy"), 0, 0),
    ],
)
def test_only_what_is_wanted(log: Log, wanted: pages.Wanted, spans: int, documents: int) -> None:
    assert len(everything(pages.spans, pages.span_place, log, wanted, limit=10)) == spans
    assert len(everything(pages.documents, pages.document_place, log, wanted, limit=10)) == documents


def test_a_span_says_of_which_text_it_is(log: Log) -> None:
    first = pages.spans(log, 1, WEEK, pages.Wanted(surface="Zoë", version=12), limit=1)[0]
    assert (first["key"], first["caller"], first["pipeline"], first["model"]) == ("d1-3", "ann", "crf.v1", 12)


def test_a_window_is_as_it_is_asked_for() -> None:
    week = pages.window_of(None, None, now=NOON)
    assert (week.since, week.until) == (NOON - timedelta(days=7), NOON)
    assert pages.window_of(datetime(2024, 4, 30), None, now=NOON).since == datetime(2024, 4, 30, tzinfo=UTC)
    for since, until in (
        (NOON, NOON),
        (datetime(2020, 1, 1), None),
        (None, datetime(9999, 12, 31)),
        (datetime.min, None),
    ):
        with pytest.raises(InputError, match="window"):
            pages.window_of(since, until, now=NOON)


def test_what_would_be_erased_is_counted_and_left(log: Log, tmp_path: Path) -> None:
    later, folder = NOON + timedelta(days=9), tmp_path / "log"
    assert erasable(folder, 1, by="person", value="p1", now=later) == Erasable(20, 24)
    assert erasable(folder, 1, by="key", value="d11-3", now=later) == Erasable(1, 3)
    assert erasable(folder, 2, by="person", value="p1", now=later) == Erasable(0, 0)
    assert len(log.documents(1, WEEK)) == 60
    assert erase(folder, 1, by="person", value="p1", now=later) == 20
    assert erasable(folder, 1, by="person", value="p1", now=later) == Erasable(0, 0)
    assert (len(log.documents(1, WEEK)), len(log.spans(1, WEEK))) == (40, 48)


def test_what_is_open_is_counted_once(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "log", sync_seconds=0.01) as writer:
        document = Document("Acme.", "d1", spans=(Span(0, 4, "ORG", 0.9),))
        writer.append(Inferences(NOON, 1, [document], 1, "crf.v1"))
        while writer.waiting:
            pass
        given: dict[str, Any] = {"by": "key", "value": "d1", "now": NOON}
        assert erasable(tmp_path / "log", 1, **given) == Erasable(1, 1)
        erase(tmp_path / "log", 1, **given)
        assert erasable(tmp_path / "log", 1, **given) == Erasable(0, 0)
