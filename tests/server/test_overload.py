"""A server that has too much to do says so and goes on; and one that is told to stop answers what it has begun."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import Live, people, running

from livener.monitoring.log import Log, Window
from livener.server import Settings
from livener.server.settings import RecognizeSettings
from livener.store import Store

TEXT = "Ada of Acme flew to Oslo. "
LONG = TEXT * 4000
ADDRESS = "/v1/projects/news/recognize"
ANN = {"Authorization": "Bearer lvn_ann"}
PROGRAM = """
import sys, uvicorn
from livener.server import Settings, create_app
from livener.server.settings import LogSettings
from livener.store import Artefacts, Store
app = create_app(Store(sys.argv[1]), Artefacts(sys.argv[2]), Settings(log=LogSettings(url=sys.argv[4])))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_config=None, timeout_graceful_shutdown=60)
"""


def serving(store: Store, folder: Path) -> None:
    people(store)
    made = Modelled(store, folder)
    made.golden()
    made.add(*EVERYTHING)
    made.gate(1)
    made.promote(1)


@pytest.fixture
def narrow(store: Store, tmp_path: Path) -> Iterator[Live]:
    """What waits may take a twentieth of a second."""
    serving(store, tmp_path)
    with running(store, tmp_path, settings=Settings(recognize=RecognizeSettings(wait_seconds=0.05))) as live:
        yield live


def test_too_many_at_once_are_told_when_to_come_back(narrow: Live) -> None:
    with httpx.Client(base_url=narrow.url, headers=ANN, timeout=120) as client:
        assert client.post(ADDRESS, json={"text": LONG}).status_code == 200  # it knows now how long a text takes
        with ThreadPoolExecutor(24) as people_:
            answers = list(people_.map(lambda _: client.post(ADDRESS, json={"text": LONG}), range(72)))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {200, 429}, codes
        for answer in answers:
            if answer.status_code == 429:
                assert answer.headers["content-type"] == "application/problem+json"
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.json()["type"].endswith("busy")
            else:
                assert len(answer.json()["spans"]) == 3 * 4000  # who is answered is answered whole
        waited = max(int(answer.headers.get("retry-after", 0)) for answer in answers)
        time.sleep(min(waited, 5))
        assert client.post(ADDRESS, json={"text": TEXT}).status_code == 200
        assert client.get("/ready").status_code == 200


def test_clients_that_come_back_are_all_answered(narrow: Live) -> None:
    clients = [narrow.client("ann", timeout=120) for _ in range(12)]
    with ThreadPoolExecutor(12) as people_:
        answers = list(people_.map(lambda one: one.send("POST", "projects/news/recognize", {"text": LONG}), clients))
    assert [len(answer["spans"]) for answer in answers] == [3 * 4000] * 12


def test_what_takes_too_long_is_given_up(store: Store, tmp_path: Path) -> None:
    serving(store, tmp_path)
    with (
        running(store, tmp_path, settings=Settings(recognize=RecognizeSettings(seconds=0.001))) as live,
        httpx.Client(base_url=live.url, headers=ANN, timeout=120) as client,
    ):
        late = client.post(ADDRESS, json={"text": LONG})
        assert (late.status_code, late.headers["retry-after"]) == (503, "5")
        assert "more than 0.001 seconds" in late.json()["detail"]
        assert client.get("/ready").status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(store: Store, tmp_path: Path) -> None:
    serving(store, tmp_path)
    with running(store, tmp_path, settings=Settings(body_seconds=0.3)) as live:
        live.client("ann").get("projects")  # it listens
        port = int(live.url.rsplit(":", 1)[1])
        head = (
            f"POST {ADDRESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer lvn_ann\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
            slow.sendall(head.encode())
            assert slow.recv(4096).startswith(b"HTTP/1.1 408")


def test_what_has_begun_is_answered_before_it_stops(store: Store, tmp_path: Path) -> None:
    serving(store, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = store._engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, url, str(tmp_path / "artefacts"), str(port), str(tmp_path / "log")]
    asked, told = threading.Event(), threading.Event()

    def lines() -> Iterator[bytes]:
        for number in range(40):
            if number == 20:
                asked.set()
                assert told.wait(60)
            yield json.dumps({"id": f"t{number}", "text": TEXT}).encode() + b"\n"

    with subprocess.Popen(command, env=os.environ) as server:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=ANN, timeout=60) as client:
            until = time.monotonic() + 60
            while True:
                try:
                    assert client.get("/ready").status_code == 200
                    break
                except httpx.ConnectError:
                    assert time.monotonic() < until
                    time.sleep(0.1)

            def stop() -> None:
                assert asked.wait(60)
                server.send_signal(signal.SIGTERM)
                time.sleep(0.5)  # it takes no new connection any more
                told.set()

            stopping = threading.Thread(target=stop)
            stopping.start()
            answer = client.post(f"{ADDRESS}/lines", content=lines())
            stopping.join()
            found = [json.loads(line) for line in answer.text.splitlines()]
            assert [one["id"] for one in found] == [f"t{number}" for number in range(40)]
            assert all(len(one["spans"]) == 3 for one in found)
        assert server.wait(60) in (0, -signal.SIGTERM)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/ready")
    now = datetime.now(UTC)
    window = Window(now - timedelta(hours=1), now + timedelta(minutes=1))
    assert Log(tmp_path / "log").documents(1, window).num_rows == 40  # and noted
