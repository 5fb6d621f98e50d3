"""People who work on the project through the same functions as the server."""

from collections.abc import Sequence
from datetime import datetime

from livener.review import annotations, queue
from livener.review.annotations import SpanGiven, Submission, Submitted
from livener.review.people import Person
from livener.review.rules import Rules
from livener.store import Store
from livener.store.models import Prediction, Project, Role, Task, TaskKind
from livener.text import Document, Span

ANN = Person(2, Role.ANNOTATOR)
LEA = Person(1, Role.LEAD)


def lease(store: Store, now: datetime, person: Person = ANN, *, kind: TaskKind = TaskKind.DOCUMENT) -> int | None:
    """The id of the next task of a person, who holds it then."""
    with store.writing() as session:
        rules = Rules.of(session.get_one(Project, 1).settings)
        found = queue.next_tasks(session, 1, person, rules, now=now, kind=kind)
    return None if isinstance(found, queue.Empty) else found[0].task_id


def answer(
    store: Store,
    task: int,
    now: datetime,
    spans: Sequence[Span],
    *,
    negatives: Sequence[Span] = (),
    complete: bool = True,
    guideline: int = 1,
    person: Person = ANN,
) -> Submitted:
    """What a person says about a task that they hold."""
    right, wrong = ([SpanGiven(span.start, span.end, span.label) for span in each] for each in (spans, negatives))
    submission = Submission(right, guideline, wrong, complete=complete, active_seconds=5.0)
    with store.writing() as session:
        rules = Rules.of(session.get_one(Project, 1).settings)
        return annotations.submit(session, 1, task, person, submission, rules, now=now)


def shown(store: Store, task: int) -> list[tuple[int, int, str]] | None:
    """What is pre-annotated in a task."""
    with store.reading() as session:
        row = session.get_one(Task, task)
        if row.prediction_id is None:
            return None
        spans = session.get_one(Prediction, row.prediction_id).spans
        return [(span["start"], span["end"], span["label"]) for span in spans]


def keys(document: Document) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in document.spans]
