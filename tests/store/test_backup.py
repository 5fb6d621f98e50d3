"""Backups: the same store again on either database, nothing half, and nothing damaged taken for whole."""

import hashlib
import io
import json
import shutil
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.review.worked import Worked
from tests.store.examples import NOW, event, fill_project

from livener.errors import InputError
from livener.review.decisions import reopen
from livener.review.intake import import_documents
from livener.store import Artefacts, Store, models
from livener.store.backup import backup, restore
from livener.text import Document, Span

GOLD = [Document(f"Acme {n}.", f"d{n}", spans=(Span(0, 4, "ORG"),)) for n in range(50)]


def everything(store: Store) -> dict[str, list[Any]]:
    with store.reading() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in models.Base.metadata.sorted_tables
        }


def refused(path: Path, store: Store, because: str, **options: Any) -> None:
    """The message is one line, and the store is empty after it."""
    with pytest.raises(InputError, match=because) as caught:
        restore(path, store, **options)
    assert "\n" not in str(caught.value)
    assert not store.revision or not any(everything(store).values())


def test_either_database_into_either(filled: Store, store_url: str, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "a.tar", now=NOW)
    assert (made.revision, made.rows["documents"], made.artefacts) == (filled.revision, 1, 0)
    with Store(store_url.replace("store.db", "other.db")) as other:
        assert restore(tmp_path / "a.tar", other) == made
        assert everything(other) == everything(filled)
        with other.reading() as session, filled.reading() as before:
            raw = "SELECT tokens IS NULL, CAST(meta AS text) FROM documents"
            assert session.connection().exec_driver_sql(raw).all() == before.connection().exec_driver_sql(raw).all()
        backup(other, tmp_path / "b.tar", now=NOW)
        with other.writing() as session:  # the ids go on
            session.add(models.Document(project_id=1, key="new", text="b", meta={}, created_at=NOW))
            session.add(event(3, "submitted", "resolved"))
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert (tmp_path / "a.tar").stat().st_mode & 0o77 == 0
    assert sorted(each.name for each in tmp_path.glob("*a.tar*")) == ["a.tar"]


def test_tasks_are_where_they_were(store: Store, store_url: str, tmp_path: Path) -> None:
    worked = Worked(store)
    import_documents(store, worked.project, GOLD, now=NOW, gold=True, user_id=worked.ids["lea"])
    texts = [Document(f"Ada of Acme {n}.", f"t{n}", spans=(Span(0, 3, "ORG", 0.5),)) for n in range(6)]
    import_documents(store, worked.project, texts, now=NOW, overlap=2)
    worked.annotate(51, "ann", [(0, 3, "PER")])
    worked.annotate(52, "ann", [(0, 3, "PER")])
    worked.annotate(52, "bob", [(0, 3, "PER")])
    worked.annotate(53, "ann", [(0, 3, "PER")])
    worked.annotate(53, "bob", [(0, 3, "ORG")])
    worked.decide(53, "rea", [(0, 3, "PER")])
    with store.writing() as session:
        reopen(session, worked.project, 53, None, reason="doubt", now=worked.now)
    with store.reading() as session:
        states = set(session.scalars(select(models.Task.state)))
    assert states == {models.TaskState.OPEN, models.TaskState.RESOLVED}
    backup(store, tmp_path / "a.tar", now=NOW)
    with Store(store_url.replace("store.db", "other.db")) as other:
        restore(tmp_path / "a.tar", other)
        assert everything(other) == everything(store)
        there = Worked.__new__(Worked)
        vars(there).update(vars(worked) | {"store": other})
        there.annotate(51, "bob", [(0, 3, "PER")])


