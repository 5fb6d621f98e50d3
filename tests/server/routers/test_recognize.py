"""Texts over HTTP: one, many, streamed; by alias and profile; while models move; noted in the log."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import Live, people, running

from livener.client import Refused
from livener.client.recognition import Recognized
from livener.errors import InputError
from livener.monitoring.log import Log, Window
from livener.server import Settings
from livener.server.settings import LogSettings, RecognizeSettings
from livener.store import Store
from livener.store.models import Project

TEXT = "Ada of Acme flew to Oslo."
PROFILES = {"search": {"thresholds": {"*": 0.95}}, "analytics": {"alias": "candidate", "labels": ["ORG"]}}


def window() -> Window:
    return Window.last(days=2, until=datetime.fromtimestamp(time.time() + 60, UTC))


def server(store: Store, folder: Path, **log: object) -> Iterator[Live]:
    people(store)
    made = Modelled(store, folder)
    made.golden()
    made.add("Ada", "Acme")
    made.add(*EVERYTHING)
    for number in (1, 2):
        made.gate(number)
        made.promote(number)
    made.promote(1, "candidate")
    with store.writing() as session:
        session.get_one(Project, 1).settings = {"profiles": PROFILES}
    given = LogSettings(url=str(folder / "log"), sync_seconds=0.05, **log)
    limits = RecognizeSettings(texts=10, characters=5000)
    with running(store, folder, settings=Settings(log=given, recognize=limits, poll_seconds=0.1)) as live:
        yield live


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    yield from server(store, tmp_path)


def ask(
    live: Live, body: object, *, who: str = "ann", at: str = "projects/news/recognize", **query: object
) -> object:
    return live.client(who).send("POST", at, body, **query)


def words(answer: object) -> list[str]:
    return [span.text for span in Recognized.model_validate(answer).spans or ()]


def test_one_text(live: Live) -> None:
    answer = Recognized.model_validate(ask(live, {"text": TEXT}))
    assert (answer.model, answer.asked, answer.timings) == (2, "production", None)
    assert [(span.start, span.end, span.label, span.text, span.score) for span in answer.spans or ()] == [
        (0, 3, "PER", "Ada", 0.9),
        (7, 11, "ORG", "Acme", 0.9),
        (20, 24, "GPE", "Oslo", 0.9),
    ]
    assert Recognized.model_validate(ask(live, {"text": ""})).spans == ()


def test_many_texts_come_in_their_order(live: Live) -> None:
    answer = Recognized.model_validate(ask(live, {"texts": ["Ada.", "", "🚀 Oslo."]}))
    assert [[span.text for span in one.spans] for one in answer.documents or ()] == [["Ada"], [], ["Oslo"]]
    assert answer.documents is not None
    assert answer.documents[2].spans[0].start == 2
    given = {"documents": [{"id": "a", "text": "Acme."}, {"text": "Ada.", "meta": {"domain": "law"}}]}
    named = Recognized.model_validate(ask(live, given))
    assert [(one.id, one.spans[0].text) for one in named.documents or ()] == [("a", "Acme"), ("", "Ada")]


def test_by_alias_and_by_profile(live: Live) -> None:
    assert words(ask(live, {"text": TEXT}, alias="candidate")) == ["Ada", "Acme"]
    assert words(ask(live, {"text": TEXT}, profile="search")) == []
    analytics = ask(live, {"text": TEXT}, profile="analytics")
    assert words(analytics) == ["Acme"]
    assert Recognized.model_validate(analytics).asked == "analytics"


def test_timings_on_request(live: Live) -> None:
    timings = Recognized.model_validate(ask(live, {"text": TEXT}, timings=True)).timings
    assert timings is not None
    assert list(timings) == ["waited", "normalise.v1", "split.v1", "tokenise.v1", "recognise.v1", "total"]
    assert timings["total"] >= timings["recognise.v1"] > 0


@pytest.mark.parametrize(
    ("body", "query", "said"),
    [
        ({}, {}, "not one of text, texts and documents"),
        ({"text": "a", "texts": ["b"]}, {}, "not one of"),
        ({"texts": []}, {}, "at least 1"),
        ({"text": 7}, {}, "string"),
        ({"txt": "a"}, {}, "Extra"),
        ({"texts": ["a"] * 11}, {}, "11 texts"),
        ({"text": "a" * 5001}, {}, "5001 characters"),
        ({"text": "a"}, {"alias": "nothing"}, "no alias 'nothing'"),
        ({"text": "a"}, {"profile": "nothing"}, "no profile 'nothing'"),
        ({"text": "a"}, {"profile": "search", "alias": "production"}, "an alias and a profile"),
        ({"text": "a"}, {"timings": "perhaps"}, "boolean"),
    ],
)
def test_what_is_wrong_is_said(live: Live, body: object, query: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ask(live, body, **query)


def test_what_is_no_json_is_refused(live: Live) -> None:
    headers = {"Authorization": "Bearer lvn_ann", "Content-Type": "application/json"}
    url = f"{live.url}/v1/projects/news/recognize"
    for content in (b"{", b'{"text": "\\ud800"}', b'{"text": "\xff"}'):
        assert httpx.post(url, content=content, headers=headers).status_code == 400
    assert httpx.post(url, content=b"{}", headers=headers | {"Content-Type": "text/plain"}).status_code == 415


def test_without_a_project_it_is_the_only_one(live: Live) -> None:
    assert words(ask(live, {"text": TEXT}, at="recognize")) == ["Ada", "Acme", "Oslo"]
    assert words(ask(live, {"text": TEXT}, project="news", at="recognize", who="root")) == ["Ada", "Acme", "Oslo"]
    with live.store.writing() as session:
        session.add(Project(name="foreign", settings={}, created_at=datetime.now(UTC)))
    with pytest.raises(Refused, match="no project 'foreign'") as refused:
        ask(live, {"text": TEXT}, project="foreign", at="recognize")
    assert refused.value.status == 404
    with pytest.raises(InputError, match="several projects"):
        ask(live, {"text": TEXT}, at="recognize", who="root")


def test_json_lines_in_and_out(live: Live) -> None:
    given = [{"id": f"d{number}", "text": f"Ada {number} of Acme."} for number in range(3000)]
    content = b"\n".join(json.dumps(one).encode() for one in given) + b'\n\n{"text": 1}\n{"text": "Oslo"}'
    parts = (content[at : at + 10_000] for at in range(0, len(content), 10_000))
    headers = {"Authorization": "Bearer lvn_ann"}
    answer = httpx.post(f"{live.url}/v1/projects/news/recognize/lines", content=parts, headers=headers, timeout=60)
    assert answer.headers["content-type"] == "application/jsonl"
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert not [one for one in said[:3000] if "problem" in one]
    assert [one["id"] for one in said[:3000]] == [one["id"] for one in given]
    assert all([span["text"] for span in one["spans"]] == ["Ada", "Acme"] for one in said[:3000])
    assert {one["model"] for one in said[:3000]} == {2}
    assert said[3000]["line"] == 3001
    assert [span["text"] for span in said[3001]["spans"]] == ["Oslo"]


def test_models_move_under_load_and_no_answer_mixes_them(live: Live) -> None:
    """`benchmarks/recognize.py` does it a hundred times."""
    wrong: list[object] = []
    seen: list[int] = []
    stop = threading.Event()

    def load() -> None:
        headers = {"Authorization": "Bearer lvn_ann"}
        with httpx.Client(headers=headers) as client:
            while not stop.is_set():
                answer = client.post(f"{live.url}/v1/projects/news/recognize", json={"texts": [TEXT] * 4})
                if answer.status_code != 200:
                    wrong.append(answer.text)
                    continue
                said = answer.json()
                seen.append(said["model"])
                expected = {1: ["Ada", "Acme"], 2: ["Ada", "Acme", "Oslo"]}[said["model"]]
                if any([span["text"] for span in one["spans"]] != expected for one in said["documents"]):
                    wrong.append(said)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    lead = live.project("lea")
    for _ in range(6):
        for number in (1, 2):
            if number == 1:
                lead.send("POST", "models/rollback", {"reason": "back"})
            else:
                lead.send("POST", "models/2/gate")
                lead.send("POST", "models/2/promote", {"reason": "again"})
            until = time.monotonic() + 10
            while (seen or [0])[-1] != number and time.monotonic() < until:
                time.sleep(0.01)
            assert seen[-1] == number
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {1, 2} == set(seen)


def test_every_answer_is_in_the_log(live: Live, tmp_path: Path) -> None:
    meta = {"domain": "law", "person": "p7", "secret": "x"}
    ask(live, {"documents": [{"id": "a", "text": TEXT, "meta": meta}, {"text": "Oslo."}]})
    ask(live, {"text": TEXT}, profile="analytics")
    log = Log(tmp_path / "log")
    for _ in range(100):
        if len(rows := log.documents(1, window()).to_pylist()) == 3:
            break
        time.sleep(0.05)
    assert [(one["key"], one["spans"], one["model"], one["asked"], one["caller"]) for one in rows] == [
        ("a", 3, 2, "production", "ann"),
        ("", 1, 2, "production", "ann"),
        ("", 1, 1, "analytics", "ann"),
    ]
    assert (rows[0]["domain"], rows[0]["person"], rows[0]["text"]) == ("law", "p7", TEXT)
    assert rows[0]["request"] == rows[1]["request"] != rows[2]["request"]
    assert rows[0]["ms"] > 0


def test_strict_is_on_the_disk_before_it_is_answered(store: Store, tmp_path: Path) -> None:
    for live in server(store, tmp_path, strict=True, text="redacted"):
        ask(live, {"text": TEXT})
        (row,) = Log(tmp_path / "log").documents(1, window()).to_pylist()
        assert row["text"] == "[PER] of [ORG] flew to [GPE]."


def test_a_token_that_ends_ends_here_too(live: Live) -> None:
    headers = {"Authorization": "Bearer lvn_ann"}
    url = f"{live.url}/v1/projects/news/recognize"
    assert httpx.post(url, json={"text": TEXT}, headers=headers).status_code == 200
    client = live.client("ann")
    (token,) = list(client.items("tokens"))
    client.send("DELETE", f"tokens/{token['id']}")
    time.sleep(0.2)
    assert httpx.post(url, json={"text": TEXT}, headers=headers).status_code == 401
