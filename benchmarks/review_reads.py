"""What reading a whole project costs: indicators, doubts of a change of guidelines, resolved documents as a stream.

    python benchmarks/review_reads.py [--store sqlite:///new.db] [--tasks 1000000]

The store must be new. Its tasks are spread over 360 days and 20 people; each was leased, submitted and resolved, with
two spans. Nothing else known offers these numbers for comparison.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy.orm import Session

from livener.review import guideline_doubts, guideline_versions, resolved
from livener.review.indicators import indicators
from livener.store import Store, models
from livener.store.bulk import insert_rows, moment

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 360
TEXT = "Ada Lovelace joined Acme Holdings in the spring, and wrote about it to her friends in Paris."
MARKDOWN = "## PER\n\nPeople.\n\n## ORG\n\nOrganisations.\n"


def main() -> None:
    """Fill a store and time what reads it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store")
    parser.add_argument("--tasks", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store(given.store or f"sqlite:///{folder}/store.db") as store:
        store.upgrade()
        begun = perf_counter()
        fill(store, given.tasks)
        print(f"{given.tasks:,} resolved tasks written in {perf_counter() - begun:.0f} s")
        end = BEGIN + timedelta(days=DAYS)
        reads: dict[str, Callable[[Session], object]] = {
            "indicators of 30 days": lambda s: indicators(s, 1, since=end - timedelta(days=30), until=end),
            "indicators of all days": lambda s: indicators(s, 1, since=BEGIN, until=end),
            "doubts of one label, counted": lambda s: guideline_doubts.counts(s, 1, old=1, new=2),
            "doubts of one label, first page": lambda s: guideline_doubts.page(s, 1, old=1, new=2),
            "resolved documents, the first 10,000": lambda s: [
                one for one, _ in zip(resolved.documents(s, 1), range(10_000), strict=False)
            ],
        }
        for name, read in reads.items():
            with store.reading() as session:
                begun = perf_counter()
                read(session)
                print(f"{name:40} {perf_counter() - begun:8.3f} s", flush=True)


def fill(store: Store, tasks: int) -> None:
    """A project in which so many tasks were resolved under the first of two versions of the guidelines."""
    with store.writing() as session:
        session.add(models.Project(id=1, name="contracts", settings={}, created_at=BEGIN))
        session.add_all(models.User(id=1 + n, name=f"person {n}", created_at=BEGIN) for n in range(20))
        session.flush()
        labels = {"PER": "people", "ORG": "organisations"}
        guideline_versions.publish(session, 1, MARKDOWN, author=1, now=BEGIN, labels=labels)
        guideline_versions.publish(session, 1, MARKDOWN.replace("People.", "People with names."), author=1, now=BEGIN)
    step = timedelta(days=DAYS) / tasks
    for first in range(1, tasks + 1, 50_000):
        with store.writing() as session:
            without_rules(session)
            for table, columns, rows in rows_of(session, range(first, min(first + 50_000, tasks + 1)), step):
                insert_rows(session, models.Base.metadata.tables[table], columns.split(), rows)
    # Statistics come by themselves, later; reading is measured with them.
    with store.writing() as session:
        session.connection().exec_driver_sql("ANALYZE")


def without_rules(session: Session) -> None:
    """Rows go in unchecked: only reading is measured, and the rules take most of the time of writing."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def rows_of(session: Session, ids: range, step: timedelta) -> Iterator[tuple[str, str, Iterator[Sequence[Any]]]]:
    """Tables, columns and rows of tasks with these ids, each with a document and an annotation of the same id."""

    def at(task: int, seconds: float = 0.0) -> str:
        return moment(session, BEGIN + task * step + timedelta(seconds=seconds))

    made = moment(session, BEGIN)
    yield (
        "documents",
        "id project_id key text meta created_at",
        ((one, 1, f"d{one}", f"{TEXT} {one}", "{}", made) for one in ids),
    )
    yield (
        "tasks",
        "id project_id document_id tier priority reason state events created_at",
        ((one, 1, one, "annotator", 0.0, "new", "resolved", 3, made) for one in ids),
    )
    yield (
        "annotations",
        "id project_id task_id revision author_id guideline_version_id complete spans active_seconds created_at",
        ((one, 1, one, 1, 1 + one % 20, 1, True, 2, float(one * 7919 % 97), at(one)) for one in ids),
    )
    yield (
        "annotation_spans",
        "annotation_id number start end label surface negative",
        (
            (one, *span, False)
            for one in ids
            for span in ((0, 0, 12, "PER", TEXT[:12]), (1, 20, 33, "ORG", TEXT[20:33]))
        ),
    )
    for number, (before, after) in enumerate(
        [("open", "leased"), ("leased", "submitted"), ("submitted", "resolved")], 1
    ):
        yield (
            "task_events",
            "task_id number before after user_id reason at annotation_id",
            (
                (
                    *(one, number, before, after, None if number == 3 else 1 + one % 20, ""),
                    *(at(one, number), None if number == 1 else one),
                )
                for one in ids
            ),
        )


if __name__ == "__main__":
    main()
