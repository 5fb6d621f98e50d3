"""The client against a server that runs."""

import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.client.cutting import breaking_off, cutting
from tests.server.live import PROJECT, Live

import livener
from livener.client import Client, Refused
from livener.errors import InputError
from livener.formats import read
from livener.review.intake import import_documents
from livener.store.models import Annotation, IdempotencyKey, TaskEvent, TaskState
from livener.text import Document, Span

TEXT = "Zoë 🚀 joined Acme."


def fill(live: Live, count: int, **options: int) -> None:
    found = (Span(0, 3, "PER", score=0.5),)
    documents = [Document(TEXT, f"d{number}", spans=found) for number in range(count)]
    done = import_documents(live.store, 1, documents, now=datetime.now(UTC), **options)
    assert done.tasks == count


def test_it_is_in_the_package() -> None:
    assert livener.Client is Client


def test_a_list_is_read_page_after_page(live: Live) -> None:
    fill(live, 7)
    documents = list(live.project("rita").documents(limit=3))
    assert [one.id for one in documents] == [f"d{number}" for number in range(7)]
    assert documents[0].prediction is not None
    assert documents[0].prediction.spans[0].score == 0.5
    assert [task.state for one in documents for task in one.tasks] == ["open"] * 7
    assert len(list(live.project("ann").tasks(state="open", limit=2))) == 7
    assert [one.name for one in live.client("ann").projects()] == [PROJECT]


def test_a_review_from_calibration_to_dataset(live: Live) -> None:
    """Every step that has a method, as the people take it."""
    fill(live, 2)
    ann, bob, rita, lea = (live.project(name) for name in ("ann", "bob", "rita", "lea"))
    assert lea.calibrate("may", documents=["d0"], people=["ann", "bob"]).done == {"ann": 0, "bob": 0}
    for person, spans in ((ann, [Span(0, 3, "PER")]), (bob, [])):
        person.submit(person.next().tasks[0], spans)
    assert lea.calibration("may").results[0].states["only_some"] == 1

    (task, other) = ann.next(count=2).tasks
    ann.release(other)
    assert ann.lease(other).state == "leased"
    ann.release(other, reason="later")
    assert ann.submit(task, [Span(0, 3, "PER")], flag="Zoë?").state == "submitted"
    (reviewed,) = rita.next().tasks
    assert rita.comment(reviewed, "a first name").author == "rita"
    assert rita.send_back(reviewed, comment="and Acme?").state == "open"
    assert [one.body for one in ann.comments(task)] == ["a first name", "and Acme?"]
    (again,) = ann.next().tasks
    ann.submit(again, [])
    ann.lease(again)
    assert ann.restore(again, 1).revision == 3
    rita.resolve(rita.next().tasks[0], [Span(0, 3, "PER"), Span(13, 17, "ORG")])
    assert [event.after for event in lea.history(task)][-2:] == ["in_review", "resolved"]
    assert rita.reject(other, reason="no text").state == "rejected"
    assert lea.reopen(other, reason="it is one").state == "open"

    assert [(one.key, one.kinds["false_negative"]) for one in rita.corrections(group="label")] == [("ORG", 1)]
    made = lea.create_dataset("first", splits={"train": 1.0})
    assert [one.address for one in lea.datasets()] == [made.address]
    assert lea.guidelines().number == lea.guidelines(1).number == 1


def test_an_export_is_what_was_decided(live: Live, tmp_path: Path) -> None:
    fill(live, 2)
    ann = live.project("ann")
    spans = [Span(0, 3, "PER"), Span(13, 17, "ORG")]
    for task in ann.next(count=2).tasks:
        assert ann.submit(task, spans).state == "resolved"
    live.project("lea").export(tmp_path / "out.jsonl")
    assert [[(span.start, span.end, span.label) for span in one.spans] for one in read(tmp_path / "out.jsonl")] == [
        [(0, 3, "PER"), (13, 17, "ORG")]
    ] * 2
    with pytest.raises(Refused) as refused:
        ann.export(tmp_path / "other.jsonl")
    assert refused.value.status == 403
    assert not (tmp_path / "other.jsonl").exists()