def test_an_address_of_no_artefact_is_no_backup(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the address of an artefact: 'sha256-1'"):
        backup(filled, tmp_path / "never.tar", artefacts=Artefacts(tmp_path), now=NOW)
    assert not list(tmp_path.glob("*never.tar*"))


def model(number: int, address: str) -> models.ModelVersion:
    return models.ModelVersion(project_id=1, number=number, address=address, pipeline="p", metrics={}, created_at=NOW)


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Artefacts]:
    """A backup of a store with two artefacts, and where they were."""
    (tmp_path / "model" / "parts").mkdir(parents=True)
    (tmp_path / "model" / "parts" / "a.npz").write_bytes(b"weights")
    (tmp_path / "model" / "model.json").write_text("{}")
    (tmp_path / "one.txt").write_text("one")
    kept = Artefacts(tmp_path / "artefacts")
    with Store(f"sqlite:///{tmp_path / 'small.db'}") as store:
        store.upgrade()
        with store.writing() as session:
            session.add(models.Project(id=1, name="contracts", settings={}, created_at=NOW))
            session.flush()
            session.add_all([model(1, kept.put(tmp_path / "model")), model(2, kept.put(tmp_path / "one.txt"))])
        assert backup(store, tmp_path / "small.tar", artefacts=kept, now=NOW).artefacts == 2
    return tmp_path / "small.tar", kept


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    with Store(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        yield store


def test_artefacts_come_back(small: tuple[Path, Artefacts], empty: Store, tmp_path: Path) -> None:
    path, _ = small
    refused(path, empty, "the backup has artefacts")
    there = Artefacts(tmp_path / "there")
    assert restore(path, empty, artefacts=there).artefacts == 2
    with empty.reading() as session:
        first, second = session.scalars(select(models.ModelVersion.address).order_by(models.ModelVersion.id))
    there.get(first, tmp_path / "again")
    there.get(second, tmp_path / "one again")
    assert (tmp_path / "again" / "parts" / "a.npz").read_bytes() == b"weights"
    assert (tmp_path / "one again").read_text() == "one"


def test_a_missing_artefact_is_no_backup(small: tuple[Path, Artefacts], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "artefacts")
    with Store(f"sqlite:///{tmp_path / 'small.db'}") as store:
        with pytest.raises(InputError, match="no such artefact"):
            backup(store, tmp_path / "b.tar", artefacts=Artefacts(tmp_path / "artefacts"), now=NOW)
        with pytest.raises(InputError, match="something is there already"):
            backup(store, small[0], now=NOW)
    assert not list(tmp_path.glob("*b.tar*"))


def test_every_damaged_byte_is_seen(small: tuple[Path, Artefacts], empty: Store, tmp_path: Path) -> None:
    path, kept = small
    whole = path.read_bytes()
    with tarfile.open(path) as archive:
        spots = [member.offset_data + member.size // 2 for member in archive if member.size]
        headers = [member.offset for member in archive]
    for spot in [*spots, *headers, *(header + 130 for header in headers)]:
        (broken := tmp_path / "broken.tar").write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        refused(broken, empty, "broken.tar: the backup is damaged", artefacts=kept)
    for size in (0, 100, 512, 1024, len(whole) // 2, headers[-1], headers[-1] + 600):
        broken.write_bytes(whole[:size])
        refused(broken, empty, "broken.tar: the backup is damaged", artefacts=kept)
    refused(tmp_path / "nowhere.tar", empty, "nowhere.tar: no such file")


def forged(path: Path, target: Path, **changes: Any) -> Path:
    """The same archive with other contents, and hashes that agree with them."""
    with tarfile.open(path) as old:
        members = {member.name: (old.extractfile(member) or io.BytesIO()).read() for member in old}
    name = next(each for each in members if each.startswith("manifest-"))
    manifest = json.loads(members.pop(name)) | changes.pop("manifest", {})
    members |= changes.pop("members", {})
    for member, (old_text, new_text) in changes.items():
        place = f"tables/{member}.jsonl"
        assert old_text in members[place]
        members[place] = members[place].replace(old_text, new_text)
    manifest["files"] = {each: hashlib.sha256(content).hexdigest() for each, content in members.items()}
    content = json.dumps(manifest).encode()
    members[f"manifest-{hashlib.sha256(content).hexdigest()}.json"] = content
    with tarfile.open(target, "w") as new:
        for each, content in members.items():
            about = tarfile.TarInfo(each)
            about.size = len(content)
            new.addfile(about, io.BytesIO(content))
    return target


def test_what_the_database_forbids_does_not_come_in(store: Store, store_url: str, tmp_path: Path) -> None:
    worked = Worked(store)
    import_documents(store, worked.project, GOLD[:2], now=NOW, gold=True, user_id=worked.ids["lea"])
    backup(store, tmp_path / "a.tar", now=NOW)
    with Store(store_url.replace("store.db", "other.db")) as other:
        for problem, changes in {
            "annotation_spans": {"annotation_spans": (b'"Acme"', b'"Acne"')},
            "task_events": {"task_events": (b'"submitted","resolved"', b'"disputed","resolved"')},
            "rows of tasks contradict": {"tasks": (b'"resolved",3', b'"rejected",3')},
            "its tables": {"manifest": {"tables": {}}},
            "a newer livener made the backup: revision 9999": {"manifest": {"revision": "9999"}},
            "a newer livener made the backup": {"manifest": {"format": 2}},
            "outside of itself": {"members": {f"artefacts/file-{'0' * 64}/../../../x": b"x"}},
        }.items():
            forged(tmp_path / "a.tar", tmp_path / "forged.tar", **changes)  # type: ignore[arg-type]
            refused(tmp_path / "forged.tar", other, problem, artefacts=Artefacts(tmp_path / "kept"))
        assert forged(tmp_path / "a.tar", tmp_path / "same.tar")
        restore(tmp_path / "same.tar", other)
        with pytest.raises(InputError, match="the store is not empty"):
            restore(tmp_path / "same.tar", other)
        assert everything(other) == everything(store)


def test_an_empty_store_has_nothing_to_back_up(empty: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the store is empty"):
        backup(empty, tmp_path / "a.tar", now=NOW)


def test_an_older_backup_comes_up_to_the_newest_schema(store_url: str, tmp_path: Path) -> None:
    with Store(store_url) as old:
        old.upgrade("0001")
        with old.writing() as session:
            fill_project(session)
        backup(old, tmp_path / "a.tar", now=NOW)
        old.upgrade()
        with Store(f"sqlite:///{tmp_path / 'new.db'}") as new:
            new.upgrade()  # an empty store of a newer revision
            assert restore(tmp_path / "a.tar", new).revision == "0001"
            assert (new.revision, everything(new)) == (old.revision, everything(old))


def test_a_backup_while_others_write_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    worked = Worked(store)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            documents = [
                Document(f"Acme {number} {n}.", f"{number} {n}", spans=(Span(0, 4, "ORG"),)) for n in range(9)
            ]
            import_documents(store, worked.project, documents, now=NOW, gold=True, user_id=worked.ids["lea"])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = [backup(store, tmp_path / f"{n}.tar", now=NOW) for n in range(5)]
    finally:
        stop.set()
        thread.join()
    assert made[0].rows != made[-1].rows
    for number, one in enumerate(made):
        with Store(f"sqlite:///{tmp_path / f'{number}.db'}") as other:
            restore(tmp_path / f"{number}.tar", other)
        assert one.rows["documents"] % 9 == 0
        assert one.rows["task_events"] == 3 * one.rows["documents"]
