"""A hundred annotators at once on a project of a million tasks: latencies, throughput, and what went wrong.

    python benchmarks/load.py [--database sqlite|postgresql] [--tasks 1000000] [--annotators 1 100] [--seconds 60]
                              [--workers N] [--think SECONDS] [--kills N]

One annotator alone shows what a request takes, a hundred how many of them fit. Two processes on the same cores as the
server play the annotators: each asks for its next task and submits five spans, as fast as the server answers (or with
``--think`` seconds between). Then the store is asked: was a task leased to two people at once, is an acknowledged
annotation missing, is one there half?

``--kills`` kills the server with SIGKILL so many times while they work, and starts it again (allow ten seconds for
each); a request that got no answer is sent again with its idempotency key. The 95th percentiles are then those of a
server that keeps dying.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import signal
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from serving import PROJECT, Server, set_up
from sqlalchemy import func, select

from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import Annotation, AnnotationSpan, Lease, Role, Task, TaskEvent, TaskState
from livener.text import Document, Span
from store import database

TEXT = "Acme Corporation of {} paid Zoë Byron 4,200 euros on 3 May for the lease of the offices in Oslo."
SPANS = [(0, 16, "ORG"), (20, 23, "LOC"), (29, 32, "PER"), (33, 38, "PER"), (88, 92, "LOC")]
PROCESSES = 2


@dataclass
class Done:
    """What the annotators of one process saw."""

    next_seconds: list[float] = field(default_factory=list)
    submit_seconds: list[float] = field(default_factory=list)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    processor_seconds: float = 0.0


class Connection:
    """One annotator's HTTP connection, made by hand: a library would take more of the cores than the server."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._head = (
            f"Host: {self._address.netloc}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: object) -> tuple[int, dict[str, object]]:
        """The status and the answer; whatever cuts the connection, it is sent again with the same key."""
        content = json.dumps(body).encode()
        key = uuid.uuid4().hex
        head = f"POST /v1/projects/{PROJECT}/{path} HTTP/1.1\r\n{self._head}\r\nIdempotency-Key: {key}"
        request = f"{head}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
        while True:
            try:
                status, answer = await self._exchange(request)
            except (OSError, asyncio.IncompleteReadError):
                self._streams = None
                await asyncio.sleep(random.uniform(0.05, 0.2))
                continue
            if status == 503:
                await asyncio.sleep(random.uniform(0.05, 0.2))
                continue
            return status, json.loads(answer)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].split("\r\n", 1)[0])
        answer = await reader.readexactly(length)
        if "connection: close" in head:
            writer.close()
            self._streams = None
        return int(head.split(" ", 2)[1]), answer


async def annotator(url: str, token: str, until: float, think: float, done: Done) -> None:
    connection = Connection(url, token)
    spans = [{"start": start, "end": end, "label": label} for start, end, label in SPANS]
    await asyncio.sleep(random.random())
    while time.monotonic() < until:
        began = time.perf_counter()
        status, answer = await connection.post("tasks/next", {})
        done.next_seconds.append(time.perf_counter() - began)
        if status != 200 or not answer["tasks"]:
            done.failures[f"next {status}"] += 1
            continue
        task = answer["tasks"][0]["id"]
        done.given.append(task)
        await asyncio.sleep(random.expovariate(1 / think) if think else 0)
        began = time.perf_counter()
        status, answer = await connection.post(f"tasks/{task}/annotation", {"spans": spans, "guideline": 1})
        done.submit_seconds.append(time.perf_counter() - began)
        if status == 200:
            done.acknowledged.append((task, answer["revision"]))
        else:
            done.failures[f"submit {status}"] += 1


def annotators(url: str, tokens: list[str], until: float, think: float) -> Done:
    done = Done()

    async def everybody() -> None:
        await asyncio.gather(*(annotator(url, token, until, think, done) for token in tokens))

    asyncio.run(everybody())
    done.processor_seconds = time.process_time()
    return done


def percentile(values: list[float], share: float) -> float:
    return 1000 * sorted(values)[int(share * len(values))] if values else 0.0


def spread(values: list[float]) -> str:
    """The quickest tenth is what a request takes that does not wait for the machine's other work."""
    return "   ".join(f"p{share} {percentile(values, share / 100):7.1f} ms" for share in (10, 50, 95))