def test_an_export_in_a_format_of_several_files_is_an_archive(live: Live, tmp_path: Path) -> None:
    fill(live, 2)
    live.project("lea").export(tmp_path / "out.zip", what="predictions", format="brat")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["d0.ann", "d0.txt", "d1.ann", "d1.txt"]
    with pytest.raises(InputError, match="cannot be written"):
        live.project("lea").export(tmp_path / "missing" / "out.jsonl")


def test_an_export_that_breaks_off_leaves_what_was_there(live: Live, tmp_path: Path) -> None:
    fill(live, 3000)
    (path := tmp_path / "out.jsonl").write_text("old")
    with (
        breaking_off(live.url, after=100_000) as url,
        Client(url, token="lvn_lea") as client,
        pytest.raises(InputError, match="broke off"),
    ):
        client.project(PROJECT).export(path, what="predictions")
    assert [each.name for each in tmp_path.iterdir() if "out" in each.name] == ["out.jsonl"]
    assert path.read_text() == "old"
    live.project("lea").export(path, what="predictions")
    assert len(list(read(path))) == 3000


def test_what_is_wrong_is_said_as_the_server_says_it(live: Live) -> None:
    fill(live, 1)
    ann = live.project("ann")
    (task,) = ann.next().tasks
    with pytest.raises(InputError) as wrong:
        ann.submit(task, [Span(0, 99, "PER")])
    assert (wrong.value.where, wrong.value.fix) == ("spans[0]", "0 <= start < end <= 18")
    with pytest.raises(Refused) as refused:
        ann.task(999)
    assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        live.client("ann").project("other").task(1)
    assert refused.value.status == 404


def test_a_server_that_is_not_there_is_one_clear_line() -> None:
    with Client("http://127.0.0.1:9", token="lvn_x", attempts=2) as client, pytest.raises(InputError) as error:
        client.get("projects")
    assert "cannot be reached" in str(error.value)
    with pytest.raises(InputError, match="not the URL"):
        Client("http://[::", token="lvn_x")


def test_a_key_is_used_once_and_for_one_thing(live: Live) -> None:
    fill(live, 2)
    ann = live.project("ann")
    first, again = (ann.send("POST", "tasks/next", {"n": 1}, key="k1") for _ in range(2))
    assert first == again
    with pytest.raises(InputError, match="key was used"):
        ann.send("POST", "tasks/next", {"n": 2}, key="k1")


def test_a_network_that_is_cut_changes_nothing(live: Live) -> None:
    """Three people annotate all documents over it: every answer is kept once, and no task is leased for nothing."""
    fill(live, 8, overlap=3)
    acknowledged: dict[str, list[tuple[int, int]]] = {}
    lock = threading.Lock()
    with cutting(live.url, share=0.2, seed=7) as (url, cuts):

        def annotate(name: str) -> None:
            done = []
            with Client(url, token=f"lvn_{name}") as client:
                project = client.project(PROJECT)
                while tasks := project.next().tasks:
                    for task in tasks:
                        done.append((task.id, project.submit(task, [Span(0, 3, "PER")], guideline=1).revision))
            with lock:
                acknowledged[name] = done

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(annotate, ["ann", "bob", "cy"]))
    assert {"request", "answer"} == set(cuts)
    with live.store.reading() as session:
        stored = sorted(session.execute(select(Annotation.task_id, Annotation.revision)).all())
        leases = session.scalar(select(func.count()).where(TaskEvent.after == TaskState.LEASED))
        keys = session.scalars(select(IdempotencyKey.status)).all()
    assert sorted(one for done in acknowledged.values() for one in done) == stored
    assert leases == len(stored)
    assert set(keys) <= {200, 201}
