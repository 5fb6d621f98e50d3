"""Documents: found by their text and their spans, in and out as files."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.formats import read
from livener.store.models import Document as Document_
from livener.store.models import Task, TaskEvent, TaskState
from livener.text import Document, Span

ADA = Document(
    "Ada joined Acme.", "ada", spans=(Span(0, 3, "PER", 0.9, "crf"), Span(11, 15, "ORG", 0.4, "gazetteer"))
)
ZOE = Document("Zoë 🚀 left Acme.", "folder/zoe", spans=(Span(0, 3, "ORG", 0.3, "crf"),))
BARE = Document("100% of nothing_here", "bare")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["ada", "folder/zoe", "bare"]),
        ({"text": "Acme"}, ["ada", "folder/zoe"]),
        ({"text": "100%"}, ["bare"]),
        ({"text": "0%n"}, []),
        ({"text": "g_h"}, ["bare"]),
        ({"label": "ORG"}, ["ada", "folder/zoe"]),
        ({"label": "PER", "surface": "Ada"}, ["ada"]),
        ({"label": "ORG", "surface": "Ada"}, []),
        ({"surface": "Zoë"}, ["folder/zoe"]),
        ({"source": "gazetteer"}, ["ada"]),
        ({"confidence_below": 0.35}, ["folder/zoe"]),
        ({"label": "PER", "confidence_below": 0.95}, ["ada"]),
        ({"label": "PER", "source": "gazetteer"}, []),
    ],
)
def test_filters(live: Live, fill: Callable[..., None], filters: dict[str, object], found: list[str]) -> None:
    fill(ADA, ZOE, BARE)
    assert [one.id for one in live.project("rita").documents(**filters, limit=2)] == found


def test_a_span_that_a_person_found_counts_too(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA, BARE)
    ann = live.project("ann")
    for task in ann.next(count=2).tasks:
        ann.submit(task, [Span(0, 3, "ORG")])
    rita = live.project("rita")
    assert [one.id for one in rita.documents(label="ORG", surface="100")] == ["bare"]
    assert [one.id for one in rita.documents(label="PER")] == ["ada"]


def test_by_what_was_corrected_and_by_what_people_dispute(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA, ZOE, BARE)
    ann, rita = live.project("ann"), live.project("rita")
    for task in ann.next(count=3).tasks:
        spans = [Span(11, 15, "PER")] if task.document.id == "ada" else []
        ann.submit(task, spans)
    found = {kind: [one.id for one in rita.documents(error=kind)] for kind in ("label", "false_positive", "boundary")}
    assert found == {"label": ["ada"], "false_positive": ["ada", "folder/zoe"], "boundary": []}
    assert [one.id for one in rita.documents(error="false_positive", text="Zoë")] == ["folder/zoe"]
    assert list(rita.documents(disputed=True)) == []
    with live.store.writing() as session:
        task = session.scalars(select(Task).join(Document_).where(Document_.key == "ada")).one()
        past = session.scalars(select(TaskEvent).where(TaskEvent.task_id == task.id)).all()
        last = {"task_id": task.id, "number": len(past) + 1, "reason": "two read it differently", "at": past[-1].at}
        session.add(TaskEvent(before=past[-1].after, after=TaskState.DISPUTED, **last))
    assert [one.id for one in rita.documents(disputed=True)] == ["ada"]


def test_one_document_by_its_id(live: Live, fill: Callable[..., None]) -> None:
    fill(ZOE)
    found = live.project("rita").get("documents/folder/zoe")
    assert (found["id"], found["prediction"]["spans"][0]["label"]) == ("folder/zoe", "ORG")
    with pytest.raises(Refused) as refused:
        live.project("rita").get("documents/nothing")
    assert refused.value.status == 404


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "W10", "WzEsMl0", "WzEuMF0", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"])
def test_a_cursor_of_ones_own_is_refused(live: Live, cursor: str) -> None:
    with pytest.raises(InputError):
        live.project("rita").get("documents", cursor=cursor)


def test_a_file_goes_in_and_comes_out(live: Live, tmp_path: Path) -> None:
    lead = live.project("lea")
    (tmp_path / "in.conll").write_text("Ada B-PER\njoined O\nAcme B-ORG\n\nNobody O\n\n", encoding="utf-8")
    done = lead.load(tmp_path / "in.conll", gold=True)
    assert (done.added, done.tasks) == (2, 2)
    again = lead.load(tmp_path / "in.conll", gold=True)
    assert (again.added, again.same) == (0, 2)
    lead.export(tmp_path / "out.jsonl")
    assert [len(one.spans) for one in read(tmp_path / "out.jsonl")] == [2, 0]
    lead.export(tmp_path / "out.conll", format="conll")
    assert [len(one.spans) for one in read(tmp_path / "out.conll")] == [2, 0]
    lead.export(tmp_path / "all.jsonl", what="annotations")
    assert (tmp_path / "all.jsonl").read_text(encoding="utf-8").count("\n") == 2


def test_an_archive_goes_in_and_a_folder_comes_out_as_one(live: Live, tmp_path: Path) -> None:
    lead = live.project("lea")
    (tmp_path / "in.jsonl.gz").write_bytes(
        gzip.compress(b'{"id": "a", "text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n')
    )
    assert lead.load(tmp_path / "in.jsonl.gz").added == 1
    brat = b"".join(live.client("lea").stream("projects/news/export", what="predictions", format="brat"))
    assert {Path(name).suffix for name in zipfile.ZipFile(io.BytesIO(brat)).namelist()} >= {".txt", ".ann"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"id": "a", "text": "Ada", "spans": [{"start": 0, "end": 9, "label": "PER"}]}', "in.jsonl:1"),
        (b'{"id": "a", "text": "Ada", "spans": [{"start": -1, "end": 2, "label": "PER"}]}', "in.jsonl:1"),
        (b'{"id": "a", "text": "Ada", "spans": [{"start": 0, "end": 2, "label": "XXX"}]}', "XXX"),
        (b'{"id": "a", "text": "\xff"}', "in.jsonl"),
        (b'{"id": "a", "text": "a\\u0000b"}', "NUL"),
        (b"[" * 100_000, "in.jsonl"),
        (b"", "in.jsonl"),
    ],
)
def test_a_file_that_is_wrong_is_told_by_its_line(live: Live, tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    with pytest.raises(InputError) as wrong:
        live.project("lea").load(tmp_path / "in.jsonl", format="jsonl")
    assert problem in str(wrong.value)
    assert live.project("ann").get("statistics")["documents"] == 0
