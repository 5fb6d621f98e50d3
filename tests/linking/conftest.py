"""A small knowledge base, and a Redis of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from livener.linking import Entity, KnowledgeBase

ENTITIES = [
    Entity("Q90", "Paris", ("City of Light", "Ville de Paris"), "LOC", "capital of France on the river Seine", 90.0),
    Entity("Q830149", "Paris, Texas", ("Paris",), "LOC", "town in Texas with a rodeo", 3.0),
    Entity("Q47899", "Paris Hilton", ("Hilton",), "PER", "heiress and singer", 20.0),
    Entity("Q60", "New York City", ("New York",), "LOC", "city", 80.0),
    Entity("Q11220", "United States Navy", (), "ORG", "armed force", 10.0),
    Entity("Q76", "Barack Obama", (), "PER", "president", 50.0),
    Entity("Q72", "Zürich", ("Zuerich",), "LOC", "city", 9.0),
    Entity("Q148", "中国", ("China",), "LOC", "country", 9.0),
]


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    made = KnowledgeBase.build(tmp_path / "kb", ENTITIES)
    yield made
    made.close()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A throwaway server that listens on a socket and on no port."""
    program = shutil.which("redis-server")
    if program is None:
        problem = "needs Redis: apt-get install redis-server"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    folder = tempfile.mkdtemp(prefix="livener-redis-")
    socket = f"{folder}/socket"
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket).exists():
            time.sleep(0.01)
            assert server.poll() is None
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
