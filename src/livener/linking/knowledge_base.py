"""A knowledge base in a folder: SQLite for exact look-ups, arrays on disk for rough ones."""

import hashlib
import json
import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError, MissingDependencyError
from livener.linking.entities import Entity
from livener.linking.meanings import Meanings
from livener.linking.names import clipped, fold_name, fuzzy_keys, initials
from livener.recognizers.crf.vectors import WordVectors

FORMAT = 1
KINDS = ("exact", "folded", "acronym", "part", "fuzzy", "meaning")
_SCHEMA = """
CREATE TABLE entity (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, type TEXT NOT NULL,
    description TEXT NOT NULL, popularity REAL NOT NULL, context TEXT NOT NULL);
CREATE TABLE alias (row INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL, initials TEXT,
    last TEXT, entity INTEGER NOT NULL, count REAL NOT NULL);
"""
_INDICES = """
CREATE INDEX alias_folded ON alias (folded, count);
CREATE INDEX alias_initials ON alias (initials, count) WHERE initials IS NOT NULL;
CREATE INDEX alias_last ON alias (last, count) WHERE last IS NOT NULL;
"""
_COLUMNS = "alias.name, alias.count, entity.id, entity.name, type, description, popularity, context"
_FROM = "FROM alias JOIN entity ON entity.row = alias.entity"
_BATCH = 50_000
_COMMON = 1000  # a rough key that so many names share tells nothing
_LEAST_ALIKE = 80.0
_WORDS = 8  # of a name, that another may be the beginning of
_SHORTEST = 4  # letters of a name that others may begin with
_LEAST_CLIPPED, _MOST_CLIPPED, _SAME = 4, 12, 3  # letters of a clipped name, and of the first of its pieces


class Candidate(NamedTuple):
    """What a name may mean, and how it was found: ``kind`` is one of `KINDS`, ``similarity`` of the names 0 … 1.

    ``uses`` is how often this name means this entity; ``context`` are words that stand around it, with their counts.
    """

    id: str
    name: str
    type: str
    description: str
    popularity: float
    context: Mapping[str, float]
    kind: str
    similarity: float
    uses: float


@dataclass(frozen=True, slots=True)
class Mention:
    """A known use of a name: what it means, and the words around it."""

    name: str
    id: str
    context: tuple[str, ...] = ()


