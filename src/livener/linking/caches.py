"""Where the candidates of names are kept for a while: in memory, on disk, in Redis."""

import json
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from livener.errors import InputError, MissingDependencyError
from livener.linking.knowledge_base import Candidate

DAY = 86_400.0
Clock = Callable[[], float]


class Cache(Protocol):
    """Candidates by name, each for a limited time."""

    def get(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        """Those of the names that are there."""
        ...

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these."""
        ...


class MemoryCache:
    """In this process, the ``size`` names asked for last.

    >>> cache = MemoryCache(ttl=10, clock=lambda: now)
    >>> now = 0.0
    >>> cache.put({"Oslo": []})
    >>> cache.get(["Oslo", "Lima"])
    {'Oslo': []}
    >>> now = 11.0
    >>> cache.get(["Oslo"])
    {}
    """

    def __init__(self, *, ttl: float = DAY, size: int = 100_000, clock: Clock = time.monotonic) -> None:
        self._ttl, self._size, self._clock = ttl, size, clock
        self._kept: OrderedDict[str, tuple[float, list[Candidate]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        """Those of the names that are there."""
        now = self._clock()
        found = {}
        with self._lock:
            for name in names:
                kept = self._kept.get(name)
                if kept is not None and kept[0] > now:
                    self._kept.move_to_end(name)
                    found[name] = kept[1]
        return found

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these."""
        until = self._clock() + self._ttl
        with self._lock:
            for name, candidates in found.items():
                self._kept[name] = (until, candidates)
                self._kept.move_to_end(name)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _memory, (self._ttl, self._size)


class DiskCache:
    """In a SQLite file, which any number of processes may share."""

    def __init__(self, path: str | Path, *, ttl: float = DAY, clock: Clock = time.time) -> None:
        self._path, self._ttl, self._clock = Path(path), ttl, clock
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = OFF")  # what is lost is looked up again
            self._database.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, until REAL, found TEXT)")
        except sqlite3.Error as error:
            raise InputError(f"no cache: {error}", where=str(path), fix="a file that can be written") from None

    def get(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        """Those of the names that are there."""
        found = {}
        sql = "SELECT found FROM kept WHERE name = ? AND until > ?"
        with self._lock:
            for name in names:
                if row := self._database.execute(sql, (name, self._clock())).fetchone():
                    found[name] = _decoded(row[0])
        return found

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these, and forget what is too old."""
        now = self._clock()
        rows = [(name, now + self._ttl, _encoded(candidates)) for name, candidates in found.items()]
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM kept WHERE until <= ?", (now,))
            self._database.executemany("INSERT OR REPLACE INTO kept VALUES (?,?,?)", rows)
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _disk, (self._path, self._ttl)


class RedisCache:
    """In Redis, under keys that begin with ``prefix``.

    Raises:
        MissingDependencyError: the package redis is not installed.
    """

    def __init__(self, url: str, *, ttl: float = DAY, prefix: str = "livener:link:") -> None:
        try:
            import redis
        except ImportError:
            raise MissingDependencyError("redis", extra="linking", need="a cache in Redis") from None
        self._url, self._ttl, self._prefix = url, ttl, prefix
        self._client = redis.Redis.from_url(url)

    def get(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        """Those of the names that are there."""
        if not names:
            return {}
        kept = self._client.mget([self._prefix + name for name in names])
        return {name: _decoded(value) for name, value in zip(names, kept, strict=True) if value is not None}

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these."""
        pipeline = self._client.pipeline(transaction=False)
        for name, candidates in found.items():
            pipeline.set(self._prefix + name, _encoded(candidates), px=max(1, int(self._ttl * 1000)))
        pipeline.execute()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _redis, (self._url, self._ttl, self._prefix)


def _memory(ttl: float, size: int) -> MemoryCache:
    return MemoryCache(ttl=ttl, size=size)


def _disk(path: Path, ttl: float) -> DiskCache:
    return DiskCache(path, ttl=ttl)


def _redis(url: str, ttl: float, prefix: str) -> RedisCache:
    return RedisCache(url, ttl=ttl, prefix=prefix)


def cache_of(where: str, *, ttl: float = DAY) -> Cache:
    """``"memory"``, ``"redis://…"``, or the path of a file.

    >>> type(cache_of("memory")).__name__
    'MemoryCache'
    """
    if where == "memory":
        return MemoryCache(ttl=ttl)
    if where.partition("://")[0] in ("redis", "rediss", "unix"):
        return RedisCache(where, ttl=ttl)
    return DiskCache(where, ttl=ttl)


def _encoded(candidates: Sequence[Candidate]) -> str:
    return json.dumps([tuple(one) for one in candidates], ensure_ascii=False)


def _decoded(text: str | bytes) -> list[Candidate]:
    return [Candidate(*one) for one in json.loads(text)]
