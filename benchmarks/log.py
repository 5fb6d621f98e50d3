"""The inference log: how fast it takes documents, how fast it is asked, and what `kill -9` takes from it.

    python benchmarks/log.py [--rows 10000000] [--kills 100] [--part appended] [--part asked] [--part killed]

Beside it in the same run: the same rows as JSON Lines in one file that is synced twice a second, and DuckDB over it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from livener.monitoring.log import Inferences, Log, LogWriter, Window, pages
from livener.monitoring.log.upkeep import maintain
from livener.text import Document, Span

BEGAN = datetime(2024, 5, 6, tzinfo=UTC)
WEEK = Window(BEGAN, BEGAN + timedelta(days=7))
LABELS = ("ORG", "PER", "LOC", "MONEY", "DATE", "LAW", "PRODUCT", "EVENT")
LABEL = pages.Wanted(label="ORG")
BY_DAY = "SELECT time::DATE, count(*), avg(score) FROM spans WHERE label = 'ORG' GROUP BY 1"
BY_SURFACE = "SELECT surface, count(*), avg(score) FROM spans WHERE label = 'ORG' GROUP BY 1"
ALL_LABELS = "SELECT label, count(*), avg(entropy) FROM spans GROUP BY label"
AT_ONCE = 64
PARTS = ("appended", "asked", "killed")
KILLED = """
import sys, time
from datetime import UTC, datetime
from livener.monitoring.log import Inferences, LogWriter
from livener.text import Document, Span
strict = sys.argv[2] == "strict"
writer = LogWriter(sys.argv[1], strict=strict, segment_rows=2000)
number = int(sys.argv[3])
while True:
    document = Document("Acme left.", f"{number}", spans=(Span(0, 4, "ORG", 0.9),))
    done = writer.append(Inferences(datetime(2024, 5, 6, tzinfo=UTC), 1, [document], 1, "crf.v1"))
    if done is not None:
        done.result()
    print(number, time.monotonic(), flush=True)
    number += 1
    if not strict:
        time.sleep(0.0005)