class KnowledgeBase:
    """Entities by their names; ``identity`` tells it from one of another content.

    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> entities = [Entity("Q60", "New York City", ("New York",)), Entity("Q76", "Barack Obama", popularity=9)]
    >>> kb = KnowledgeBase.build(Path(folder.name, "kb"), entities)
    >>> [(one.id, one.kind) for name in ("NEW YORK", "NYC", "Obama", "Barak Obama") for one in kb.candidates(name)]
    [('Q60', 'folded'), ('Q60', 'acronym'), ('Q76', 'part'), ('Q76', 'fuzzy')]
    >>> kb.close()
    >>> folder.cleanup()
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            info = json.loads((self.path / "kb.json").read_text(encoding="utf-8"))
            self._keys = np.load(self.path / "keys.npy", mmap_mode="r")
            self._rows = np.load(self.path / "rows.npy", mmap_mode="r")
            self._offsets = np.load(self.path / "offsets.npy", mmap_mode="r")
            self._names = np.load(self.path / "names.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            fix = "a folder that KnowledgeBase.build wrote"
            raise InputError(f"no knowledge base: {error}", where=str(path), fix=fix) from None
        if info.get("format") != FORMAT:
            raise InputError(f"format {info.get('format')!r}", where=str(path), fix=f"{FORMAT}: update livener")
        self._meanings = Meanings.load(self.path)
        self.entities, self.aliases = int(info["entities"]), int(info["aliases"])
        self.identity = str(info.get("identity", f"{self.entities}-{self.aliases}"))  # none before 0.1
        # Read-only and unchanging: no lock of the file, and readers in other processes.
        uri = f"{(self.path / 'kb.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        path: str | Path,
        entities: Iterable[Entity],
        *,
        mentions: Iterable[Mention] = (),
        vectors: WordVectors | None = None,
    ) -> Self:
        """Write a knowledge base into the new folder ``path``, whole or not at all, and open it.

        ``mentions`` are known uses of names, from annotated text: they add aliases, counts and context. With
        ``vectors`` of words there is a vector index too: a name that is like no other is looked up by its meaning.

        Raises:
            InputError: the folder exists, an id occurs twice, or a mention's id is of no entity.
        """
        path = Path(path)
        if path.exists():
            raise InputError("exists already", where=str(path), fix="a new folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as work:
            new = Path(work, "new")
            new.mkdir()
            _write(new, entities, list(mentions))
            if vectors is not None:
                Meanings.build(vectors, _texts(new)).save(new)
            new.rename(path)
        return cls(path)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)

    def holds(self, identity: str) -> bool:
        """Whether it has an entity of that id."""
        return bool(self._ask("SELECT 1 FROM entity WHERE id = ?", [identity]))

    def candidates(self, name: str, *, limit: int = 20) -> list[Candidate]:
        """What ``name`` may mean: each entity once, by the closest kind of match, the commonest first.

        Raises:
            MissingDependencyError: rapidfuzz is not installed.
        """
        return self.candidates_of([name], limit=limit)[0]

    def candidates_of(self, names: Sequence[str], *, limit: int = 20) -> list[list[Candidate]]:
        """`candidates` of many names at once: exact and folded matches by one query for hundreds of names."""
        folded = [fold_name(name) for name in names]
        equal: dict[str, list[tuple[Any, ...]]] = {}
        for part in _chunks(sorted({one for one in folded if one}), 500):
            marks = ",".join("?" * len(part))
            sql = f"SELECT alias.folded, {_COLUMNS} {_FROM} WHERE alias.folded IN ({marks}) ORDER BY alias.count DESC"
            for key, *row in self._ask(sql, part):
                if len(found := equal.setdefault(key, [])) < 4 * limit:
                    found.append(tuple(row))
        return [
            self._collected(name, key, equal.get(key, []), limit) for name, key in zip(names, folded, strict=True)
        ]

    def _collected(self, name: str, folded: str, equal: list[tuple[Any, ...]], limit: int) -> list[Candidate]:
        if not folded:
            return []
        found: dict[str, Candidate] = {}

        def add(kind: str, similarity: float, row: tuple[Any, ...]) -> None:
            _, uses, identity, its_name, type_, description, popularity, context = row
            found.setdefault(
                identity,
                Candidate(
                    *(identity, its_name, type_, description, popularity),
                    *(json.loads(context) if context else {}, kind, similarity, uses),
                ),
            )

        for row in equal:
            if row[0] == name:
                add("exact", 1.0, row)
        for row in equal:
            add("folded", 1.0, row)
        short = folded.replace(" ", "")
        if 2 <= len(short) <= 8:
            for row in self._by("initials", short, limit):
                add("acronym", 0.9, row)
        if " " not in folded:
            for row in self._by("last", folded, limit):
                add("part", 0.8, row)
        if not equal:
            for similarity, row in self._begun(name, folded, limit):
                add("part", similarity, row)
        if not equal and len(found) < limit:
            for similarity, row in self._alike(folded, limit):
                add("fuzzy", similarity, row)
        if not equal and len(found) < limit:
            for row in self._clipped(folded, limit):
                add("part", 0.5, row)
        if not found and self._meanings is not None:
            for similarity, row in self._meant(name, limit):
                add("meaning", similarity, row)
        return list(islice(found.values(), limit))

    def _by(self, column: str, key: str, limit: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT {_COLUMNS} {_FROM} WHERE alias.{column} = ? ORDER BY alias.count DESC LIMIT ?"
        return self._ask(sql, [key, limit])

    def _begun(self, name: str, folded: str, limit: int) -> Iterator[tuple[float, tuple[Any, ...]]]:
        """Names that begin with this one, "Kansas City, Missouri" and, for "Ariz." with its dot, "Arizona"; and the
        longest name of several words that this one begins with."""
        if len(folded) >= _SHORTEST:
            low = folded if name.endswith(".") and " " not in folded else f"{folded} "
            some = "(SELECT * FROM alias WHERE folded >= ? AND folded < ? LIMIT ?) AS alias"
            sql = f"SELECT {_COLUMNS} {_FROM.replace('alias', some, 1)} ORDER BY alias.count DESC LIMIT ?"
            for row in self._ask(sql, [low, low[:-1] + chr(ord(low[-1]) + 1), _COMMON, limit]):
                yield 0.8, row
        words = folded.split(" ", _WORDS)
        for length in range(len(words) - 1, 1, -1):
            if rows := self._by("folded", " ".join(words[:length]), limit):
                yield from ((0.7, row) for row in rows)
                return

    def _clipped(self, folded: str, limit: int) -> list[tuple[Any, ...]]:
        """Names that this one is made of the beginnings of, as people shorten them: "JoePa", "Philly"."""
        if " " in folded or not _LEAST_CLIPPED <= len(folded) <= _MOST_CLIPPED:
            return []
        low = folded[:_SAME]
        near = "SELECT DISTINCT folded FROM alias WHERE folded >= ? AND folded < ? LIMIT ?"
        names = [name for (name,) in self._ask(near, [low, low[:-1] + chr(ord(low[-1]) + 1), 2 * _COMMON])]
        names = [name for name in names if clipped(folded, name)][:limit]
        sql = f"SELECT {_COLUMNS} {_FROM} WHERE folded IN ({','.join('?' * len(names))}) ORDER BY count DESC LIMIT ?"
        return self._ask(sql, [*names, limit])

    def _alike(self, folded: str, limit: int) -> Iterator[tuple[float, tuple[Any, ...]]]:
        try:
            from rapidfuzz import fuzz, process
        except ImportError:
            raise MissingDependencyError("rapidfuzz", extra="linking", need="finding names that are alike") from None
        keys, _ = fuzzy_keys([folded])
        bounds = np.searchsorted(self._keys, np.stack([keys, keys + np.uint64(1)]))
        rows = {int(row) for low, high in bounds.T if high - low <= _COMMON for row in self._rows[low:high]}
        names = {
            row: bytes(self._names[self._offsets[row] : self._offsets[row + 1]]).decode() for row in sorted(rows)
        }
        best = process.extract(folded, names, scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE, limit=limit)
        if not best:
            return
        marks = ",".join("?" * len(best))
        sql = f"SELECT alias.row, {_COLUMNS} {_FROM} WHERE alias.row IN ({marks})"
        details = {row[0]: row[1:] for row in self._ask(sql, [row for _, _, row in best])}
        for _, score, row in best:
            yield score / 100.0, details[row]

    def _meant(self, name: str, limit: int) -> Iterator[tuple[float, tuple[Any, ...]]]:
        assert self._meanings is not None
        for row, likeness in self._meanings.nearest(name, limit):
            sql = "SELECT name, 0.0, id, name, type, description, popularity, context FROM entity WHERE row = ?"
            yield likeness, self._ask(sql, [row])[0]

    def _ask(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()


def _texts(folder: Path) -> Iterator[str]:
    """Name and description of each entity, in the order of their rows."""
    database = sqlite3.connect(folder / "kb.sqlite")
    try:
        for name, description in database.execute("SELECT name, description FROM entity ORDER BY row"):
            yield f"{name} {description}"
    finally:
        database.close()


def _write(folder: Path, entities: Iterable[Entity], mentions: Sequence[Mention]) -> None:
    uses: dict[str, list[Mention]] = {}
    for mention in mentions:
        uses.setdefault(mention.id, []).append(mention)
    database = sqlite3.connect(folder / "kb.sqlite", isolation_level=None)
    database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA}")
    database.execute("BEGIN")
    folded: list[str] = []
    count = 0
    for part in _chunks(entities, _BATCH):
        rows, aliases = [], []
        for entity in part:
            mine = uses.pop(entity.id, [])
            context = Counter(word for mention in mine for word in mention.context)
            words = json.dumps(context, ensure_ascii=False) if context else ""
            fields = (entity.id, entity.name, entity.type, entity.description)
            rows.append((count, *fields, entity.popularity + len(mine), words))
            for alias, times in _aliases(entity, mine).items():
                key = fold_name(alias)
                if key:
                    last = key.rpartition(" ")[2] if 1 <= key.count(" ") <= 3 else None
                    aliases.append((len(folded), alias, key, initials(key) or None, last, count, times))
                    folded.append(key)
            count += 1
        try:
            database.executemany("INSERT INTO entity VALUES (?,?,?,?,?,?,?)", rows)
        except sqlite3.IntegrityError:
            identity = Counter(row[1] for row in rows).most_common(1)[0][0]
            raise InputError(f"an id occurs twice, such as {identity!r}", fix="one entity for each id") from None
        database.executemany("INSERT INTO alias VALUES (?,?,?,?,?,?,?)", aliases)
    if uses:
        raise InputError(f"a mention means {min(uses)!r}, which is no entity")
    database.execute("COMMIT")
    database.executescript(_INDICES)
    database.close()
    keys, owners = fuzzy_keys(folded)
    order = np.argsort(keys, kind="stable")
    encoded = [name.encode() for name in folded]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(name) for name in encoded], out=offsets[1:])
    arrays: dict[str, npt.NDArray[Any]] = {
        "keys": keys[order],
        "rows": owners[order].astype(np.uint32),
        "offsets": offsets,
        "names": np.frombuffer(b"".join(encoded), np.uint8),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    with (folder / "kb.sqlite").open("rb") as file:
        identity = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    info = {"format": FORMAT, "entities": count, "aliases": len(folded), "identity": identity}
    (folder / "kb.json").write_text(json.dumps(info) + "\n", encoding="utf-8")


def _aliases(entity: Entity, mentions: Sequence[Mention]) -> dict[str, float]:
    """Every name once, with how often it means the entity: as popular as that, unless something is known."""
    counts = dict.fromkeys((entity.name, *entity.aliases), entity.popularity)
    for name, times in Counter(mention.name for mention in mentions).items():
        counts[name] = counts.get(name, entity.popularity) + times
    return counts


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    for first in iterator:
        yield list(chain([first], islice(iterator, size - 1)))
