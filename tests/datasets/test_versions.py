"""Dataset versions, and the golden set that none of them may touch: on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from livener.datasets import split
from livener.datasets.golden import GoldenSets
from livener.datasets.splits import text_key
from livener.datasets.versions import DatasetDiff, DatasetVersions
from livener.errors import InputError
from livener.store import Artefacts, Store, models
from livener.text import Document, Span

NOW = datetime(2024, 5, 1, tzinfo=UTC)
Sides = tuple[DatasetVersions, GoldenSets]


@pytest.fixture
def new_project(store: Store, tmp_path: Path) -> Callable[[], Sides]:
    """Both sides of a project that has nothing yet."""

    def make() -> Sides:
        with store.writing() as session:
            count = len(session.scalars(select(models.Project)).all())
            row = models.Project(name=f"project {count}", settings={}, created_at=NOW)
            session.add(row)
        artefacts = Artefacts(tmp_path / "artefacts")
        return tuple(side(store, artefacts, project=row.id) for side in (DatasetVersions, GoldenSets))  # type: ignore[return-value]

    return make


@pytest.fixture
def sides(new_project: Callable[[], Sides]) -> Sides:
    return new_project()


ADA = Document("Ada left.", "d1", {"z": [1, 1.5, None], "a": {"é": "\u2028"}}, (Span(0, 3, "PER"),))
ALAN = Document("Alan 🚀 left.", "d2", spans=(Span(5, 6, "X"), Span(0, 4, "PER")), complete=False)
GRACE = Document("Grace left.", "d3", tokens=((0, 5), (6, 10), (10, 11)), sentences=((0, 11),))


def test_what_went_in_comes_out(sides: Sides) -> None:
    versions, _ = sides
    made = versions.create(
        "first",
        {"train": [ALAN, ADA], "dev": iter([GRACE]), "test": []},
        created=NOW,
        guidelines=[3],
        filters={"label": "PER"},
    )
    assert made.splits == {"dev": 1, "train": 2}
    assert made.lineage == {"parents": [], "guidelines": [3], "filters": {"label": "PER"}}
    assert versions.version(made.address) == made
    assert made.created == NOW
    assert versions.documents(made.address, "train") == [
        ADA,
        Document(ALAN.text, "d2", spans=(Span(0, 4, "PER"), Span(5, 6, "X")), complete=False),
    ]
    assert versions.documents(made.address, "dev") == [GRACE]
    with pytest.raises(InputError, match=r"no split .golden.*dev \| train"):
        versions.documents(made.address, "golden")


def test_an_address_is_of_content_and_lineage_and_nothing_else(new_project: Callable[[], Sides]) -> None:
    versions, _ = new_project()
    first = versions.create("first", {"train": [ADA, ALAN]}, created=NOW)
    same = Document(ADA.text, ADA.id, dict(reversed(ADA.meta.items())), ADA.spans)
    again = versions.create("again", {"train": [ALAN, same]}, created=NOW + timedelta(days=1))
    assert again == first
    assert versions.all() == [first]
    other, _ = new_project()
    assert other.create("other", {"train": [ALAN, ADA]}, created=NOW).address == first.address
    different = [
        versions.create("a", {"train": [ADA]}, created=NOW),
        versions.create("b", {"train": [ADA], "dev": [ALAN]}, created=NOW),
        versions.create("c", {"train": [ADA.with_spans(()), ALAN]}, created=NOW),
        versions.create("d", {"train": [ADA, ALAN]}, created=NOW, guidelines=[1]),
        versions.create("e", {"train": [ADA, ALAN]}, created=NOW, parents=[first.address]),
    ]
    assert len({first.address, *(version.address for version in different)}) == 6
    assert versions.all() == [first, *different]


def test_diff(sides: Sides) -> None:
    versions, _ = sides
    old = versions.create("old", {"train": [ADA, ALAN], "dev": [GRACE]}, created=NOW)
    kay = Document("Kay left.", "d4")
    parts = {"train": [ADA.with_spans(()), GRACE], "dev": [kay]}
    new = versions.create("new", parts, created=NOW, parents=[old.address])
    expected = DatasetDiff(added=("d4",), removed=("d2",), changed=("d1",), moved=("d3",))
    assert versions.diff(old.address, new.address) == expected
    assert versions.diff(old.address, old.address) == DatasetDiff((), (), (), ())


@pytest.mark.parametrize(
    ("splits", "problem"),
    [
        ({}, "no documents"),
        ({"train": []}, "no documents"),
        ({"train": [ADA, ADA]}, "document 'd1': the id is there twice"),
        ({"train": [ADA], "dev": [Document("Other.", "d1")]}, "document 'd1': the id is there twice"),
        ({"train": [Document("Other.")]}, "twice or empty"),
        (
            {"train": [ADA], "dev": [Document("ADA  left.", "d9")]},
            "its text is in (train and in dev|dev and in train)",
        ),
        ({"../train": [ADA]}, "cannot be named"),
        ({"train": [Document("x", "d9", {"a": object()})]}, "document 'd9': the metadata are not JSON"),
        ({"train": [Document("x", "d9", {"a": float("nan")})]}, "document 'd9': the metadata are not JSON"),
    ],
)
def test_what_is_no_version(sides: Sides, splits: dict[str, list[Document]], problem: str) -> None:
    versions, _ = sides
    with pytest.raises(InputError, match=problem):
        versions.create("wrong", splits, created=NOW)
    assert versions.all() == []


def test_the_golden_set_and_all_else_stay_apart(sides: Sides) -> None:
    versions, golden = sides
    held = golden.create("golden", {"golden": [ADA]}, created=NOW)
    assert golden.documents(held.address, "golden") == [ADA]
    with pytest.raises(InputError, match=r"1 of 2 documents have a text of the golden set.*without_golden"):
        versions.create("leak", {"train": [Document("ada\nLEFT.", "x"), ALAN]}, created=NOW)
    versions.create("first", {"train": [ALAN]}, created=NOW)
    with pytest.raises(InputError, match=r"document .d2.*another dataset version"):
        golden.create("late", {"golden": [ALAN, GRACE]}, created=NOW)
    for read in (
        lambda: versions.documents(held.address, "golden"),
        lambda: versions.diff(held.address, held.address),
        lambda: versions.create("child", {"train": [GRACE]}, created=NOW, parents=[held.address]),
    ):
        with pytest.raises(InputError, match="no such dataset version"):
            read()
    assert versions.without_golden([ADA, ALAN, GRACE]) == [ALAN, GRACE]
    smaller = golden.create("golden", {"golden": [GRACE]}, created=NOW, parents=[held.address])
    assert golden.all() == [held, smaller]
    with pytest.raises(InputError, match="golden"):
        versions.create("back", {"train": [ADA]}, created=NOW)


def test_projects_do_not_see_each_other(new_project: Callable[[], Sides]) -> None:
    (mine, _), (other, golden) = new_project(), new_project()
    made = mine.create("mine", {"train": [ADA]}, created=NOW)
    with pytest.raises(InputError, match="no such dataset version"):
        other.documents(made.address, "train")
    golden.create("golden", {"golden": [ADA]}, created=NOW)
    assert mine.without_golden([ADA]) == [ADA]


_TEXTS = st.sampled_from(
    ["Ada left.", "ADA left.", "Ada  left. ", "Ａda left.", "Alan left.", "Grace left.", "", "ß", "SS"]
)
_STEPS = st.lists(st.tuples(st.booleans(), st.lists(_TEXTS, min_size=1, max_size=3)), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)  # each is many transactions
@given(steps=_STEPS)
def test_nothing_golden_can_be_read_for_training_or_selection(
    new_project: Callable[[], Sides], steps: list[tuple[bool, list[str]]]
) -> None:
    sides = new_project()
    versions = sides[0]
    made: tuple[set[str], set[str]] = (set(), set())
    for is_golden, texts in steps:
        documents = [Document(one, f"d{number}") for number, one in enumerate(texts)]
        keys = {text_key(one) for one in texts}
        try:
            sides[is_golden].create("step", {"train": documents}, created=NOW)
        except InputError:
            assert keys & made[not is_golden]
        else:
            assert not keys & made[not is_golden]
            made[is_golden].update(keys)
    readable, held = (
        {text_key(one.text) for version in side.all() for one in side.documents(version.address, "train")}
        for side in sides
    )
    assert (readable, held) == made
    assert not readable & held
    pool = [Document(one) for _, texts in steps for one in texts]
    assert {text_key(one.text) for one in versions.without_golden(pool)} == {
        text_key(one.text) for one in pool
    } - held


def test_the_database_itself_keeps_them_apart(store: Store, sides: Sides) -> None:
    versions, golden = sides
    versions.create("first", {"train": [ALAN]}, created=NOW)
    golden.create("golden", {"golden": [ADA]}, created=NOW)
    row = {"version_id": 1, "project_id": 1, "key": "x", "split": "train", "content": ""}
    for leak in (
        row | {"text_key": text_key(ADA.text), "golden": False},
        row | {"text_key": text_key(ADA.text), "golden": True},
        row | {"text_key": text_key(ALAN.text), "golden": False, "version_id": 2},
    ):
        with pytest.raises(IntegrityError), store.writing() as session:
            session.execute(insert(models.DatasetDocument), [leak])
    with pytest.raises(IntegrityError), store.writing() as session:
        session.execute(text("UPDATE dataset_texts SET golden = NOT golden"))


def test_a_damaged_version_is_told(sides: Sides, tmp_path: Path) -> None:
    versions, _ = sides
    made = versions.create("first", {"train": [ADA]}, created=NOW)
    for place in (tmp_path / "artefacts").glob("*/*"):
        place.write_bytes(place.read_bytes().replace(b"Ada", b"Eve"))
    with pytest.raises(InputError, match="damaged"):
        versions.documents(made.address, "train")


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=30),
    more=st.lists(st.text("ab ", max_size=3), max_size=10),
)
def test_splits_go_by_text_and_stay_when_documents_come(texts: list[str], more: list[str]) -> None:
    shares = {"train": 0.6, "dev": 0.2, "test": 0.2}
    parts = split([Document(one) for one in texts], shares)
    assert sorted(one.text for part in parts.values() for one in part) == sorted(texts)
    later = split([Document(one) for one in texts + more], shares)
    for name in shares:
        assert [one.text for one in later[name]][: len(parts[name])] == [one.text for one in parts[name]]
    keys = [{text_key(one.text) for one in part} for part in later.values()]
    assert sum(map(len, keys)) == len(set().union(*keys))


def test_splits_have_about_their_shares_and_keep_groups() -> None:
    documents = [Document(f"Sentence {n}.", f"letter-{n // 5}:{n % 5}") for n in range(5000)]
    parts = split(documents, {"train": 0.8, "dev": 0.2})
    assert abs(len(parts["train"]) / 5000 - 0.8) < 0.02
    parts = split(documents, {"train": 0.8, "dev": 0.2}, group=lambda document: document.id.partition(":")[0])
    letters = [{one.id.partition(":")[0] for one in part} for part in parts.values()]
    assert not letters[0] & letters[1]
    for wrong in ({}, {"a": 0.5}, {"a": 1.5, "b": -0.5}):
        with pytest.raises(InputError, match="shares"):
            split(documents, wrong)
