"""What goes out of a project: the same from each database, in every format, whole or not at all."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from tests.review.worked import NOW, Worked

from livener import formats
from livener.errors import InputError
from livener.review.intake import import_documents
from livener.review.outlet import What, export
from livener.review.upload import uploaded
from livener.store import Store, models
from livener.text import Document, Span

TEXTS = {"d1": "Zoë 🚀 joined Acme.", "d2": "Acme sued Ada in Paris.", "d3": "Nobody came."}


def fill(store: Store) -> int:
    """A project with predictions, what two people said, a decision, and work that is not done."""
    worked = Worked(store)
    documents = [
        Document(
            TEXTS["d1"], "d1", {"z": 1, "a": "é"}, (Span(0, 3, "ORG", 0.5), Span(13, 17, "ORG", 0.875, "crf", "Q1"))
        ),
        Document(TEXTS["d2"], "d2", tokens=((0, 4), (5, 9)), sentences=((0, 23),)),
        Document(TEXTS["d3"], "d3", spans=(Span(0, 6, "PER", 0.25),)),
    ]
    import_documents(store, worked.project, documents, now=worked.now)
    worked.annotate(1, "ann", [(0, 3, "PER"), (13, 17, "ORG")])
    worked.annotate(2, "bob", [(0, 4, "ORG"), (10, 13, "PER")], flag="Paris?", active_seconds=2.5)
    worked.decide(2, "eve", [(0, 4, "ORG")])
    return worked.project


@pytest.fixture
def filled(store: Store) -> tuple[Store, int]:
    return store, fill(store)


def exported(store: Store, project: int, path: Path, **options: object) -> bytes:
    with store.reading() as session:
        export(session, project, path, **options)  # type: ignore[arg-type]
    return path.read_bytes()


def test_resolved(filled: tuple[Store, int], tmp_path: Path) -> None:
    lines = exported(*filled, tmp_path / "out.jsonl").decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "id": "d1",
            "text": TEXTS["d1"],
            "meta": {"z": 1, "a": "é"},
            "spans": [{"start": 0, "end": 3, "label": "PER"}, {"start": 13, "end": 17, "label": "ORG"}],
        },
        {
            "id": "d2",
            "text": TEXTS["d2"],
            "spans": [{"start": 0, "end": 4, "label": "ORG"}],
            "tokens": [[0, 4], [5, 9]],
            "sentences": [[0, 23]],
        },
    ]


def test_predictions_are_the_newest(filled: tuple[Store, int], tmp_path: Path) -> None:
    store, project = filled
    again = [{"start": 0, "end": 6, "label": "ORG", "score": 1}]
    with store.writing() as session:
        row = models.Prediction(project_id=project, document_id=3, pipeline="new", spans=again, created_at=NOW)
        session.add(row)
    exported(store, project, tmp_path / "out.jsonl", what="predictions")
    first, second = formats.read(tmp_path / "out.jsonl")
    assert first.spans == (Span(0, 3, "ORG", 0.5), Span(13, 17, "ORG", 0.875, "crf", "Q1"))
    assert second.spans == (Span(0, 6, "ORG", 1),)


def test_annotations_have_everything_that_was_said(filled: tuple[Store, int], tmp_path: Path) -> None:
    lines = exported(*filled, tmp_path / "out", what="annotations", format="jsonl").decode().splitlines()
    one, two = [json.loads(line) for line in lines]
    assert (one["id"], one["text"], one["meta"]) == ("d1", TEXTS["d1"], {"z": 1, "a": "é"})
    assert [(said["author"], said["tier"], said["guideline"]) for said in two["annotations"]] == [
        ("bob", "annotator", 1),
        ("eve", "reviewer", 1),
    ]
    bob = two["annotations"][0]
    assert (bob["flag"], bob["active_seconds"], bob["revision"]) == ("Paris?", 2.5, 1)
    assert bob["created_at"] == "2024-05-01T12:02:00+00:00"
    assert [span["label"] for span in bob["spans"]] == ["ORG", "PER"]
    with pytest.raises(InputError, match="annotations cannot be written as conll"):
        exported(*filled, tmp_path / "other", what="annotations", format="conll")


@pytest.mark.parametrize(
    ("what", "format"),
    [("annotations", "jsonl"), *((what, name) for what in ("resolved", "predictions") for name in formats.names())],
)
def test_every_format_is_the_same_from_each_database(
    store: Store, sqlite_template: Path, tmp_path: Path, what: What, format: str
) -> None:
    shutil.copy(sqlite_template, tmp_path / "reference.db")
    found = []
    with Store(f"sqlite:///{tmp_path / 'reference.db'}") as reference:
        for place, each in enumerate((store, reference)):
            project = fill(each)
            path = tmp_path / f"{place}.out"
            options = {"what": what, "format": format}
            if format in {"text", "webanno"}:
                with pytest.raises(InputError, match="one document"):
                    exported(each, project, path, **options)
                assert not path.exists()
                return
            found.append(exported(each, project, path, **options))
    assert found[0] == found[1]
    assert found[0]
    assert sorted(each.name for each in tmp_path.glob("*.out*")) == ["0.out", "1.out"]


def test_a_format_that_is_a_folder_is_an_archive_that_can_come_back(
    filled: tuple[Store, int], tmp_path: Path
) -> None:
    exported(*filled, tmp_path / "gold.zip", format="brat")
    with zipfile.ZipFile(tmp_path / "gold.zip") as archive:
        assert archive.namelist() == ["d1.ann", "d1.txt", "d2.ann", "d2.txt"]
    with (tmp_path / "gold.zip").open("rb") as file:
        documents = list(uploaded(file, name="gold.zip"))
    assert [(one.id, one.text) for one in documents] == [("d1", TEXTS["d1"]), ("d2", TEXTS["d2"])]


def test_what_fails_leaves_what_was_there(filled: tuple[Store, int], tmp_path: Path) -> None:
    (path := tmp_path / "out.nonsense").write_text("old")
    for options, problem in (({}, "no format has the suffix"), ({"format": "nonsense"}, "no format 'nonsense'")):
        with pytest.raises(InputError, match=problem):
            exported(*filled, path, **options)
    assert path.read_text() == "old"
    with pytest.raises(InputError, match="no such folder"):
        exported(*filled, tmp_path / "missing" / "out.jsonl")
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_many_pages(store: Store, tmp_path: Path) -> None:
    worked = Worked(store)
    given = [Document(f"Acme {n}.", f"d{n}", spans=(Span(0, 4, "ORG"),)) for n in range(1201)]
    import_documents(store, worked.project, given, now=worked.now, gold=True, user_id=worked.ids["lea"])
    counts: list[int] = []
    with store.reading() as session:
        path = tmp_path / "out.jsonl"
        progress = lambda done, _total, _figures: counts.append(done)  # noqa: E731
        assert export(session, worked.project, path, progress=progress) == 1201
    assert list(formats.read(path)) == given
    assert counts == [500, 1000]
