"""The draft that learns between two tasks, and what it pre-annotates."""

import time
from datetime import timedelta
from threading import Event

from sqlalchemy import func, select
from tests.loop import annotated
from tests.loop.annotated import NOW, documents, gold, golden_set, unread
from tests.loop.conftest import Place
from tests.loop.people import answer, keys, lease, shown

from livener.learning import models
from livener.learning.serving import Served
from livener.loop import draft as drafts
from livener.loop import kinds, live
from livener.loop.live import Live
from livener.loop.settings import WorkerSettings
from livener.loop.work import Shared
from livener.loop.worker import Worker
from livener.review import projects
from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import Annotation, Prediction, Project, Task, TaskKind
from livener.store.models import Document as Stored
from livener.text import Document, Span

LATER = NOW + timedelta(days=1)


def new_live(place: Place) -> Live:
    tell = lambda *event: place.told.append(event)  # noqa: E731
    return Live(
        Shared(
            store=place.store,
            artefacts=place.artefacts,
            served=Served(place.store, place.artefacts),
            folder=place.folder,
            clock=place.clock,
            tell=tell,
            writing=place.store.writing,
            stopping=Event(),
        )
    )


def waiting(place: Place, found: list[Document]) -> None:
    import_documents(place.store, 1, unread(found), now=NOW)


def document_of(store: Store, task: int) -> Document:
    with store.reading() as session:
        key = session.scalar(select(Stored.key).join(Task, Task.document_id == Stored.id).where(Task.id == task))
    return annotated.document(int((key or "").lstrip("d")))


def known(place: Place) -> live.Known:
    with place.store.reading() as session:
        found = live.known(session, 1)
    assert found is not None
    return found


def test_what_comes_next_is_pre_annotated_anew(place: Place) -> None:
    gold(place.store, 1, documents(0, 30))
    waiting(place, documents(100, 140))
    learner = new_live(place)
    first = learner.learn(1)
    assert first
    assert place.told[-1] == (1, "queue", {"refreshed": first})
    held = lease(place.store, LATER)
    assert held in first
    before = shown(place.store, held)
    answer(place.store, held, LATER, document_of(place.store, held).spans)
    learner.learn(1)
    assert shown(place.store, held) == before  # people answered to that one
    assert known(place).steps == 1
    task = lease(place.store, LATER)
    assert task is not None
    assert shown(place.store, task) is not None
    with place.store.reading() as session:
        pipelines = set(session.scalars(select(Prediction.pipeline)))
    assert pipelines == {"live"}


def test_what_a_step_has_seen_asks_for_no_other(place: Place) -> None:
    gold(place.store, 1, documents(0, 30))
    waiting(place, documents(100, 140))
    given = WorkerSettings(live_share=0.25)
    worker = Worker(place.store, place.artefacts, place.folder, settings=given, clock=place.clock)

    def said() -> int:
        held = lease(place.store, LATER)
        assert held is not None
        answer(place.store, held, LATER, document_of(place.store, held).spans)
        with place.store.reading() as session:
            return session.scalar(select(func.max(Annotation.id))) or 0

    worker.learn(1)
    first, second = said(), said()
    began = time.monotonic()
    worker.learn(1, first)  # a step learns all that was said until it begins
    took = time.monotonic() - began
    assert known(place).steps == 1
    assert took > 4 * known(place).seconds  # and rests
    place.clock.now += timedelta(days=1)
    before = known(place)
    worker.learn(1, second)
    assert known(place) == before
    worker.learn(1, said())
    assert known(place).steps == 2


def test_it_learns_a_name_that_it_did_not_know_from_one_answer(place: Place) -> None:
    gold(place.store, 1, documents(0, 60))
    texts = ["Qwxy joined Acme .", "Qwxy hired nobody .", "Acme sued Qwxy ."]
    waiting(place, [Document(text, f"d{900 + n}") for n, text in enumerate(texts)])
    learner = new_live(place)
    learner.learn(1)
    task = lease(place.store, LATER)
    assert task is not None
    answer(place.store, task, LATER, [Span(0, 4, "ORG"), Span(12, 16, "ORG")])
    learner.learn(1)
    after = lease(place.store, LATER)
    assert after is not None
    assert (0, 4, "ORG") in (shown(place.store, after) or [])


def test_yes_and_no_are_learned_as_partial_labels(place: Place) -> None:
    gold(place.store, 1, documents(0, 60))
    waiting(place, [Document("Qwxy hired nobody .", "d901"), Document("Qwxy hired nobody again .", "d902")])
    with place.store.writing() as session:
        session.add(
            Task(
                project_id=1,
                document_id=session.scalar(select(Stored.id).where(Stored.key == "d901")),
                tier="annotator",
                priority=0.0,
                reason="asked",
                created_at=NOW,
                kind=TaskKind.QUESTION,
                question=[{"start": 0, "end": 4, "label": "ORG"}],
            )
        )
    learner = new_live(place)
    learner.learn(1)
    task = lease(place.store, LATER, kind=TaskKind.QUESTION)
    assert task is not None
    answer(place.store, task, LATER, [Span(0, 4, "ORG")], complete=False)
    learner.learn(1)
    assert known(place).sentences == 1
    (other,) = [one for one in (lease(place.store, LATER), lease(place.store, LATER)) if one and one_of(place, one)]
    assert (0, 4, "ORG") in (shown(place.store, other) or [])


