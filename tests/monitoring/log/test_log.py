"""What was appended is read back: while it is open, as segments, merged, and without whom was erased."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from livener.errors import InputError
from livener.monitoring.log import Inferences, Log, LogWriter, Window
from livener.monitoring.log.upkeep import days, erase, maintain
from livener.text import Document, Span

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
WEEK = Window(NOON - timedelta(days=3), NOON + timedelta(days=4))


def inferences(number: int = 0, *, at: datetime = NOON, project: int = 1, **more: object) -> Inferences:
    text = f"Acme paid Zoë {number}."
    spans = (Span(0, 4, "ORG", 0.9, "crf"), Span(10, 13, "PER", 0.6, "crf"))
    meta = {"domain": "news", "person": f"p{number}", "language": "en", "other": 1}
    document = Document(text, f"d{number}", meta=meta, spans=spans)
    given = Inferences(at, project, [document], model=12, pipeline="crf.v1", request=f"r{number}", ms=1.5)
    return replace(given, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def writer(folder: Path) -> Iterator[LogWriter]:
    with LogWriter(folder, sync_seconds=0.01) as writer:
        yield writer


def wait(writer: LogWriter) -> None:
    """Until it is on the disk, open."""
    import time

    for _ in range(1000):
        if not writer.waiting:
            return
        time.sleep(0.01)
    raise AssertionError("never written")


def test_what_is_open_and_what_is_a_segment_read_alike(folder: Path, writer: LogWriter) -> None:
    writer.append(inferences(1))
    writer.append(inferences(2, at=NOON + timedelta(seconds=1)))
    wait(writer)
    log = Log(folder)
    opened = log.documents(1, DAY), log.spans(1, DAY)
    assert days(folder, 1) == []
    writer.flush()
    assert days(folder, 1) == [NOON.date()]
    assert [table.to_pylist() for table in opened] == [
        table.to_pylist() for table in (log.documents(1, DAY), log.spans(1, DAY))
    ]
    first = opened[0].to_pylist()[0]
    del first["id"]
    entropy = first.pop("entropy")
    assert entropy == pytest.approx((0.469 + 0.971) / 2, abs=1e-3)
    assert first == {
        "time": NOON,
        "project": 1,
        "request": "r1",
        "key": "d1",
        "person": "p1",
        "text": "Acme paid Zoë 1.",
        "text_hash": None,
        "length": 16,
        "spans": 2,
        "lowest": pytest.approx(0.6),
        "model": 12,
        "pipeline": "crf.v1",
        "guideline": None,
        "asked": "",
        "domain": "news",
        "source": None,
        "language": "en",
        "caller": "",
        "ms": 1.5,
    }
    assert (
        opened[1].select(["label", "surface", "start", "end", "recognizer", "domain"]).to_pylist()
        == [
            {"label": "ORG", "surface": "Acme", "start": 0, "end": 4, "recognizer": "crf", "domain": "news"},
            {"label": "PER", "surface": "Zoë", "start": 10, "end": 13, "recognizer": "crf", "domain": "news"},
        ]
        * 2
    )


def test_it_is_asked_by_version_label_surface_domain_project_and_time(folder: Path, writer: LogWriter) -> None:
    writer.append(inferences(1))
    writer.append(inferences(2, model=13))
    writer.append(inferences(3, project=2))
    writer.append(inferences(4, at=NOON + timedelta(days=1)))
    writer.flush()
    log = Log(folder)
    keys = log.documents(1, DAY)["key"].to_pylist()
    assert keys == ["d1", "d2"]
    assert log.documents(1, DAY, version=13, label="ORG")["key"].to_pylist() == ["d2"]
    assert log.documents(1, DAY, surface="Acme", domain="law")["key"].to_pylist() == []
    assert log.documents(2, DAY)["key"].to_pylist() == ["d3"]
    assert log.documents(1, WEEK)["key"].to_pylist() == ["d1", "d2", "d4"]
    assert log.spans(1, WEEK, surface="Acme", version=12)["label"].to_pylist() == ["ORG", "ORG"]
    counted = log.query("SELECT count(*) AS n FROM spans WHERE label = ?", 1, WEEK, ["PER"])
    assert counted.to_pylist() == [{"n": 3}]
    with pytest.raises(InputError, match="cannot be asked that"):
        log.query("SELECT nothing FROM documents", 1, DAY)


def test_texts_are_kept_or_redacted_or_hashed(
    folder: Path, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="LIVENER_LOG_KEY"):
        writer.append(inferences(1, text="hash"))
    monkeypatch.setenv("LIVENER_LOG_KEY", "secret")
    writer.append(inferences(1, text="hash"))
    writer.append(inferences(1, text="redacted"))
    writer.append(inferences(1, text="hash"))
    writer.flush()
    hashed, redacted, again = Log(folder).documents(1, DAY).to_pylist()
    assert (hashed["text"], redacted["text"]) == (None, "[ORG] paid [PER] 1.")
    assert hashed["text_hash"] == again["text_hash"] != redacted["text_hash"]
    surfaces = Log(folder).spans(1, DAY)["surface"].to_pylist()
    assert surfaces[2:4] == [None, None]
    assert surfaces[:2] == surfaces[4:]
    assert "Acme" not in surfaces


def test_small_segments_become_one_and_nothing_changes(folder: Path) -> None:
    for number in range(5):
        with LogWriter(folder) as writer:
            writer.append(inferences(number))
            writer.append(inferences(number, at=NOON - timedelta(days=1)))
    log = Log(folder)
    before = log.documents(1, WEEK).to_pylist(), log.spans(1, WEEK).to_pylist()
    assert maintain(folder, now=NOON).merged == 10
    assert len(list(folder.glob("documents/*/*/*.parquet"))) == 2
    assert (log.documents(1, WEEK).to_pylist(), log.spans(1, WEEK).to_pylist()) == before
    with LogWriter(folder) as writer:
        writer.append(inferences(9))
    assert maintain(folder, now=NOON).merged == 2
    assert len(log.documents(1, WEEK)) == 11


def test_a_merge_that_was_interrupted_counts_nothing_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        with LogWriter(folder) as writer:
            writer.append(inferences(number))
    monkeypatch.setattr("livener.monitoring.log.segments.Segments.remove", lambda *_: None)
    maintain(folder, now=NOON)
    monkeypatch.undo()
    assert len(list(folder.glob("documents/*/*/*.parquet"))) == 4
    assert Log(folder).documents(1, DAY)["key"].to_pylist() == ["d0", "d1", "d2"]


def test_what_is_old_goes(folder: Path) -> None:
    with LogWriter(folder) as writer:
        for age in range(5):
            writer.append(inferences(age, at=NOON - timedelta(days=age)))
    assert maintain(folder, now=NOON, retain_days=2).removed == 2
    assert Log(folder).documents(1, Window.last(days=9, until=DAY.until))["key"].to_pylist() == ["d2", "d1", "d0"]


@pytest.mark.parametrize(("by", "value"), [("key", "d1"), ("person", "p1")])
def test_who_is_erased_is_nowhere(folder: Path, writer: LogWriter, by: str, value: str) -> None:
    writer.append(inferences(1))
    writer.append(inferences(2))
    writer.flush()
    writer.append(inferences(1))  # in the open file
    writer.append(inferences(1, project=2))
    wait(writer)
    assert erase(folder, 1, by=by, value=value, now=NOON) == 2  # type: ignore[arg-type]
    log = Log(folder)
    assert log.documents(1, DAY)["key"].to_pylist() == ["d2"]
    writer.append(inferences(1, at=NOON + timedelta(hours=1)))  # asked for again, later
    writer.flush()
    assert log.documents(1, DAY)["key"].to_pylist() == ["d2", "d1"]
    assert len(log.spans(1, DAY)) == 4
    assert log.documents(2, DAY)["key"].to_pylist() == ["d1"]
    assert not any(value.encode() in path.read_bytes() for path in folder.glob("erased/*"))


def test_an_empty_log_has_no_rows(folder: Path) -> None:
    assert len(Log(folder).documents(1, DAY)) == len(Log(folder).spans(1, DAY)) == 0


def test_a_log_elsewhere(tmp_path: Path) -> None:
    """Any store of fsspec; what is written just now needs a folder here."""
    url = f"memory://{tmp_path.name}/log"
    with pytest.raises(InputError, match="local folder"):
        LogWriter(url)
    with LogWriter(url, spool=tmp_path / "spool") as writer:
        writer.append(inferences(1))
        writer.append(inferences(2))
        writer.flush()
        writer.append(inferences(3))
        wait(writer)
        assert len(Log(url, spool=tmp_path / "spool").documents(1, DAY)) == 3
        assert len(Log(url).documents(1, DAY)) == 2
    assert maintain(url, spool=tmp_path / "spool", now=NOON).merged == 2
    assert erase(url, 1, by="key", value="d2", now=NOON) == 1
    assert Log(url).documents(1, DAY, label="ORG")["key"].to_pylist() == ["d1", "d3"]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="without a zone"):
        Window(datetime(2024, 5, 1), datetime(2024, 5, 2))
