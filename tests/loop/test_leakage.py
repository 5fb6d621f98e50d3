"""No text of the golden set gets to what learns, whatever way it came into the project."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.loop.annotated import NOW, document, documents, gold, new_project, unread
from tests.loop.conftest import Place
from tests.loop.people import answer, lease
from tests.loop.test_live import new_live
from typer.testing import CliRunner

from livener.cli import app
from livener.datasets.augmentation import names_of
from livener.datasets.golden import GoldenSets
from livener.datasets.splits import text_key
from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.formats import write
from livener.learning import models
from livener.learning.serving import fetch
from livener.loop import kinds
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.gazetteer import Gazetteer
from livener.review import listing, resolved, tasks
from livener.review.intake import import_documents
from livener.store import Store
from livener.store.models import JobState
from livener.text import Document, Span

LATER = NOW + timedelta(days=1)


def secret(number: int, one: Document) -> Document:
    """A golden text, with an organisation that is nowhere else, twice: what learned from it knows the name."""
    name, text = f"Zq{number}xk", one.text[:-2]
    first, second = len(text) + len(" with "), len(text) + len(f" with {name} and ")
    spans = (Span(at, at + len(name), "ORG") for at in (first, second))
    return Document(f"{text} with {name} and {name} .", f"g{number}", spans=(*one.spans, *spans))


SECRET = [secret(n, one) for n, one in enumerate(documents(7000, 7030))]
FORBIDDEN = {text_key(one.text) for one in SECRET}


@contextmanager
def project(template: Path) -> Iterator[Place]:
    """A new project in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "store.db")
        with Store(f"sqlite:///{folder}/store.db") as store:
            new_project(store)
            yield Place(store, Path(folder))


def disguised(one: Document, number: int, *, how: int) -> Document:
    """The same text as people meet it again: as it is, in other case, or with other spaces."""
    text = (one.text, one.text.upper(), one.text.replace(" ", "  "))[how]
    spans = one.spans if len(text) == len(one.text) else ()
    return Document(text, f"x{number}", spans=tuple(Span(span.start, span.end, span.label) for span in spans))


def sneak_in(place: Place, way: str, some: list[Document]) -> None:
    """Bring golden texts into the project in one of the ways that there are."""
    if way == "gold":
        gold(place.store, 1, some)
    elif way == "answered":
        import_documents(place.store, 1, unread(some), now=NOW, priority=9.0)
        for _ in some:
            task = lease(place.store, LATER)
            assert task is not None
            answer(place.store, task, LATER, ())
    elif way == "yes or no":
        import_documents(place.store, 1, unread(some), now=NOW, priority=9.0)
        for _ in some:
            task = lease(place.store, LATER)
            assert task is not None
            answer(place.store, task, LATER, (), complete=False)
    elif way == "a part":
        import_documents(place.store, 1, unread(some), now=NOW, tasks=False)
        with place.store.writing() as session:
            ids = listing.ids_of(session, 1, [one.id for one in some])
            parts = {id: [(0, len(one.text))] for id, one in zip(ids, some, strict=True)}
            tasks.open_tasks(session, 1, ids, now=NOW, reason="in doubt", priority=9.0, parts=parts)
        for _ in some:
            task = lease(place.store, LATER)
            assert task is not None
            answer(place.store, task, LATER, ())
    else:
        import_documents(place.store, 1, some, now=NOW)  # in the queue, pre-annotated by its gold


def words_of(engine: object) -> str:
    """Everything that a model has a weight for."""
    return " ".join(engine.table.features).casefold()  # type: ignore[attr-defined]


