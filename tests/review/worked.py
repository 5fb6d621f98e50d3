"""A project in which people have worked, made with what they would work with."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from livener.review import guideline_versions, queue
from livener.review.annotations import SpanGiven, Submission, resolve, submit
from livener.review.decisions import escalate
from livener.review.people import person
from livener.review.rules import Rules
from livener.review.tasks import open_tasks
from livener.store import Store, models
from livener.store.models import Role

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
LABELS = {"PER": "people", "ORG": "organisations"}
MARKDOWN = "Mark names.\n\n## PER\n\nPeople.\n\n## ORG\n\nOrganisations: `[Acme](ORG) rose.`\n"
PEOPLE = {
    "ann": Role.ANNOTATOR,
    "bob": Role.ANNOTATOR,
    "rea": Role.REVIEWER,
    "eve": Role.EXPERT,
    "lea": Role.LEAD,
}
Triple = tuple[int, int, str]


class Worked:
    """A project with people (`PEOPLE`, and their ids in ``ids``) and guidelines number 1."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rules = Rules()
        self.now = NOW
        with store.writing() as session:
            project = models.Project(name="contracts", settings={}, created_at=NOW)
            users = {name: models.User(name=name, created_at=NOW) for name in PEOPLE}
            session.add_all([project, *users.values()])
            session.flush()
            self.project: int = project.id
            self.ids: dict[str, int] = {name: user.id for name, user in users.items()}
            for name, role in PEOPLE.items():
                session.add(models.Membership(project_id=self.project, user_id=self.ids[name], role=role))
            session.flush()
            guideline_versions.publish(
                session, self.project, MARKDOWN, author=self.ids["lea"], now=NOW, labels=LABELS
            )

    def publish(self, markdown: str, **given: Any) -> int:
        """The number of a new version of the guidelines."""
        with self.store.writing() as session:
            author = self.ids["lea"]
            made = guideline_versions.publish(session, self.project, markdown, author=author, now=self.now, **given)
            return made.number

    def document(self, key: str, text: str, *, meta: Mapping[str, Any] | None = None) -> int:
        """The id of a new document."""
        with self.store.writing() as session:
            row = models.Document(
                project_id=self.project, key=key, text=text, meta=dict(meta or {}), created_at=self.now
            )
            session.add(row)
            session.flush()
            return row.id

    def task(self, key: str, **given: Any) -> int:
        """The id of a new task for the document."""
        with self.store.writing() as session:
            document = session.scalars(select(models.Document.id).where(models.Document.key == key)).one()
            return open_tasks(session, self.project, [document], now=self.now, reason="new", **given)[0]

    def annotate(self, task: int, name: str, spans: Iterable[Triple] = (), **given: Any) -> models.TaskState:
        """Somebody takes the task and says that these are its spans, a minute later."""
        self.now += timedelta(minutes=1)
        submission = self._submission(spans, **given)
        with self.store.writing() as session:
            who = person(session, self.project, self.ids[name])
            assert who
            queue.lease(session, self.project, task, who, self.rules, now=self.now)
            done = submit(session, self.project, task, who, submission, self.rules, now=self.now)
            return done.state

    def decide(self, task: int, name: str, spans: Iterable[Triple] = (), **given: Any) -> int:
        """A reviewer or an expert takes a task that waits for them, and ends it: the id of the annotation."""
        self.now += timedelta(minutes=1)
        submission = self._submission(spans, **given)
        with self.store.writing() as session:
            who = person(session, self.project, self.ids[name])
            assert who
            queue.lease(session, self.project, task, who, self.rules, now=self.now)
            return resolve(session, self.project, task, who, submission, self.rules, now=self.now).annotation_id

    def escalate(self, task: int, name: str) -> None:
        """Somebody takes the task and sends it up."""
        self.now += timedelta(minutes=1)
        with self.store.writing() as session:
            who = person(session, self.project, self.ids[name])
            assert who
            queue.lease(session, self.project, task, who, self.rules, now=self.now)
            escalate(session, self.project, task, who, reason="unclear", now=self.now)

    def _submission(
        self, spans: Iterable[Triple], *, negatives: Iterable[Triple] = (), guideline: int = 1, **given: Any
    ) -> Submission:
        wrong = [SpanGiven(*span) for span in negatives]
        return Submission([SpanGiven(*span) for span in spans], guideline, negatives=wrong, **given)
