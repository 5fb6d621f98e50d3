"""Immutable versions of a data set, named by their content, with what they were made from.

Needs the extra ``server``.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from livener import formats
from livener.datasets.splits import text_key
from livener.errors import InputError
from livener.store import Artefacts, Store, models  # before sqlalchemy: it says which extra is missing
from livener.text import Document

# isort: split
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

_FORMAT = 1
_ASKED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """What is known of a version. ``address`` is the hash of its documents and its lineage.

    ``splits`` maps each split to its number of documents; ``lineage`` holds the addresses of its parents, the
    numbers of the guidelines its annotations were made under, and the filters that chose them.
    """

    name: str
    address: str
    splits: Mapping[str, int]
    lineage: Mapping[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """Ids of documents, sorted: only in the new version, only in the old, with other content, in another split."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]


class DatasetVersions:
    """The dataset versions of a project that training, selection and augmentation may read.

    No text of the project's golden set can get into one of them, and none of theirs into the golden set
    (`livener.datasets.golden`), whatever its case and spacing: the database refuses it, for ever.

    >>> from datetime import UTC
    >>> folder = tempfile.TemporaryDirectory()
    >>> now = datetime.now(UTC)
    >>> with Store(f"sqlite:///{folder.name}/store.db") as store:
    ...     store.upgrade()
    ...     with store.writing() as session:
    ...         session.add(models.Project(id=1, name="contracts", settings={}, created_at=now))
    ...     versions = DatasetVersions(store, Artefacts(f"{folder.name}/artefacts"), project=1)
    ...     version = versions.create("first", {"train": [Document("Apple rose.", "d1")]}, created=now)
    ...     version.splits, versions.documents(version.address, "train")[0].text
    ({'train': 1}, 'Apple rose.')
    >>> folder.cleanup()
    """

    _golden: ClassVar[bool] = False

    def __init__(self, store: Store, artefacts: Artefacts, *, project: int) -> None:
        self._store = store
        self._artefacts = artefacts
        self._project = project

    def create(
        self,
        name: str,
        splits: Mapping[str, Iterable[Document]],
        *,
        created: datetime,
        parents: Sequence[str] = (),
        guidelines: Sequence[int] = (),
        filters: Mapping[str, Any] | None = None,
    ) -> DatasetVersion:
        """A new version; the same documents with the same lineage are the version that there is.

        Raises:
            InputError: no documents; an id twice; a text in two splits; a text from the other side of the golden set;
                a parent that is not a version; metadata that are not JSON.
        """
        for parent in parents:
            self.version(parent)
        lineage = {"parents": list(parents), "guidelines": list(guidelines), "filters": dict(filters or {})}
        kept = {
            split: sorted(map(_canonical, documents), key=lambda one: one.id) for split, documents in splits.items()
        }
        kept = {split: documents for split, documents in sorted(kept.items()) if documents}
        _check(kept)
        with tempfile.TemporaryDirectory() as folder:
            rows = list(self._write(kept, lineage, Path(folder)))
            address = self._artefacts.put(folder)
        with self._store.writing() as session:
            # One at a time in a project: a text that another is about to put on the other side is seen.
            session.execute(select(models.Project).where(models.Project.id == self._project).with_for_update()).one()
            if found := self._find(session, address):
                return found
            self._refuse_other_side(session, rows)
            version = models.DatasetVersion(
                project_id=self._project,
                name=name,
                address=address,
                golden=self._golden,
                lineage=lineage,
                splits={split: len(documents) for split, documents in kept.items()},
                created_at=created,
            )
            session.add(version)
            session.flush()
            sides = (
                "INSERT INTO dataset_texts (project_id, text_key, golden) VALUES (:project_id, :text_key, :golden)"
            )
            session.execute(text(f"{sides} ON CONFLICT DO NOTHING"), rows)
            session.execute(insert(models.DatasetDocument), [row | {"version_id": version.id} for row in rows])
            return _described(version)

    def all(self) -> list[DatasetVersion]:
        """The versions, oldest first."""
        with self._store.reading() as session:
            return [_described(row) for row in session.scalars(self._mine().order_by(models.DatasetVersion.id))]

    def version(self, address: str) -> DatasetVersion:
        """What is known of the version.

        Raises:
            InputError: there is none.
        """
        with self._store.reading() as session:
            if found := self._find(session, address):
                return found
        raise self._unknown(address)

    def documents(self, address: str, split: str) -> list[Document]:
        """The documents of a split, by their ids.

        Raises:
            InputError: there is no such version or split, or what is stored of it is damaged.
        """
        version = self.version(address)
        if split not in version.splits:
            raise InputError(f"no split {split!r}", where=address, fix=" | ".join(version.splits))
        with tempfile.TemporaryDirectory() as folder:
            self._artefacts.get(address, Path(folder) / "version")
            return list(formats.read(Path(folder) / "version" / f"{split}.jsonl", longest_line=1 << 40))

    def diff(self, old: str, new: str) -> DatasetDiff:
        """What changed from one version to another, by the ids of documents.

        Raises:
            InputError: one of them is not a version.
        """
        before, after = self._contents(old), self._contents(new)
        both = sorted(before.keys() & after.keys())
        return DatasetDiff(
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            changed=tuple(key for key in both if before[key][1] != after[key][1]),
            moved=tuple(key for key in both if before[key][0] != after[key][0]),
        )

    def without_golden(self, documents: Iterable[Document]) -> list[Document]:
        """Those whose text is not in the project's golden set: what may be trained on, selected, or augmented."""
        documents = list(documents)
        with self._store.reading() as session:
            golden = self._texts(session, [text_key(document.text) for document in documents], golden=True)
        return [document for document in documents if text_key(document.text) not in golden]

    def _write(
        self, splits: Mapping[str, Sequence[Document]], lineage: Mapping[str, Any], folder: Path
    ) -> Iterator[dict[str, Any]]:
        """Write the version's files, and give what the database keeps of each document."""
        about = {"format": _FORMAT, "golden": self._golden, "lineage": lineage}
        (folder / "version.json").write_text(json.dumps(about, sort_keys=True), encoding="utf-8")
        for split, documents in splits.items():
            path = folder / f"{split}.jsonl"
            formats.write(documents, path, format="jsonl")
            with path.open("rb") as lines:
                for document, line in zip(documents, lines, strict=True):
                    yield {
                        "project_id": self._project,
                        "key": document.id,
                        "split": split,
                        "text_key": text_key(document.text),
                        "content": hashlib.sha256(line).hexdigest(),
                        "golden": self._golden,
                    }

    def _refuse_other_side(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        taken = self._texts(session, [row["text_key"] for row in rows], golden=not self._golden)
        if wrong := [row["key"] for row in rows if row["text_key"] in taken]:
            other = "another dataset version" if self._golden else "the golden set"
            raise InputError(
                f"{len(wrong)} of {len(rows)} documents have a text of {other}",
                where=f"document {wrong[0]!r}",
                fix=f"texts that are not there{'' if self._golden else ': without_golden'}",
            )

    def _texts(self, session: Session, keys: Sequence[str], *, golden: bool) -> set[str]:
        """Those of the texts that are on one side."""
        side = models.DatasetText
        mine = select(side.text_key).where(side.project_id == self._project, side.golden == golden)
        parts = (keys[at : at + _ASKED_AT_ONCE] for at in range(0, len(keys), _ASKED_AT_ONCE))
        return {key for part in parts for key in session.scalars(mine.where(side.text_key.in_(part)))}

    def _contents(self, address: str) -> dict[str, tuple[str, str]]:
        row = models.DatasetDocument
        with self._store.reading() as session:
            found = session.scalar(self._mine().where(models.DatasetVersion.address == address))
            if not found:
                raise self._unknown(address)
            asked = select(row.key, row.split, row.content).where(row.version_id == found.id)
            return {key: (split, content) for key, split, content in session.execute(asked)}

    def _mine(self) -> Any:
        version = models.DatasetVersion
        return select(version).where(version.project_id == self._project, version.golden == self._golden)

    def _find(self, session: Session, address: str) -> DatasetVersion | None:
        found = session.scalar(self._mine().where(models.DatasetVersion.address == address))
        return _described(found) if found else None

    def _unknown(self, address: str) -> InputError:
        kind = "golden set" if self._golden else "dataset version"
        return InputError(f"no such {kind}: {address!r}", fix=f"the address of a {kind} of this project")


def _described(row: models.DatasetVersion) -> DatasetVersion:
    return DatasetVersion(row.name, row.address, row.splits, row.lineage, row.created_at)


def _canonical(document: Document) -> Document:
    """The same document in one form: equal ones have equal bytes, and so one address."""
    try:
        meta = json.loads(json.dumps(dict(document.meta), sort_keys=True, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(f"the metadata are not JSON: {error}", where=f"document {document.id!r}") from None
    spans, negatives = (
        tuple(sorted(each, key=lambda span: (span.start, span.end, span.label, repr(span))))
        for each in (document.spans, document.negatives)
    )
    return replace(document, meta=meta, spans=spans, negatives=negatives)


def _check(splits: Mapping[str, Sequence[Document]]) -> None:
    if not splits:
        raise InputError("a dataset version has no documents", fix="at least one")
    ids: set[str] = set()
    split_of: dict[str, str] = {}
    for split, documents in splits.items():
        if not split.isidentifier():  # it names a file
            raise InputError(f"a split cannot be named {split!r}", fix="a word such as train")
        for document in documents:
            where = f"document {document.id!r}"
            if not document.id or document.id in ids:
                raise InputError("the id is there twice or empty", where=where, fix="an id for each document")
            ids.add(document.id)
            if (other := split_of.setdefault(text_key(document.text), split)) != split:
                raise InputError(f"its text is in {split} and in {other}", where=where, fix="each text in one split")
