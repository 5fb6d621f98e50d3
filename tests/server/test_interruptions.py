"""What was acknowledged survives the death of the server, and of its database, at any moment."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from tests.server.live import PEOPLE, PROJECT, people

from livener.client import Client, Refused
from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import Annotation, AnnotationSpan, Lease, Project, Role, Task, TaskState
from livener.text import Document, Span

TEXT = "Ada joined Acme."
SPANS = [Span(0, 3, "PER"), Span(11, 15, "ORG")]
DOCUMENTS = 150
KILLS = int(os.environ.get("LIVENER_KILLS", "4"))
ANNOTATORS = [name for name, role in PEOPLE.items() if role == Role.ANNOTATOR]


class Serving:
    """A server in a process of its own, always on the same port."""

    def __init__(self, folder: Path, store_url: str) -> None:
        folder.mkdir()
        (folder / "livener.toml").write_text(f'[store]\nurl = "{store_url}"\n', encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "livener", "serve", str(folder), "--port", str(self.port)]
        self._log = folder / "server.log"  # "log" is the inference log

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log)
        for _ in range(600):
            if self._process.poll() is not None:
                pytest.fail(self._log.read_text())
            try:
                httpx.get(f"{self.url}/health").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail(f"no server after a minute: {self._log.read_text()}")

    def end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(120)  # on a busy machine the answers that were begun take their time


@pytest.fixture
def serving(store: Store, store_address: str, tmp_path: Path) -> Iterator[Serving]:
    """Documents for three annotators who lose a task after a second."""
    people(store)
    with store.writing() as session:
        session.execute(select(Project)).scalar_one().settings = {"review": {"lease_minutes": 1 / 60}}
    documents = [Document(TEXT, f"d{number}") for number in range(DOCUMENTS)]
    assert import_documents(store, 1, documents, now=datetime.now(UTC)).tasks == DOCUMENTS
    server = Serving(tmp_path / "project", store_address)
    server.start()
    yield server
    server.end(signal.SIGKILL)


@pytest.fixture
def store_address(store: Store) -> str:
    """Where another process finds the store."""
    return store._engine.url.render_as_string(hide_password=False)


@contextmanager
def annotating(url: str) -> Iterator[list[tuple[int, int]]]:
    """Three people who annotate until nothing is left: the task and the revision of all that was acknowledged."""
    acknowledged: list[tuple[int, int]] = []
    failures: list[BaseException] = []

    def annotate(name: str) -> None:
        try:
            with Client(url, token=f"lvn_{name}", attempts=60) as client:
                project = client.project(PROJECT)
                while True:
                    given = project.next()
                    if given.empty and "held by others" not in given.empty.counts:
                        return
                    for task in given.tasks:
                        try:
                            done = project.submit(task, SPANS, guideline=1)
                        except Refused as refused:  # the lease ended while the server was down
                            if refused.status != 409:
                                raise
                        else:
                            acknowledged.append((task.id, done.revision))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=annotate, args=[name]) for name in ANNOTATORS]
    for thread in threads:
        thread.start()
    yield acknowledged
    for thread in threads:
        thread.join(300)
    assert not failures, failures
    assert not any(thread.is_alive() for thread in threads)


def check(store: Store, acknowledged: list[tuple[int, int]]) -> None:
    """Exactly what was acknowledged is there, whole, and every task came to its end."""
    with store.reading() as session:
        stored = session.execute(select(Annotation.task_id, Annotation.revision)).all()
        spans = session.scalar(select(func.count()).select_from(AnnotationSpan))
        half = session.scalars(
            select(Annotation.id).where(
                Annotation.spans
                != select(func.count()).where(AnnotationSpan.annotation_id == Annotation.id).scalar_subquery()
            )
        ).all()
        states = session.scalars(select(Task.state)).all()
        leases = session.scalar(select(func.count()).select_from(Lease))
    assert sorted(acknowledged) == sorted(stored)
    assert len(acknowledged) == DOCUMENTS
    assert (spans, list(half)) == (2 * DOCUMENTS, [])
    assert set(states) == {TaskState.RESOLVED}
    assert leases == 0


def test_kill_9_at_random_moments_loses_nothing(store: Store, serving: Serving) -> None:
    chance = random.Random(1)
    with annotating(serving.url) as acknowledged:
        for _ in range(KILLS):
            before = len(acknowledged)
            while len(acknowledged) == before and len(acknowledged) < DOCUMENTS:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.1))
            serving.end(signal.SIGKILL)
            serving.start()
    check(store, acknowledged)


def test_ctrl_c_ends_it_and_answers_what_it_began(store: Store, serving: Serving) -> None:
    with annotating(serving.url) as acknowledged:
        while len(acknowledged) < 30:
            time.sleep(0.01)
        serving.end(signal.SIGINT)
        serving.start()
    check(store, acknowledged)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_the_database_stops_and_starts(store: Store, serving: Serving) -> None:
    folder = store._engine.url.query["host"]
    started_by = Path(f"{folder}/data/postmaster.opts").read_text().split()[0]
    restart = [Path(started_by).with_name("pg_ctl"), "restart", "-w", "-m", "immediate", "-D", f"{folder}/data"]
    user = "postgres" if os.geteuid() == 0 else None
    with annotating(serving.url) as acknowledged:
        for reached in (20, 60):
            while len(acknowledged) < reached:
                time.sleep(0.01)
            subprocess.run(restart, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    check(store, acknowledged)