def test_what_is_said_of_a_part_is_learned(place: Place) -> None:
    gold(place.store, 1, documents(0, 60))
    waiting(place, [Document("Qwxy hired Vbnm .", "d901"), Document("Qwxy hired nobody again .", "d902")])
    with place.store.writing() as session:
        about = select(Task).join(Stored, Stored.id == Task.document_id).where(Stored.key == "d901")
        row = session.scalars(about).one()
        row.parts, row.priority, task = [[0, 10]], 9.0, row.id
    learner = new_live(place)
    learner.learn(1)
    assert lease(place.store, LATER) == task
    with place.store.reading() as session:
        last = session.scalar(select(func.max(Annotation.id))) or 0
    answer(place.store, task, LATER, [Span(0, 4, "ORG")])
    with place.store.reading() as session:
        (said,), _ = drafts.said_since(session, 1, last)
    assert (said.complete, said.known) == (False, ((0, 10),))  # who was hired, nobody was asked
    learner.learn(1)
    assert known(place).sentences == 1
    other = lease(place.store, LATER)
    assert other is not None
    assert one_of(place, other)
    assert (0, 4, "ORG") in (shown(place.store, other) or [])


def one_of(place: Place, task: int) -> bool:
    with place.store.reading() as session:
        key = session.scalar(select(Stored.key).join(Task, Task.document_id == Stored.id).where(Task.id == task))
    return key == "d902"


def test_it_goes_on_from_what_serves_and_is_no_version(place: Place) -> None:
    gold(place.store, 1, documents(0, 150))
    golden_set(place.store, place.folder, 1)
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"auto_promote": True}}
        id = kinds.start(session, 1, "learn", {}, now=NOW + timedelta(hours=1), reason="first")
    place.worker().run(id)
    waiting(place, documents(300, 320))
    learner = new_live(place)
    learner.learn(1)
    assert known(place).base == 1
    right = 0
    for _ in range(5):
        task = lease(place.store, LATER)
        assert task is not None
        wanted = document_of(place.store, task)
        right += sorted(shown(place.store, task) or []) == sorted(keys(wanted))
        answer(place.store, task, LATER, wanted.spans)
        learner.learn(1)
    assert right >= 4
    assert known(place).steps == 5
    with place.store.reading() as session:
        assert [one.number for one in models.listed(session, 1)] == [1]
        assert models.pointed_at(session, 1) == 1
        assert set(session.scalars(select(Prediction.model_version_id))) == {None}
    # a worker that begins anew learns what was said since its base, and stands where the first one stood
    again = new_live(place)
    again.learn(1)
    mine, theirs = learner._drafts[1], again._drafts[1]
    assert (theirs.annotation_id, len(theirs.pool)) == (mine.annotation_id, len(mine.pool))


def test_what_is_said_while_a_model_trains_is_learned_when_it_serves(place: Place) -> None:
    gold(place.store, 1, documents(0, 150))
    waiting(place, documents(300, 320))
    golden_set(place.store, place.folder, 1)
    asked, said, over = (NOW + timedelta(hours=hours) for hours in (1, 2, 3))
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"auto_promote": True}}
        id = kinds.start(session, 1, "learn", {}, now=asked, reason="first")
    task = lease(place.store, said)
    assert task is not None
    answer(place.store, task, said, document_of(place.store, task).spans)
    place.clock.now = over
    place.worker().run(id)
    learner = new_live(place)
    learner.learn(1)
    assert (known(place).base, known(place).sentences) == (1, 1)


def test_a_new_label_is_learned(place: Place) -> None:
    gold(place.store, 1, documents(0, 60))
    learner = new_live(place)
    learner.learn(1)
    labels = annotated.LABELS | {"EVENT": "Happenings."}
    with place.store.writing() as session:
        projects.change_labels(session, 1, labels, by=1, now=NOW)
    waiting(place, [Document(f"Fairmont happened in {word} .", f"d{n}") for n, word in enumerate("ABCDEFGH", 700)])
    for _ in range(4):
        task = lease(place.store, LATER)
        assert task is not None
        answer(place.store, task, LATER, [Span(0, 8, "EVENT")], guideline=2)
        learner.learn(1)
    task = lease(place.store, LATER)
    assert task is not None
    assert shown(place.store, task) == [(0, 8, "EVENT")]


def test_an_answer_with_spans_in_each_other_does_not_end_it(place: Place) -> None:
    gold(place.store, 1, documents(0, 30))
    waiting(place, documents(100, 110))
    new_live(place).learn(1)
    task = lease(place.store, LATER)
    assert task is not None
    answer(place.store, task, LATER, [Span(0, 7, "ORG"), Span(2, 5, "PER")])
    learner = new_live(place)  # as after a restart: all of it is learned anew
    learner.learn(1)
    other = lease(place.store, LATER)
    assert other is not None
    answer(place.store, other, LATER, document_of(place.store, other).spans)
    learner.learn(1)
    assert (known(place).steps, known(place).sentences) == (1, 1)


def test_too_little_to_begin_with_and_switched_off(place: Place) -> None:
    gold(place.store, 1, documents(0, 3))
    waiting(place, documents(100, 110))
    learner = new_live(place)
    assert learner.learn(1) == []
    with place.store.reading() as session:
        assert live.known(session, 1) is None
    gold(place.store, 1, documents(10, 40))
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"live": {"enabled": False}}}
    assert learner.learn(1) == []
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = {}
    assert learner.learn(1)


def test_what_somebody_took_or_began_is_not_touched(place: Place) -> None:
    gold(place.store, 1, documents(0, 30))
    import_documents(place.store, 1, unread(documents(100, 103)), now=NOW, overlap=2)
    held, begun = (lease(place.store, LATER) for _ in range(2))
    assert held
    assert begun
    answer(place.store, begun, LATER, document_of(place.store, begun).spans)
    refreshed = new_live(place).learn(1)
    assert len(refreshed) == 1
    with place.store.writing() as session:
        assert set(live._open_still(session, [held, begun, *refreshed])) == set(refreshed)
