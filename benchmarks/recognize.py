"""`/v1/recognize` under load, on the same cores as the load: latency, throughput, what the log costs, hot swaps.

    python benchmarks/recognize.py [--seconds 5] [--swaps 100]

The model is a CRF of UNER-EWT and the texts are sentences of its development split. Beside it in the same run is what
one writes first: the same model behind a FastAPI route, without versions, limits, batches, log or rights. A machine
that does other work slows both; read the ratios.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from serving import PROJECT, Server, processor, set_up

from livener.formats import read
from livener.learning import models, train
from livener.store import Artefacts, Store
from livener.store.models import Alias, ModelVersion, Role

FILES = {"train": "en_ewt-ud-train.derived.iob2", "dev": "en_ewt-ud-dev.iob2"}
PEER = """
import sys, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
import livener
nlp = livener.load(sys.argv[1])
app = FastAPI()
class Given(BaseModel):
    texts: list[str]
class Found(BaseModel):
    start: int
    end: int
    label: str
    score: float
class Answer(BaseModel):
    documents: list[list[Found]]
@app.post("/v1/projects/benchmark/recognize")
def recognize(given: Given) -> Answer:
    def made(s):
        return Found(start=s.start, end=s.end, label=s.label, score=s.score)
    return Answer(documents=[list(map(made, d.spans)) for d in nlp.pipe(given.texts)])
uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")
"""


class Connection:
    """One HTTP connection, made by hand: a library would take more of the cores than the server."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._head = (
            f"POST /v1/projects/{PROJECT}/recognize HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
        )

    async def open(self) -> None:
        self._streams = await asyncio.open_connection(self._address.hostname, self._address.port, limit=1 << 24)

    async def post(self, body: bytes) -> tuple[int, bytes]:
        reader, writer = self._streams
        writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


def closed(url: str, token: str, bodies: list[bytes], seconds: float, connections: int) -> tuple[int, int]:
    """Requests answered and refused while so many connections ask as fast as they are answered."""
    done = refused = 0

    async def one(until: float) -> None:
        nonlocal done, refused
        connection = Connection(url, token)
        await connection.open()
        while time.perf_counter() < until:
            status, _ = await connection.post(random.choice(bodies))
            done += status == 200
            refused += status != 200

    async def main() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(one(until) for _ in range(connections)))

    asyncio.run(main())
    return done, refused


def paced(url: str, token: str, bodies: list[bytes], seconds: float, rate: float) -> list[float]:
    """Seconds from when a request was due, at a steady rate, to its answer."""
    waits: list[float] = []

    async def main() -> None:
        idle: list[Connection] = []

        async def one(due: float) -> None:
            connection = idle.pop() if idle else Connection(url, token)
            if not hasattr(connection, "_streams"):
                await connection.open()
                due = time.perf_counter()  # opening is not what is measured
            status, _ = await connection.post(random.choice(bodies))
            assert status == 200, status
            waits.append(time.perf_counter() - due)
            idle.append(connection)

        began = time.perf_counter()
        tasks = []
        for number in range(int(seconds * rate)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(due)))
        await asyncio.gather(*tasks)

    asyncio.run(main())
    return waits


def swapping(
    url: str, token: str, body: bytes, until: float, expected: dict[int, str]
) -> tuple[int, list[str], set[int]]:
    """Answers while models move, those that are wrong, and the versions that were seen."""
    done, wrong, seen = 0, [], set()

    async def main() -> None:
        nonlocal done

        async def one() -> None:
            nonlocal done
            connection = Connection(url, token)
            await connection.open()
            while time.time() < until:
                status, content = await connection.post(body)
                said = json.loads(content)
                done += 1
                if status != 200:
                    wrong.append(str(said))
                    continue
                seen.add(said["model"])
                if json.dumps(said["documents"]) != expected[said["model"]]:
                    wrong.append(f"model {said['model']} with other spans")

        await asyncio.gather(*(one() for _ in range(8)))

    asyncio.run(main())
    return done, wrong, seen