WAYS = st.permutations(["gold", "answered", "yes or no", "a part", "queue"])


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=WAYS, how=st.integers(0, 2), before=st.booleans(), seed=st.integers(0, 99))
def test_whatever_way_a_golden_text_comes_in_nothing_learns_it(
    sqlite_template: Path, ways: list[str], how: int, before: bool, seed: int
) -> None:
    chosen = random.Random(seed).sample(range(len(SECRET)), 2 * len(ways))
    with project(sqlite_template) as place:
        sets = GoldenSets(place.store, place.artefacts, project=1)
        if not before:
            sets.create("held out", {"test": SECRET}, created=NOW)
        gold(place.store, 1, documents(0, 60))
        for number, way in enumerate(ways):
            some = [disguised(SECRET[i], i, how=how) for i in chosen[2 * number : 2 * number + 2]]
            sneak_in(place, way, some)
        if before:  # the texts were in the project first
            sets.create("held out", {"test": SECRET}, created=NOW)
        versions = DatasetVersions(place.store, place.artefacts, project=1)
        with place.store.reading() as session:
            settled = list(resolved.documents(session, 1))
        assert len(settled) == 60
        assert not FORBIDDEN & {text_key(one.text) for one in versions.without_golden([*settled, *SECRET])}
        # the live model
        learner = new_live(place)
        learner.learn(1)
        draft = learner._drafts[1]
        assert not FORBIDDEN & {text_key(one.document.text) for one in draft.pool}
        assert "zq" not in words_of(draft.engine)
        # the learning job: its data set, and the model
        with place.store.writing() as session:
            id = kinds.start(session, 1, "learn", {}, now=LATER + timedelta(days=1), reason="")
        place.worker().run(id)
        job = place.job(id)
        assert job.state == JobState.DONE, job.problem
        version = versions.version((job.result or {})["dataset"])
        read = [one for split in version.splits for one in versions.documents(version.address, split)]
        assert not FORBIDDEN & {text_key(one.text) for one in read}
        with place.store.reading() as session:
            kept = models.address(session, 1, (job.result or {})["model"])[1]
        model = fetch(place.artefacts, kept)
        assert "zq" not in words_of(model.recognizer)
        # what is made of settled documents: vectors with their clusters, a gazetteer
        assert not told(names_of(settled))
        (place.folder / "names.csv").write_text(
            "term,label\n"
            + "".join(f"{one},{label}\n" for label, names in names_of(settled).items() for one in names)
        )
        listed = Gazetteer.create({"files": [str(place.folder / "names.csv")]})
        sentences = [sentence for one in SECRET for sentence in model.segmenter.sentences(one)]
        assert any(listed.predict(sentences))
        assert not told(
            [
                sentence.text[s.start : s.end]
                for sentence, found in zip(sentences, listed.predict(sentences), strict=True)
                for s in found
            ]
        )
        words = [[s.text[a:b] for a, b in s.tokens] for one in settled for s in model.segmenter.sentences(one)]
        assert not told(WordVectors.from_text(words, dimensions=4).pieces)
        # the commands that choose and make more, given golden texts by hand
        place.artefacts.get(kept, place.folder / "model")
        (place.folder / "livener.toml").touch()
        commanded(place.folder, [disguised(SECRET[i], i, how=how) for i in chosen])


def told(found: object) -> bool:
    """Whether something golden is in it."""
    return "zq" in str(found).casefold()


def commanded(folder: Path, golden: list[Document]) -> None:
    """`livener select` and `livener augment` leave golden texts out, wherever they are handed in."""
    fresh = documents(300, 330)
    wrong = [
        one.with_spans([Span(s.start, s.end, "PER") for s in one.spans]) for one in documents(400, 410)
    ]  # what the model, which is right, got "wrong"
    for name, those in {"pool": [*golden, *fresh], "fresh": fresh, "wrong": wrong, "golden": golden}.items():
        write(those, folder / f"{name}.jsonl")

    def run(command: str, *arguments: str) -> str:
        given = [str(folder / one) if one.endswith(".jsonl") or one == "model" else one for one in arguments]
        done = CliRunner().invoke(
            app, [command, *given, "--project", str(folder), "--out", str(folder / "out.jsonl")]
        )
        assert done.exit_code == 0, done.output
        return (folder / "out.jsonl").read_text()

    few = "select", "model", "-n", "8", "--vectors", "features", "--strategy"
    errors = "--errors", "wrong.jsonl"
    for strategy in ("mixture", "past_errors"):
        alone = run(*few, strategy, "--pool", "fresh.jsonl", *errors, "--known", "wrong.jsonl")
        assert alone
        with_golden = run(
            *few,
            strategy,
            "--pool",
            "pool.jsonl",
            *errors,
            "--errors",
            "golden.jsonl",
            "--known",
            "wrong.jsonl",
            "--known",
            "golden.jsonl",
        )
        assert with_golden == alone  # golden texts are neither chosen, nor do they sway what is
    made = run("augment", "pool.jsonl")
    assert made
    assert not told(made)


def test_a_data_set_with_a_golden_text_is_refused(place: Place) -> None:
    GoldenSets(place.store, place.artefacts, project=1).create("held out", {"test": SECRET}, created=NOW)
    versions = DatasetVersions(place.store, place.artefacts, project=1)
    for how in range(3):
        with pytest.raises(InputError, match="golden set"):
            versions.create("sly", {"train": [disguised(SECRET[0], 0, how=how), document(1)]}, created=NOW)
    assert versions.all() == []
    for golden in GoldenSets(place.store, place.artefacts, project=1).all():
        with pytest.raises(InputError, match="no such dataset version"):
            versions.documents(golden.address, "test")
