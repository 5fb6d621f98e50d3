"""A project whose models find the words that they are told: no test waits for training."""

from datetime import UTC, datetime
from pathlib import Path

from livener.datasets.golden import GoldenSets
from livener.learning import gate, models
from livener.learning.serving import Served
from livener.pipeline import Pipeline, save
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.store import Artefacts, Store
from livener.store.models import Project, User
from livener.text import Document, Span

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
LABELS = {"Acme": "ORG", "Oslo": "GPE", "Ada": "PER", "Zoë": "PER"}
EVERYTHING = tuple(LABELS)


def golden_document(number: int) -> Document:
    """All of `LABELS`, each once."""
    text = f"{number}: Ada and Zoë of Acme flew to Oslo."
    spans = (Span(text.index(word), text.index(word) + len(word), label) for word, label in LABELS.items())
    return Document(text, f"g{number}", spans=tuple(spans))


def new_project(store: Store, settings: dict[str, object] | None = None) -> None:
    """A project and a person."""
    with store.writing() as session:
        session.add(Project(id=1, name="news", settings=settings or {}, created_at=NOW))
        session.add(User(id=1, name="lea", password_hash=None, created_at=NOW))


class Modelled:
    """The project of the id 1, with models that find the words they know."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.artefacts = Artefacts(folder / "artefacts")
        self.served = Served(store, self.artefacts)

    def golden(self, documents: int = 40) -> None:
        sets = GoldenSets(self.store, self.artefacts, project=1)
        sets.create("held out", {"test": map(golden_document, range(documents))}, created=NOW)

    def directory(self, *words: str, score: float = 0.9) -> Path:
        """A model directory that knows the words."""
        path = self.folder / f"{'-'.join(words)} {score}"
        save(Pipeline(Gazetteer([Term(word, LABELS[word]) for word in words], score=score)), path)
        return path

    def add(self, *words: str, score: float = 0.9) -> models.ModelVersion:
        """The next version: it knows the words."""
        path = self.directory(*words, score=score)
        return models.add(self.store, self.artefacts, 1, path, now=NOW)

    def gate(self, number: int) -> gate.Gate:
        return gate.gate(
            self.store, self.artefacts, 1, number, load=lambda one: self.served(1, one)[1], now=NOW, by=1
        )

    def promote(self, number: int, alias: str = models.PRODUCTION) -> models.Move:
        with self.store.writing() as session:
            return models.promote(session, 1, number, alias=alias, reason="better", by=1, now=NOW)

    def rollback(self) -> models.Move:
        with self.store.writing() as session:
            return models.rollback(session, 1, reason="an incident", by=1, now=NOW)
