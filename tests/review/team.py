"""A project with two documents and people of every role."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from livener.review import annotations, decisions, queue, tasks
from livener.review.annotations import SpanGiven, Submission, Submitted
from livener.review.people import Person
from livener.review.rules import Rules
from livener.store import Store, models

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEXTS = {"d1": "Zoë 🚀 joined Acme.", "d2": "Acme sued Ada Lovelace in Paris."}
Spot = tuple[int, int, str]
ACME, ZOE = (13, 17, "ORG"), (0, 3, "PER")


@dataclass
class Team:
    """One project in a store; every call is one transaction, and the clock moves a second with each."""

    store: Store
    people: dict[str, Person]
    rules: Rules
    project: int = 1
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.documents: dict[str, int] = {}

    def tick(self, seconds: float = 1.0) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def open(self, *keys: str, **options: object) -> list[int]:
        with self.store.writing() as session:
            ids = [self.documents[key] for key in keys]
            options = {"reason": "not yet annotated", "overlap": self.rules.overlap} | options
            return tasks.open_tasks(session, self.project, ids, now=self.tick(), **options)  # type: ignore[arg-type]

    def next(self, name: str, **options: object) -> list[queue.Leased] | queue.Empty:
        with self.store.writing() as session:
            person = self.people[name]
            return queue.next_tasks(session, self.project, person, self.rules, now=self.tick(), **options)  # type: ignore[arg-type]

    def lease(self, name: str, task: int) -> queue.Leased:
        with self.store.writing() as session:
            return queue.lease(session, self.project, task, self.people[name], self.rules, now=self.tick())

    def submit(self, name: str, task: int, spans: Iterable[Spot] = (), **options: object) -> Submitted:
        given = submission(spans, **options)
        with self.store.writing() as session:
            return annotations.submit(
                session, self.project, task, self.people[name], given, self.rules, now=self.tick()
            )

    def resolve(self, name: str, task: int, spans: Iterable[Spot] = ()) -> Submitted:
        with self.store.writing() as session:
            person = self.people[name]
            return annotations.resolve(
                session, self.project, task, person, submission(spans), self.rules, now=self.tick()
            )

    def do(self, what: str, name: str | None, task: int, **options: object) -> models.TaskState:
        with self.store.writing() as session:
            person = self.people[name] if name else None
            action = getattr(queue, what, None) or getattr(decisions, what)
            state: models.TaskState = action(session, self.project, task, person, now=self.tick(), **options)
            return state

    def task(self, task: int) -> models.Task:
        with self.store.reading() as session:
            found = session.get(models.Task, task)
            assert found is not None
            return found

    def states(self, task: int) -> list[str]:
        """The states that a task went through."""
        with self.store.reading() as session:
            after = select(models.TaskEvent.after).where(models.TaskEvent.task_id == task)
            return [state.value for state in session.scalars(after.order_by(models.TaskEvent.number))]


def submission(spans: Iterable[Spot], **options: object) -> Submission:
    return Submission([SpanGiven(*span) for span in spans], **({"guideline": 1} | options))  # type: ignore[arg-type]


def build(store: Store, rules: Rules) -> Team:
    """The project ``contracts`` with ann, bob, cyd (annotators), rob, rea (reviewers), eve (expert), lea (lead)."""
    roles = {
        "ann": models.Role.ANNOTATOR,
        "bob": models.Role.ANNOTATOR,
        "cyd": models.Role.ANNOTATOR,
        "rob": models.Role.REVIEWER,
        "rea": models.Role.REVIEWER,
        "eve": models.Role.EXPERT,
        "lea": models.Role.LEAD,
    }
    with store.writing() as session:
        session.add(models.Project(id=1, name="contracts", settings={}, created_at=NOW))
        people = {}
        for number, (name, role) in enumerate(roles.items(), 1):
            session.add(models.User(id=number, name=name, password_hash=None, created_at=NOW, disabled_at=None))
            session.flush()
            session.add(models.Membership(project_id=1, user_id=number, role=role))
            people[name] = Person(number, role)
        labels = {"PER": "people", "ORG": "organisations", "LOC": "places"}
        session.add(models.LabelSet(id=1, project_id=1, number=1, labels=labels, created_at=NOW))
        session.flush()
        guidelines = {"project_id": 1, "number": 1, "label_set_id": 1, "markdown": "## PER", "author_id": 7}
        session.add(models.GuidelineVersion(id=1, created_at=NOW, **guidelines))
        documents = {
            key: models.Document(project_id=1, key=key, text=text, meta={}, created_at=NOW)
            for key, text in TEXTS.items()
        }
        session.add_all(documents.values())
        session.flush()
        spans = [{"start": 13, "end": 17, "label": "ORG", "score": 0.6, "source": "crf"}]
        session.add(
            models.Prediction(
                project_id=1, document_id=documents["d1"].id, pipeline="p1", spans=spans, created_at=NOW
            )
        )
        ids = {key: document.id for key, document in documents.items()}
    team = Team(store, people, rules)
    team.documents = ids
    return team
