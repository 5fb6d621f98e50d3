"""Import into a project store: documents with pre-annotations and tasks a second, and whether the rate holds.

    python benchmarks/store.py [--documents 1_000_000] [--database sqlite|postgresql]

Documents of about 120 characters with three scored spans, as JSON Lines objects in memory; one process, beside the
server on the same cores. PostgreSQL is a throwaway server with its default settings, SQLite a file; both write to the
disk at the end of every batch. The peer row is the same rows through the ORM.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import perf_counter

from sqlalchemy import insert, text

from livener.review.intake import import_documents
from livener.store import Store, models
from livener.text import Document, Span

NOW = datetime.now(UTC)
TEXT = (
    "Acme Corporation of {} paid Zoë Byron 4,200 euros on 3 May for the lease of the offices in Oslo, said a person."
)


def documents(count: int, first: int = 0) -> Iterator[Document]:
    for number in range(first, first + count):
        spans = (
            Span(0, 16, "ORG", 0.5 + number % 100 / 200, "crf"),
            Span(20, 23, "GPE", 0.75, "crf"),
            Span(30, 33, "PERSON", 0.9375, "crf"),
        )
        yield Document(TEXT.format(number + 100), f"document-{number * 7_919 % 1_000_003_000}", {}, spans)


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of an empty database on this machine's disk."""
    folder = Path(tempfile.mkdtemp(prefix="livener-benchmark-"))
    try:
        if name == "sqlite":
            yield f"sqlite:///{folder / 'store.db'}"
            return
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        programs = Path(shutil.which("initdb") or found[-1]).resolve().parent
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", f"{folder}/data", *arguments]
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        run("initdb", "-U", "livener", "-A", "trust", "-E", "UTF8", "--no-locale")
        run("pg_ctl", "start", "-w", "-l", f"{folder}/log", "-o", f"-c listen_addresses='' -k {folder}")
        try:
            yield f"postgresql://livener@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "fast")
    finally:
        shutil.rmtree(folder)


def new_project(store: Store) -> None:
    store.upgrade()
    with store.writing() as session:
        session.add(models.Project(id=1, name="benchmark", settings={}, created_at=NOW))


def by_orm(store: Store, first: int, count: int) -> None:
    """The same rows, in batches of the same size, by SQLAlchemy's bulk insert."""
    given = list(documents(count, first))
    for at in range(0, count, 2000):
        with store.writing() as session:
            part = given[at : at + 2000]
            ids = range(first + at + 1, first + at + len(part) + 1)
            rows = [
                {"id": id, "project_id": 1, "created_at": NOW, "one": one} for id, one in zip(ids, part, strict=True)
            ]
            session.execute(
                insert(models.Document),
                [{"key": row["one"].id, "text": row["one"].text, "meta": {}} | row for row in rows],
            )
            session.execute(
                insert(models.Prediction),
                [
                    {
                        "document_id": row["id"],
                        "pipeline": "p",
                        "spans": [
                            {"start": span.start, "end": span.end, "label": span.label, "score": span.score}
                            for span in row["one"].spans
                        ],
                    }
                    | row
                    for row in rows
                ],
            )
            session.execute(
                insert(models.Task),
                [
                    {
                        "document_id": row["id"],
                        "prediction_id": row["id"],
                        "tier": models.Tier.ANNOTATOR,
                        "priority": 0.5,
                        "reason": "",
                        "state": models.TaskState.OPEN,
                        "events": 0,
                    }
                    | row
                    for row in rows
                ],
            )


_FRESH = count(2_000_000, 2_000)


def timed(store: Store, size: int, first: int | None = None) -> float:
    """The seconds for so many documents: up to 2,000 new ones when it is not said which."""
    first = next(_FRESH) if first is None else first
    began = perf_counter()
    assert import_documents(store, 1, documents(size, first), now=NOW).added == size
    return perf_counter() - began


def measure(name: str, count: int) -> None:
    with (
        database(name) as url,
        Store(url) as store,
        database(name) as small_url,
        Store(small_url) as small,
    ):
        new_project(store)
        new_project(small)
        timed(small, 2_000)
        done = 0
        for total in [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= count]:
            between = (total - done) / timed(store, total - done, done)
            done = total
            # In turns with a small store, as the machine may have other work.
            here, there = (
                sum(parts)
                for parts in zip(*((timed(store, 2_000), timed(small, 2_000)) for _ in range(5)), strict=True)
            )
            print(
                f"{name:10}  {total:9,} documents: {between:7,.0f} a second on the way,"
                f" {10_000 / here:7,.0f} for the next ones, {here / there:.2f} of the time in a small store",
                flush=True,
            )
    with database(name) as url, Store(url) as store:
        new_project(store)
        by_orm(store, 0, 1_000)
        began = perf_counter()
        by_orm(store, 1_000, 20_000)
        print(
            f"{name:10}  the same rows by SQLAlchemy: {20_000 / (perf_counter() - began):7,.0f} a second", flush=True
        )
        with store.reading() as session:
            assert session.execute(text("SELECT count(*) FROM tasks")).scalar() == 21_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    options = parser.parse_args()
    for name in options.database or ["sqlite", "postgresql"]:
        measure(name, options.documents)


if __name__ == "__main__":
    main()
