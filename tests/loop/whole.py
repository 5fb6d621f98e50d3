"""The whole loop as steps that a program takes one after the other: what `test_whole_loop` kills and begins again.

    python -m tests.loop.whole FOLDER

Each step is what a person or program of a project does, through the same functions as command line and server. The
program lives again and again, each time in a process of its own that kills itself (SIGKILL) at the first moment at
which none before it died: between the steps, between two answers of a person, and within each job between what a step
did and the note that it did it. It prints how many lives it took.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from tests.loop.annotated import LABELS, NOW, documents, unread
from tests.loop.people import ANN, answer

from livener.datasets.golden import GoldenSets
from livener.learning import models
from livener.loop import jobs, kinds, triggers
from livener.loop.jobs import UNDER_WAY
from livener.loop.work import Work
from livener.loop.worker import Worker
from livener.review import projects, queue
from livener.review.intake import import_documents
from livener.review.rules import Rules
from livener.store import Artefacts, Store
from livener.store.models import Document as StoredDocument
from livener.store.models import (
    GateReport,
    Job,
    JobState,
    Lease,
    Membership,
    Project,
    Role,
    Task,
    TriggerEvent,
    User,
)
from livener.text import Document, Span

SETTINGS = {
    "routing": {"limit": 0.2, "confidence": 0.8, "audit_share": 0.2},
    "gate": {"calibration": 0.2},
    "loop": {"watch": {"enabled": False}},  # it begins by the clock where a server has written a log
}
_DAY = timedelta(days=1)


class Loop:
    """A project in a folder, and the steps."""

    def __init__(self, folder: Path, *, mortal: bool = False) -> None:
        self.folder, self._mortal = folder, mortal
        self.store = Store(f"sqlite:///{folder}/store.db")
        self.store.upgrade()
        self.artefacts = Artefacts(folder / "artefacts")

    def run(self) -> None:
        """All steps; those that an earlier life took find that there is nothing to do."""
        for number, step in enumerate(self.steps):
            self.moment(f"before step {number}")
            step(NOW + number * _DAY)
        self.moment("the end")

    @property
    def steps(self) -> tuple[Callable[[datetime], None], ...]:
        return (
            self.begin,
            self.import_,
            self.first_model,
            self.promote,
            self.arrivals,
            self.ask,
            self.review,
            self.trigger,
            self.promote,
            self.spoil,
            self.worse_model,
            self.roll_back,
        )

    def moment(self, name: str) -> None:
        """One at which the process dies, unless an earlier one did."""
        grave = self.folder / "deaths" / name.replace(" ", "-")
        if self._mortal and not grave.exists():
            grave.parent.mkdir(exist_ok=True)
            grave.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, now: datetime) -> None:
        with self.store.writing() as session:
            if session.query(Project).count():
                return
            for name in ("lea", "ann"):
                session.add(User(name=name, password_hash=None, created_at=now))
            session.flush()
            projects.create(session, "news", by=1, now=now, settings=SETTINGS, labels=LABELS)
            session.add(Membership(project_id=1, user_id=2, role=Role.ANNOTATOR, skills=[]))
            triggers.create(
                session, 1, "enough", condition="corrections", settings={"count": 3}, now=now + 2 * _DAY, by=1
            )

    def import_(self, now: datetime) -> None:
        import_documents(self.store, 1, documents(0, 300), now=now, user_id=1, gold=True)
        sets = GoldenSets(self.store, self.artefacts, project=1)
        sets.create("held out", {"test": documents(5000, 5060, key="g")}, created=NOW)

    def first_model(self, now: datetime) -> None:
        self.job(now, "learn", "the first")

    def promote(self, now: datetime) -> None:
        with self.store.writing() as session:
            found = models.find(session, 1, "candidate").number
            if models.pointed_at(session, 1) != found and found not in [
                one.number for one in models.moves(session, 1) if one.alias == models.PRODUCTION
            ]:
                models.promote(session, 1, found, reason="it passed the gate", by=1, now=now)

    def arrivals(self, now: datetime) -> None:
        import_documents(self.store, 1, unread(strange()), now=now, tasks=False)

    def ask(self, now: datetime) -> None:
        self.job(now, "route", "new documents")

    def review(self, now: datetime) -> None:
        """``ann`` says what is there, of every task that waits; one that she held when the process died is hers."""
        gold = {one.id: one for one in strange()}
        while (task := self.next(now)) is not None:
            self.moment(f"task {task} is held")
            with self.store.reading() as session:
                key = session.scalar(select(StoredDocument.key).join(Task).where(Task.id == task))
            answer(self.store, task, now, gold[key or ""].spans)
            now += timedelta(seconds=1)

    def next(self, now: datetime) -> int | None:
        with self.store.writing() as session:
            held = session.scalar(select(Lease.task_id).where(Lease.user_id == ANN.id))
            if held is not None:
                return held
            found = queue.next_tasks(session, 1, ANN, Rules(), now=now)
            return None if isinstance(found, queue.Empty) else found[0].task_id

    def trigger(self, now: datetime) -> None:
        """A worker that looks at the triggers, and does what they began."""
        worker = self.worker(now)
        worker.tick()
        self.finish(worker)

    def spoil(self, now: datetime) -> None:
        """Somebody brings annotations in which all is wrong, and more of them than of others."""
        wrong = [
            Document(
                one.text + " Really .",
                f"w{one.id}",
                spans=tuple(Span(s.start, s.end, other(s.label)) for s in one.spans),
            )
            for one in documents(2000, 2400)
        ]
        import_documents(self.store, 1, wrong, now=now, user_id=1, gold=True)

    def worse_model(self, now: datetime) -> None:
        self.job(now, "learn", "what was brought")

    def roll_back(self, now: datetime) -> None:
        with self.store.writing() as session:
            if not models.moves(session, 1)[0].rollback:
                models.rollback(session, 1, reason="to see that it can", by=1, now=now)

    def worker(self, now: datetime) -> Worker:
        moments = iter(range(1, 1 << 30))
        worker = Worker(
            self.store, self.artefacts, self.folder, clock=lambda: now + timedelta(milliseconds=next(moments))
        )
        worker._queue.job = lambda _: None  # type: ignore[method-assign] # done here and now, by `finish`
        return worker

    def job(self, now: datetime, kind: str, reason: str) -> None:
        """A job for this reason, once, and done."""
        with self.store.writing() as session:
            if session.scalar(select(Job.id).where(Job.reason == reason)) is None:
                kinds.start(session, 1, kind, {}, now=now, reason=reason)
        self.finish(self.worker(now))

    def finish(self, worker: Worker) -> None:
        """All jobs that are under way, those of a dead worker included."""
        with self.store.writing() as session:
            later = NOW + 1000 * _DAY
            waiting = jobs.recover(session, now=later, silent_seconds=0).waiting
        for id in waiting:
            worker.run(id)
        with self.store.reading() as session:
            assert not session.scalars(select(Job.id).where(Job.state.in_(UNDER_WAY))).all()
            problems = session.scalars(select(Job.problem).where(Job.state == JobState.FAILED)).all()
            assert not problems, problems


def strange() -> list[Document]:
    """Documents of a kind that the first model does not know: names without a context that it has seen."""
    names = ("Qorvath", "Zilber", "Maxim", "Tarn")
    return [
        Document(
            f"{n} : yesterday {names[n % 4]}{n} , then Ulm{n} Werke again",
            f"s{n}",
            spans=(
                Span(len(f"{n} : yesterday "), len(f"{n} : yesterday {names[n % 4]}{n}"), "PER"),
                Span(
                    len(f"{n} : yesterday {names[n % 4]}{n} , then "),
                    len(f"{n} : yesterday {names[n % 4]}{n} , then Ulm{n} Werke"),
                    "ORG",
                ),
            ),
        )
        for n in range(10, 24)
    ]


def other(label: str) -> str:
    return {"PER": "ORG", "ORG": "PER"}[label]


def state(folder: Path) -> dict[str, object]:
    """What must be the same however often the process died: all that people and programs can see of the project."""
    with Store(f"sqlite:///{folder}/store.db") as store, store.reading() as session:
        asked = select(Task.document_id, Task.state, Task.tier, Task.reason).order_by(Task.document_id)
        versions = models.listed(session, 1)
        return {
            "tasks": [tuple(row) for row in session.execute(asked)],
            "models": [(one.number, one.dataset, one.lineage["parent"], one.aliases) for one in versions],
            "moves": [(one.alias, one.number, one.before, one.rollback) for one in models.moves(session, 1)],
            "gates": [tuple(row) for row in session.execute(select(GateReport.model_version_id, GateReport.passed))],
            "fired": [tuple(row) for row in session.execute(select(TriggerEvent.detail, TriggerEvent.job_id))],
            "jobs": [
                (job.id, job.kind, job.state, {k: v for k, v in (job.result or {}).items() if k != "gate"})
                for job in jobs.listed(session, 1)
            ],
            "counts": projects.statistics(session, 1),
        }


def _steps_may_die(loop: Loop) -> None:
    """Between the effect of a job's step and the note that it is done."""
    noted = Work.step

    def step(self: Work, name: str, do: Callable[[], object]) -> object:
        def dying() -> object:
            found = do()
            loop.moment(f"job {self.begun.id} {name}")
            return found

        return noted(self, name, dying)  # type: ignore[arg-type]

    Work.step = step  # type: ignore[method-assign, assignment]


def lives(folder: Path) -> int:
    """How many deaths it took until one life came to the end."""
    for deaths in range(1000):
        child = os.fork()
        if not child:
            loop = Loop(folder, mortal=True)
            _steps_may_die(loop)
            loop.run()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0, f"a life ended with {status}"
            return deaths
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it never came to the end")


if __name__ == "__main__":
    print(lives(Path(sys.argv[1])))