"""


def entries(rows: int, seed: int = 0) -> Iterator[Inferences]:
    """Requests of 64 documents over a week; two spans a document of eight labels, and 5,000 names."""
    rng = random.Random(seed)
    surfaces = [f"Name{number} Corp" for number in range(5000)]
    versions, step = (11, 12), timedelta(days=7) / (rows / AT_ONCE)
    for number in range(0, rows, AT_ONCE):
        documents = []
        for inner in range(number, min(number + AT_ONCE, rows)):
            first, second = rng.choice(surfaces), rng.choice(surfaces)
            text = f"{first} paid {second} for number {inner}."
            start = len(first) + 6
            spans = (
                Span(0, len(first), rng.choice(LABELS), rng.random(), "crf", None, first),
                Span(start, start + len(second), rng.choice(LABELS), rng.random(), "crf", None, second),
            )
            documents.append(Document(text, f"d{inner}", {"domain": "news"}, spans))
        at = BEGAN + step * (number // AT_ONCE)
        yield Inferences(at, 1, documents, versions[number // AT_ONCE % 2], "crf.v1", asked="production", ms=2.0)


def appended(folder: Path, rows: int) -> None:
    given = list(entries(rows))
    with LogWriter(folder, most_waiting=1 << 40) as writer:
        began, processor = time.perf_counter(), time.process_time()
        for entry in given:
            writer.append(entry)
        while writer.waiting:
            time.sleep(0.01)
        seconds, used = time.perf_counter() - began, time.process_time() - processor
    print(f"livener:    {rows / seconds:10,.0f} documents/s appended and synced ({rows / used:,.0f} a core)")


def json_lines(path: Path, rows: int) -> None:
    given = list(entries(rows))
    began, processor, synced = time.perf_counter(), time.process_time(), time.perf_counter()
    with path.open("w") as file:
        for entry in given:
            for document in entry.documents:
                spans = [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in document.spans]
                row = {"time": entry.time.isoformat(), "model": entry.model, "text": document.text, "spans": spans}
                file.write(json.dumps(row) + "\n")
            if time.perf_counter() - synced > 0.5:
                file.flush()
                os.fsync(file.fileno())
                synced = time.perf_counter()
        file.flush()
        os.fsync(file.fileno())
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    print(f"JSON Lines: {rows / seconds:10,.0f} documents/s appended and synced ({rows / used:,.0f} a core)")


def asked(folder: Path, rows: int) -> None:
    """A log of so many rows, made in parts that are merged by day, and questions about a week of it."""
    with LogWriter(folder, segment_rows=1_000_000) as writer:
        for entry in entries(rows):
            while writer.waiting > 100_000:
                time.sleep(0.01)
            writer.append(entry)
    maintain(folder, now=BEGAN)
    ask(folder, rows)


def ask(folder: Path, rows: int) -> None:
    log = Log(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    name = pages.Wanted(surface="Name7 Corp", version=12)
    questions: dict[str, Callable[[], Sized]] = {
        "one label by day": partial(log.query, BY_DAY, 1, WEEK),
        "one label, all its spans counted by surface form": partial(log.query, BY_SURFACE, 1, WEEK),
        "one label, the first page over HTTP": partial(pages.spans, log, 1, WEEK, LABEL, limit=50),
        "one name by one version, all": partial(log.spans, 1, WEEK, surface="Name7 Corp", version=12),
        "one name by one version, the first page over HTTP": partial(pages.spans, log, 1, WEEK, name, limit=50),
        "all labels": partial(log.query, ALL_LABELS, 1, WEEK),
    }
    print(f"{rows:,} documents, {2 * rows:,} spans, {size / 1e6:,.0f} MB")
    for title, question in questions.items():
        times, used = [], []
        for _ in range(5):
            began, processor = time.perf_counter(), time.process_time()
            found = question()
            times.append(time.perf_counter() - began)
            used.append(time.process_time() - processor)
        middle, busy = sorted(times)[2], sorted(used)[2]
        print(f"  {title}: {middle:.2f} s ({busy:.2f} s of processor), {len(found):,} rows", flush=True)


def asked_of_json_lines(path: Path, rows: int) -> None:
    began = time.perf_counter()
    duckdb.sql(
        f"SELECT count(*), avg(span.score) FROM (SELECT unnest(spans) AS span FROM read_json('{path}'))"
        " WHERE span.label = 'ORG'"
    ).fetchall()
    print(f"  DuckDB over JSON Lines, {rows:,} documents, one label: {time.perf_counter() - began:.2f} s")


def killed(folder: Path, kills: int, mode: str) -> None:
    """Whoever was killed goes on in the same log; what it had said of before (a second ago) has to be there."""
    missing, number, promised = 0, 0, set[int]()
    for _ in range(kills):
        command = [sys.executable, "-c", KILLED, str(folder), mode, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.uniform(0.0, 1.5))
            at = time.monotonic()
            os.kill(process.pid, signal.SIGKILL)
            said = [line.split() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        promised |= {int(line[0]) for line in said if mode == "strict" or float(line[1]) < at - 1}
        number = max([number, *(int(line[0]) for line in said)]) + 1000
    there = [int(key) for key in Log(folder).documents(1, WEEK)["key"].to_pylist()]
    missing = len(promised - set(there))
    twice = len(there) - len(set(there))
    with LogWriter(folder) as writer:
        writer.flush()
    again = len(Log(folder).documents(1, WEEK))
    print(f"{kills} kills, {mode}: {len(promised):,} promised, {missing} missing, {twice} twice; ", end="")
    print(f"{len(there):,} read, {again:,} after recovery, {len(list(folder.glob('open/*.open')))} files left")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; repeatable")
    given = parser.parse_args()
    parts = given.part or PARTS
    with tempfile.TemporaryDirectory(prefix="livener-benchmark-") as name:
        folder = Path(name)
        if "appended" in parts:
            appended(folder / "appended", 500_000)
            json_lines(folder / "lines.jsonl", 500_000)
            asked_of_json_lines(folder / "lines.jsonl", 500_000)
        if "asked" in parts:
            asked(folder / "asked", given.rows)
        for mode in ("relaxed", "strict") if "killed" in parts else ():
            killed(folder / mode, given.kills, mode)