def main(given: argparse.Namespace) -> None:
    with database(given.database) as url:
        with Store(url) as store:
            store.upgrade()
            people = {f"annotator{number}": Role.ANNOTATOR for number in range(max(given.annotators))}
            tokens = list(set_up(store, people, labels={"ORG": "", "LOC": "", "PER": ""}, settings={}).values())
            documents = (
                Document(TEXT.format(100 + number % 900), f"d{number}", spans=(Span(0, 16, "ORG", 0.5),))
                for number in range(given.tasks)
            )
            began = time.perf_counter()
            import_documents(store, 1, documents, now=datetime.now(UTC))
            print(f"imported {given.tasks / (time.perf_counter() - began):,.0f} documents a second", flush=True)
        before: list[Done] = []
        for annotators_now in given.annotators:
            before += work(url, tokens[:annotators_now], given, before)


def work(url: str, tokens: list[str], given: argparse.Namespace, before: list[Done]) -> list[Done]:
    """A round of all who have these tokens, and what came of it and of those before."""
    used = _used()
    with Server(url, workers=given.workers) as server, multiprocessing.Pool(PROCESSES) as pool:
        until = time.monotonic() + given.seconds
        arguments = [(server.url, tokens[part::PROCESSES], until, given.think) for part in range(PROCESSES)]
        running = pool.starmap_async(annotators, arguments)
        killed = 0
        while killed < given.kills and time.monotonic() < until - 5:  # only while they work
            time.sleep(random.uniform(0.2, 2.0))
            server.end(signal.SIGKILL)
            server.start()
            killed += 1
        given.kills = killed
        parts = running.get()
        server.end(signal.SIGTERM)
        used = _used() - used  # by the server's processes: the others still live
        server.start()
    with Store(url) as store:
        report(store, parts, before, len(tokens), given)
    submits = sum(len(part.submit_seconds) for part in parts)
    playing = sum(part.processor_seconds for part in parts)
    print(
        f"  {1000 * used / submits:.1f} ms of a core for a next and a submit in the "
        f"server, {1000 * playing / submits:.1f} ms in the annotators",
        flush=True,
    )
    return parts


def _used() -> float:
    """Seconds of a core, by the processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(store: Store, parts: list[Done], before: list[Done], people: int, given: argparse.Namespace) -> None:
    waits = [one for part in parts for one in part.next_seconds]
    submits = [one for part in parts for one in part.submit_seconds]
    acknowledged = Counter(one for part in before + parts for one in part.acknowledged)
    handed_out = Counter(one for part in before + parts for one in part.given)
    failures = sum((part.failures for part in parts), Counter[str]())
    with store.reading() as session:
        rows = session.execute(select(Annotation.task_id, Annotation.revision, Annotation.spans, Annotation.id)).all()
        spans = dict(
            session.execute(
                select(AnnotationSpan.annotation_id, func.count()).group_by(AnnotationSpan.annotation_id)
            ).all()
        )
        per_task = session.execute(
            select(TaskEvent.task_id, func.count())
            .where(TaskEvent.after == TaskState.LEASED)
            .group_by(TaskEvent.task_id)
        )
        held = session.scalar(select(func.count()).select_from(Lease))
        leased_twice = sum(count > 1 for _, count in per_task)
        in_leases = session.scalar(select(func.count()).where(Task.state == TaskState.LEASED))
    stored = {(row.task_id, row.revision) for row in rows}
    print(
        f"{given.database}, {given.tasks:,} tasks, {people} annotators, {given.seconds:g} s, "
        f"{given.workers} workers, {given.kills} kills, think {given.think:g} s\n"
        f"  next    {spread(waits)}\n"
        f"  submit  {spread(submits)}\n"
        f"  {len(submits) / given.seconds:,.0f} submits a second; refused: {dict(failures) or 'none'}\n"
        f"  {sum(acknowledged.values()):,} acknowledged, {len(acknowledged.keys() - stored)} of them missing, "
        f"{len(stored - acknowledged.keys())} stored without an answer, "
        f"{sum(spans.get(row.id, 0) != row.spans for row in rows)} half-written\n"
        f"  {sum(count > 1 for count in handed_out.values())} given twice, {leased_twice} leased twice, "
        f"{held} leases for {in_leases} leased tasks left"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--annotators", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--kills", type=int, default=0)
    main(parser.parse_args())
