"""Everything that a project store holds, in one file, and back into an empty store of either database.

The file is a tar archive: ``tables/NAME.jsonl`` with a JSON list for each row, the artefacts that rows name, and last
``manifest-SHA256.json`` with the revision of the schema, the columns, and the SHA-256 of every other member.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, ColumnElement, DateTime, MetaData, String, Table, Text, cast, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.store.artefacts import Artefacts
from livener.store.bulk import insert_rows, moment, plan_by_index
from livener.store.database import Store

_FORMAT = 1
_CHUNK = 1 << 20
_AT_ONCE = 5000
_WITH_ADDRESS = ("dataset_versions", "model_versions")
_BEGIN = {"state": "open", "events": 0, "given": 0}
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup: rows by table, and how many artefacts."""

    revision: str
    made: datetime
    rows: dict[str, int]
    artefacts: int


def backup(store: Store, path: str | Path, *, artefacts: Artefacts | None = None, now: datetime) -> Backup:
    """Write a backup of one state of the store while others go on writing; the file is there whole or not at all.

    It can be read by its owner only, as it holds the hashes of passwords and tokens.

    Raises:
        InputError: something is at ``path``; the store is empty; an artefact is missing or damaged.

    >>> folder, now = Path(tempfile.mkdtemp()), datetime(2024, 5, 1, tzinfo=UTC)
    >>> with Store(f"sqlite:///{folder}/a.db") as store, Store(f"sqlite:///{folder}/b.db") as other:
    ...     store.upgrade()
    ...     made = backup(store, folder / "a.tar", now=now)
    ...     restore(folder / "a.tar", other) == made, other.revision == store.revision
    (True, True)
    """
    path = Path(path)
    if path.exists():
        raise InputError("something is there already", where=str(path), fix="a new file")
    if (revision := store.revision) is None:
        raise InputError("the store is empty", fix="a store with a project")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.absolute().parent) as folder:
        work = Path(folder)
        (work / "new").touch(mode=0o600)
        with (work / "new").open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                writer = _Writer(archive, now)
                tables: dict[str, Any] = {}
                addresses: set[str] = set()
                with store.reading() as session:
                    for table in _tables(session):
                        rows = _write_rows(session, table, work / "rows")
                        tables[table.name] = {"columns": [column.name for column in _columns(table)], "rows": rows}
                        writer.add(f"tables/{table.name}.jsonl", work / "rows")
                        if artefacts and table.name in _WITH_ADDRESS:
                            addresses.update(session.scalars(select(table.c.address)))
                for address in sorted(addresses):
                    writer.add_artefact(artefacts, address, work)
                about = {"format": _FORMAT, "revision": revision, "made": now.astimezone(UTC).isoformat()}
                content = _encode(about | {"tables": tables, "files": writer.files}).encode()
                (work / "manifest").write_bytes(content)
                writer.add(f"manifest-{hashlib.sha256(content).hexdigest()}.json", work / "manifest")
            file.flush()
            os.fsync(file.fileno())
        (work / "new").rename(path)
    return Backup(revision, now, {name: each["rows"] for name, each in tables.items()}, len(addresses))


def restore(path: str | Path, store: Store, *, artefacts: Artefacts | None = None) -> Backup:
    """Fill an empty store with what a backup holds, row by row the same, whole or not at all.

    Every hash is checked before anything is written; the rules of the database hold for every row; at the end what is
    stored is compared with the backup. Then the schema is brought up to the newest revision.

    Raises:
        InputError: the file is no backup, is damaged, or is of a newer livener; the store is not empty; the backup
            has artefacts and none are given.
    """
    where = str(path)
    try:
        with tarfile.open(path, "r:") as archive:
            manifest = _checked(archive)
            if manifest["format"] != _FORMAT:
                raise InputError("a newer livener made the backup", where=where, fix="that version of livener")
            addresses = _addresses(manifest)
            if addresses and artefacts is None:
                raise InputError("the backup has artefacts", where=where, fix="a place for them")
            _prepare(store, manifest["revision"])
            for address in addresses:
                assert artefacts
                _restore_artefact(archive, address, manifest, artefacts)
            with store.writing() as session:
                _fill(session, archive, manifest)
    except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"the backup is damaged: {error}", where=where, fix="another backup") from None
    except FileNotFoundError:
        raise InputError("no such file", where=where) from None
    except _Refused as error:
        raise InputError(f"the backup is damaged: {error}", where=where, fix="another backup") from None
    store.upgrade()
    rows = {name: each["rows"] for name, each in manifest["tables"].items()}
    return Backup(manifest["revision"], datetime.fromisoformat(manifest["made"]), rows, len(addresses))


