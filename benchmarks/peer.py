"""One annotator on livener and on Label Studio, in turns on the same machine: what a request takes.

    python benchmarks/peer.py --label-studio PROGRAM [--tasks 1000] [--pairs 100]

PROGRAM is the ``label-studio`` of an environment of its own (`pip install label-studio`). Both run on SQLite with
their defaults, both have the same texts with a prediction each, and the annotator asks for the next task and submits
three spans, ten tasks here and ten there: whatever else the machine does, it does to both.
"""

import argparse
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from serving import PROJECT, Server, set_up

from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import Role
from livener.text import Document, Span
from store import database

WORDS = "Acme Corporation of 100 paid Zoë Byron 4,200 euros on 3 May for the lease of the offices in Oslo, said Ada"
TEXT = " ".join([WORDS] * 5)  # some 110 words
SPANS = [(0, 16, "ORG"), (29, 32, "PER"), (88, 92, "LOC")]
MAIL, PASSWORD = "ann@example.org", "secret-for-a-benchmark"


class Peer(Protocol):
    """Where somebody annotates."""

    def next(self) -> Any:
        """The next task."""

    def submit(self, task: Any) -> None:
        """Three spans of it."""


class Livener:
    """The server of livener."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/v1/projects/{PROJECT}/", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def next(self) -> Any:
        return self._http.post("tasks/next", json={}).raise_for_status().json()["tasks"][0]["id"]

    def submit(self, task: Any) -> None:
        spans = [{"start": start, "end": end, "label": label} for start, end, label in SPANS]
        self._http.post(f"tasks/{task}/annotation", json={"spans": spans, "guideline": 1}).raise_for_status()


class LabelStudio:
    """A running Label Studio, with a session of its page."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=300, follow_redirects=True)
        form = self._http.get("/user/login/").raise_for_status().text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None
        given = {"csrfmiddlewaretoken": found[1], "email": MAIL, "password": PASSWORD}
        self._http.post("/user/login/", data=given, headers={"Referer": url}).raise_for_status()

    def fill(self, count: int) -> None:
        labels = "".join(f'<Label value="{label}"/>' for _, _, label in SPANS)
        config = f'<View><Labels name="label" toName="text">{labels}</Labels><Text name="text" value="$text"/></View>'
        self._project = self._post("/api/projects", {"title": "benchmark", "label_config": config})["id"]
        predicted = [{"model_version": "m", "result": [self._span(*SPANS[0])]}]
        tasks = [{"data": {"text": f"{TEXT} {number}"}, "predictions": predicted} for number in range(count)]
        self._post(f"/api/projects/{self._project}/import", tasks)

    def next(self) -> Any:
        return self._http.get(f"/api/projects/{self._project}/next").raise_for_status().json()["id"]

    def submit(self, task: Any) -> None:
        self._post(f"/api/tasks/{task}/annotations/", {"result": [self._span(*span) for span in SPANS]})

    def _span(self, start: int, end: int, label: str) -> dict[str, Any]:
        value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
        return {"from_name": "label", "to_name": "text", "type": "labels", "value": value}

    def _post(self, path: str, body: Any) -> Any:
        headers = {"X-CSRFToken": self._http.cookies.get("csrftoken") or "", "Referer": str(self._http.base_url)}
        return self._http.post(path, json=body, headers=headers).raise_for_status().json()


@contextmanager
def label_studio(program: str) -> Iterator[str]:
    """The URL of a new one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "start", "--no-browser", "--port", str(port), "--data-dir", folder]
        command += ["--username", MAIL, "--password", PASSWORD, "--log-level", "ERROR"]
        quiet = {"COLLECT_ANALYTICS": "0", "LATEST_VERSION_CHECK": "0"}
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | quiet)
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health", timeout=30).raise_for_status()
                    break
                except httpx.HTTPError:
                    if server.poll() is not None:
                        raise SystemExit(Path(folder, "log").read_text()) from None
                    time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def timed(peer: Peer, pairs: int) -> list[tuple[float, float]]:
    """The seconds of each next and of each submit."""
    found = []
    for _ in range(pairs):
        began = time.perf_counter()
        task = peer.next()
        between = time.perf_counter()
        peer.submit(task)
        found.append((between - began, time.perf_counter() - between))
    return found


def compare(peers: dict[str, Peer], pairs: int) -> None:
    """Ten of each in turns; the first ten of each are not counted."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    for turn in range(1 + pairs // 10):
        for name, peer in peers.items():
            found = timed(peer, 10)
            seconds[name] += found if turn else []
    for name, found in seconds.items():
        parts = []
        for what, values in zip(("next", "submit"), map(sorted, zip(*found, strict=True)), strict=True):
            p50, p95 = (1000 * values[int(share * len(values))] for share in (0.5, 0.95))
            parts.append(f"{what} p50 {p50:6.0f} ms  p95 {p95:6.0f} ms")
        print(f"{name:13} {'   '.join(parts)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label-studio", required=True, metavar="PROGRAM")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=100)
    given = parser.parse_args()
    documents = [
        Document(f"{TEXT} {number}", f"d{number}", spans=(Span(0, 16, "ORG", 0.5),)) for number in range(given.tasks)
    ]
    with database("sqlite") as url:
        with Store(url) as store:
            store.upgrade()
            labels = dict.fromkeys(("ORG", "PER", "LOC"), "")
            (token,) = set_up(store, {"ann": Role.ANNOTATOR}, labels=labels, settings={}).values()
            began = time.perf_counter()
            import_documents(store, 1, documents, now=datetime.now(UTC))
            print(f"livener imports {given.tasks / (time.perf_counter() - began):,.0f} tasks a second", flush=True)
        with Server(url) as server, label_studio(given.label_studio) as other:
            peer = LabelStudio(other)
            began = time.perf_counter()
            peer.fill(given.tasks)
            print(f"Label Studio imports {given.tasks / (time.perf_counter() - began):,.0f} a second", flush=True)
            compare({"livener": Livener(server.url, token), "Label Studio": peer}, given.pairs)


if __name__ == "__main__":
    main()
