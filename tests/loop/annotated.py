"""A real project: documents of two labels that a CRF learns in a second, and their gold."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from livener.datasets.golden import GoldenSets
from livener.review import projects
from livener.review.intake import import_documents
from livener.store import Artefacts, Store
from livener.store.models import Membership, Role, User
from livener.text import Document, Span

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
LABELS = {"PER": "People.", "ORG": "Organisations."}
_PEOPLE = ("Ada", "Bo", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ines", "Jon", "Kaja", "Lou", "Mia", "Ned")
_FIRMS = ("Acme", "Bolt", "Corex", "Delta", "Emco", "Fabrik", "Gantry", "Helix", "Inlet", "Juno", "Kilo", "Lumen")
_FRAMES = (
    "{p} joined {o} .",
    "{o} hired {p} last week .",
    "In May {p} left {o} for good .",
    "{p} and her team sued {o} .",
    "The board of {o} met {p} .",
    "Nobody at the fair was paid .",
)


def document(number: int, *, key: str = "d") -> Document:
    """The same for the same number: a sentence with a person and an organisation, or with nothing."""
    chance = random.Random(number)
    person, firm = chance.choice(_PEOPLE) + chance.choice(("", "son", "ita")), chance.choice(_FIRMS)
    text = f"{number} : " + chance.choice(_FRAMES).format(p=person, o=firm)
    spans = [
        Span(text.index(f" {word} ") + 1, text.index(f" {word} ") + 1 + len(word), label)
        for word, label in ((person, "PER"), (firm, "ORG"))
        if f" {word} " in text
    ]
    return Document(text, f"{key}{number}", spans=tuple(sorted(spans, key=lambda span: span.start)))


def documents(first: int, last: int, *, key: str = "d") -> list[Document]:
    """Those of the numbers in [first, last)."""
    return [document(number, key=key) for number in range(first, last)]


def unread(found: Sequence[Document]) -> list[Document]:
    """The same without what is in them."""
    return [one.with_spans(()) for one in found]


def new_project(store: Store, *, settings: dict[str, object] | None = None) -> int:
    """A project of ``lea``, who leads, and ``ann``, who annotates; its id."""
    with store.writing() as session:
        for name in ("lea", "ann"):
            session.add(User(name=name, password_hash=None, created_at=NOW))
        session.flush()
        made = projects.create(session, "news", by=1, now=NOW, settings=settings, labels=LABELS)
        session.add(Membership(project_id=made.id, user_id=2, role=Role.ANNOTATOR, skills=[]))
        return made.id


def gold(store: Store, project_id: int, found: Sequence[Document], *, now: datetime = NOW) -> None:
    """Documents that were settled elsewhere."""
    import_documents(store, project_id, found, now=now, user_id=1, gold=True)


def golden_set(store: Store, folder: Path, project_id: int, *, count: int = 60) -> None:
    """What every candidate is judged on."""
    sets = GoldenSets(store, Artefacts(folder / "artefacts"), project=project_id)
    sets.create("held out", {"test": documents(5000, 5000 + count, key="g")}, created=NOW)


class Later:
    """A clock that is a second later whenever it is asked."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