class _Refused(Exception):  # noqa: N818
    """The database did not take what the backup holds."""


class _Writer:
    """Adds files to an archive, and remembers their hashes."""

    def __init__(self, archive: tarfile.TarFile, now: datetime) -> None:
        self._archive, self._now = archive, now
        self.files: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mode, about.mtime = path.stat().st_size, 0o600, int(self._now.timestamp())
        with path.open("rb") as file:
            self.files[name] = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._archive.addfile(about, file)

    def add_artefact(self, artefacts: Artefacts | None, address: str, work: Path) -> None:
        assert artefacts
        with tempfile.TemporaryDirectory(dir=work) as folder:
            place = Path(folder) / address
            artefacts.get(address, place)
            for file in [place] if place.is_file() else sorted(each for each in place.rglob("*") if each.is_file()):
                self.add(f"artefacts/{file.relative_to(folder).as_posix()}", file)


def _tables(session: Session) -> list[Table]:
    """The tables as they are, of whatever revision, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _columns(table: Table) -> list[Any]:
    return [column for column in table.columns if column.computed is None]


def _write_rows(session: Session, table: Table, path: Path) -> int:
    """The rows of a table as lines, the same from each database; how many."""
    columns = _columns(table)
    # JSON as it is written there: what was null, and the order of its keys, stay.
    shown = [cast(column, Text) if isinstance(column.type, JSON) else column for column in columns]
    rows = session.execute(select(*shown).order_by(*_order(session, table)), execution_options={"yield_per": 1000})
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007
            file.write(_encode([_plain(value) for value in row]) + "\n")
    return count


def _order(session: Session, table: Table) -> list[ColumnElement[Any]]:
    """By key; of events the first of all tasks come first, so that they can be inserted in this order."""
    names = [column.name for column in table.primary_key]
    if table.name == "task_events":
        names = ["number", "task_id"]
    collation = "BINARY" if session.get_bind().dialect.name == "sqlite" else "C"  # of code points
    return [
        column.collate(collation) if isinstance(column.type, String) else column
        for column in (table.c[name] for name in names)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value


def _checked(archive: tarfile.TarFile) -> dict[str, Any]:
    """The manifest of an archive whose every member is what it was."""
    files, manifest = {}, None
    for member in archive:
        with _content(archive, member) as file:
            if member.name.startswith("manifest-"):
                content = file.read()
                digest = hashlib.sha256(content).hexdigest()
                manifest = json.loads(content) if member.name == f"manifest-{digest}.json" else None
            else:
                files[member.name] = hashlib.file_digest(file, "sha256").hexdigest()
    if manifest is None:
        raise _Refused("its end is missing, or it is no backup of livener")
    if wrong := sorted(dict(files.items() ^ manifest["files"].items())):
        raise _Refused(f"{wrong[0]} is not what was stored")
    return dict(manifest)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo | str) -> BufferedReader:
    file = archive.extractfile(member)
    if not isinstance(file, BufferedReader):
        raise _Refused("it holds something other than files")
    return file


def _addresses(manifest: dict[str, Any]) -> list[str]:
    found = {Path(name).parts[1] for name in manifest["files"] if name.startswith("artefacts/")}
    return sorted(found)


def _restore_artefact(archive: tarfile.TarFile, address: str, manifest: dict[str, Any], artefacts: Artefacts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in manifest["files"]:
            if name.split("/")[:2] != ["artefacts", address]:
                continue
            target = (Path(folder) / name).resolve()
            if not target.is_relative_to(Path(folder).resolve()):  # who made the archive is not known
                raise _Refused(f"it names a file outside of itself: {name!r}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with _content(archive, name) as file, target.open("xb") as out:
                while chunk := file.read(_CHUNK):
                    out.write(chunk)
        if artefacts.put(Path(folder) / "artefacts" / address) != address:
            raise _Refused(f"{address} is not what was stored")


def _prepare(store: Store, revision: str) -> None:
    """An empty store at the revision of the backup."""
    with store.reading() as session:
        for table in _tables(session):
            if session.execute(select(table).limit(1)).first():
                raise InputError("the store is not empty", fix="a new one")
    if store.revision not in {None, revision}:
        store.downgrade("base")
    try:
        store.upgrade(revision)
    except InputError:
        raise InputError(f"a newer livener made the backup: revision {revision}", fix="that version") from None


def _fill(session: Session, archive: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    plan_by_index(session)
    tables = {table.name: table for table in _tables(session)}
    if tables.keys() != manifest["tables"].keys():
        raise _Refused("its tables are not those of its revision")
    dialect: Any = session.get_bind().dialect
    for name, table in tables.items():
        columns = manifest["tables"][name]["columns"]
        if columns != [column.name for column in _columns(table)]:
            raise _Refused(f"the columns of {name} are not those of its revision")
        with _content(archive, f"tables/{name}.jsonl") as file:
            try:
                _insert(session, table, columns, file)
            except (DBAPIError, dialect.loaded_dbapi.Error) as error:
                raise _Refused(f"{name}: {str(error).splitlines()[0]}") from None
    if "tasks" in tables:
        _set_given(session, archive, manifest)
    for name, table in tables.items():
        with tempfile.NamedTemporaryFile() as file:
            _write_rows(session, table, Path(file.name))
            if hashlib.file_digest(file, "sha256").hexdigest() != manifest["files"][f"tables/{name}.jsonl"]:
                raise _Refused(f"the rows of {name} contradict each other")
    if dialect.name == "postgresql":
        _set_sequences(session, tables.values())


def _insert(session: Session, table: Table, columns: Sequence[str], lines: Iterable[bytes]) -> None:
    times = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, DateTime)]

    def row(line: bytes) -> list[Any]:
        values: list[Any] = json.loads(line)
        for place in times:
            if values[place] is not None:
                values[place] = moment(session, datetime.fromisoformat(values[place]))
        if table.name == "tasks":  # they begin so, and the events lead them to where they were
            for name, value in _BEGIN.items():
                values[columns.index(name)] = value
        return values

    # Events with one number together: PostgreSQL moves the tasks at the end of a statement.
    number = columns.index("number") if table.name == "task_events" else None
    for _, group in groupby(map(row, lines), key=lambda values: number is not None and values[number]):
        while part := list(islice(group, _AT_ONCE)):
            insert_rows(session, table, columns, part)


def _set_given(session: Session, archive: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    columns = manifest["tables"]["tasks"]["columns"]
    id, given = columns.index("id"), columns.index("given")
    with _content(archive, "tables/tasks.jsonl") as file:
        rows = ({"id": row[id], "given": row[given]} for row in map(json.loads, file) if row[given])
        while part := list(islice(rows, _AT_ONCE)):
            session.execute(text("UPDATE tasks SET given = :given WHERE id = :id"), part)


def _set_sequences(session: Session, tables: Iterable[Table]) -> None:
    for table in tables:
        if "id" in table.c and (last := session.scalar(select(func.max(table.c.id)))):
            session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