def apart(function: object, *given: object) -> object:
    """The load in a process of its own, as the server is."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)  # type: ignore[arg-type]


def percentile(values: list[float], share: float) -> float:
    return 1000 * sorted(values)[int(share * len(values))]


def move(store: Store, number: int) -> None:
    with store.writing() as session:
        target = session.query(ModelVersion).filter_by(project_id=1, number=number).one()
        session.merge(Alias(project_id=1, name="production", model_version_id=target.id, moved_at=datetime.now(UTC)))


Rates = tuple[float, float, float, float]


def rates(
    url: str, token: str, one: list[bytes], many: list[bytes], seconds: float, used: Callable[[], float]
) -> Rates:
    """Requests with one sentence a second, and sentences a second of those with 256; and how many of each a whole
    core would do, from the processor time that the server used, which other programs hardly change."""
    apart(closed, url, token, one, 1.0, 8)
    before = used()
    singles = apart(closed, url, token, one, seconds, 16)[0]  # type: ignore[index]
    between = used()
    batches = 256 * apart(closed, url, token, many, seconds, 4)[0]  # type: ignore[index]
    after = used()
    return singles / seconds, batches / seconds, singles / (between - before), batches / (after - between)


def main(given: argparse.Namespace) -> None:
    data = Path(os.environ.get("LIVENER_SHARED_DATA", "../shared/data"))
    folder = Path(tempfile.mkdtemp(prefix="livener-benchmark-"))
    os.environ["LIVENER_STORE_ARTEFACTS"] = str(folder / "artefacts")
    parts = {part: list(read(data / "uner-en-ewt" / name)) for part, name in FILES.items()}
    train("crf", parts["train"], parts["dev"], out=folder / "full")
    train("crf", parts["train"][: len(parts["train"]) // 4], parts["dev"], out=folder / "part")
    sentences = [document.text[start:end] for document in parts["dev"] for start, end in document.sentences or ()]
    assert len(sentences) > 1024, "its documents are split into sentences"
    one = [json.dumps({"texts": [text]}).encode() for text in sentences]
    many = [json.dumps({"texts": sentences[at : at + 256]}).encode() for at in range(0, 1024, 256)]
    url = f"sqlite:///{folder}/store.db"
    with Store(url) as store:
        store.upgrade()
        (token,) = set_up(store, {"program": Role.ANNOTATOR}, labels={"PER": ""}, settings={}).values()
        for name in ("full", "part"):
            models.add(store, Artefacts(folder / "artefacts"), 1, folder / name, now=datetime.now(UTC))
        move(store, 1)
        found: dict[str, list[Rates]] = {"log": [], "no log": [], "peer": []}
        for _ in range(given.rounds):
            for name in found:
                if name == "peer":
                    found[name].append(peer(folder / "full", token, one, many, given.seconds))
                    continue
                os.environ["LIVENER_SERVER_LOG__ON"] = str(name == "log").lower()
                with Server(url) as server:
                    found[name].append(rates(server.url, token, one, many, given.seconds, server.processor))
        for name, rounds in found.items():
            single, batch, single_core, batch_core = map(statistics.median, zip(*rounds, strict=True))
            print(
                f"{name:7} {single:8,.0f} requests/s with one sentence ({single_core:,.0f} a core of the server), "
                f"{batch:9,.0f} sentences/s in requests of 256 ({batch_core:,.0f} a core)",
                flush=True,
            )
        os.environ["LIVENER_SERVER_LOG__ON"] = "true"
        with Server(url) as server:
            apart(closed, server.url, token, one, 1.0, 8)
            waits = apart(paced, server.url, token, one, 2 * given.seconds, 200.0)
            print(f"at 200 requests/s: p50 {percentile(waits, 0.5):.1f} ms, p99 {percentile(waits, 0.99):.1f} ms")
            if given.swaps:
                swap(store, server.url, token, many[0], given.swaps)


def swap(store: Store, url: str, token: str, body: bytes, swaps: int) -> None:
    """Move the alias under load, as another program would, and wait each time until it is seen."""

    async def ask() -> tuple[int, str]:
        connection = Connection(url, token)
        await connection.open()
        said = json.loads((await connection.post(body))[1])
        return said["model"], json.dumps(said["documents"])

    expected = {}
    for number in (2, 1):
        move(store, number)
        while (seen := asyncio.run(ask()))[0] != number:
            time.sleep(0.05)
        expected[number] = seen[1]
    assert expected[1] != expected[2]
    until = time.time() + 1.6 * swaps
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        load = pool.apply_async(swapping, (url, token, body, until, expected))
        moved = 0
        while moved < swaps and time.time() < until - 2:
            number = 2 - moved % 2
            move(store, number)
            moved += 1
            while asyncio.run(ask())[0] != number:
                time.sleep(0.05)
        done, wrong, seen_models = load.get()
    print(f"{moved} swaps under load: {done:,} answers by models {sorted(seen_models)}, {len(wrong)} failed or mixed")


def peer(model: Path, token: str, one: list[bytes], many: list[bytes], seconds: float) -> Rates:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", PEER, str(model), str(port)]) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        try:
            url = f"http://127.0.0.1:{port}"
            return rates(url, token, one, many, seconds, partial(processor, process.pid))
        finally:
            process.send_signal(signal.SIGKILL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--swaps", type=int, default=100)
    main(parser.parse_args())
