"""Where the candidates of names are kept for a while: in memory, on disk, in Redis."""

import json
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from livener.errors import InputError, MissingDependencyError
from livener.linking.knowledge_base import Candidate

DAY = 86_400.0
_PATIENCE, _AWAY = 2.0, 30.0  # seconds: to wait for Redis, and not to ask it again after that
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
    """In a SQLite file, which any number of processes may share, under names that begin with ``prefix``.

    Where the file cannot be read or written any more, nothing is known and nothing is kept: it is only a cache.

    Raises:
        InputError: there can be no such file.
    """

    def __init__(self, path: str | Path, *, ttl: float = DAY, clock: Clock = time.time, prefix: str = "") -> None:
        self._path, self._ttl, self._clock, self._prefix = Path(path), ttl, clock, prefix
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
        found: dict[str, list[Candidate]] = {}
        sql = "SELECT found FROM kept WHERE name = ? AND until > ?"
        with self._lock, suppress(sqlite3.Error):
            for name in names:
                row = self._database.execute(sql, (self._prefix + name, self._clock())).fetchone()
                if row and (candidates := _decoded(row[0])) is not None:
                    found[name] = candidates
        return found

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these, and forget what is too old."""
        now = self._clock()
        rows = [(self._prefix + name, now + self._ttl, _encoded(candidates)) for name, candidates in found.items()]
        with self._lock, suppress(sqlite3.Error), self._database:  # all of it or nothing
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM kept WHERE until <= ?", (now,))
            self._database.executemany("INSERT OR REPLACE INTO kept VALUES (?,?,?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _disk, (self._path, self._ttl, self._prefix)


class RedisCache:
    """In Redis, under keys that begin with ``prefix``.

    Where it does not answer any more, nothing is known and nothing is kept, and it is not asked for half a minute: it
    is only a cache.

    Raises:
        MissingDependencyError: the package redis is not installed.
        InputError: there is no Redis at this URL.
    """

    def __init__(self, url: str, *, ttl: float = DAY, prefix: str = "livener:link:") -> None:
        try:
            import redis
        except ImportError:
            raise MissingDependencyError("redis", extra="linking", need="a cache in Redis") from None
        self._url, self._ttl, self._prefix, self._error = url, ttl, prefix, redis.RedisError
        self._away_until = 0.0
        try:
            self._client = redis.Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
            self._client.ping()
        except (redis.RedisError, ValueError) as error:
            raise InputError(f"no cache: {error}", where=url, fix="the URL of a running Redis") from None

    def get(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        """Those of the names that are there."""
        kept = self._asked(lambda: self._client.mget([self._prefix + name for name in names])) if names else None
        found = {name: _decoded(value) for name, value in zip(names, kept or (), strict=False) if value is not None}
        return {name: candidates for name, candidates in found.items() if candidates is not None}

    def put(self, found: Mapping[str, list[Candidate]]) -> None:
        """Keep these."""
        pipeline = self._client.pipeline(transaction=False)
        for name, candidates in found.items():
            pipeline.set(self._prefix + name, _encoded(candidates), px=max(1, int(self._ttl * 1000)))
        self._asked(pipeline.execute)

    def _asked(self, question: Callable[[], Any]) -> Any:
        """The answer; ``None`` where there is none."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return question()
        except self._error:
            self._away_until = time.monotonic() + _AWAY
            return None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _redis, (self._url, self._ttl, self._prefix)


def _memory(ttl: float, size: int) -> MemoryCache:
    return MemoryCache(ttl=ttl, size=size)


def _disk(path: Path, ttl: float, prefix: str) -> DiskCache:
    return DiskCache(path, ttl=ttl, prefix=prefix)


def _redis(url: str, ttl: float, prefix: str) -> RedisCache:
    return RedisCache(url, ttl=ttl, prefix=prefix)


def cache_of(where: str, *, ttl: float = DAY, of: str = "") -> Cache:
    """``"memory"``, ``"redis://…"``, or the path of a file; of what is shared only what is ``of`` this one is seen.

    >>> type(cache_of("memory")).__name__
    'MemoryCache'
    """
    if where == "memory":
        return MemoryCache(ttl=ttl)
    if where.partition("://")[0] in ("redis", "rediss", "unix"):
        return RedisCache(where, ttl=ttl, prefix=f"livener:link:{of}:")
    return DiskCache(where, ttl=ttl, prefix=f"{of}:")


def _encoded(candidates: Sequence[Candidate]) -> str:
    return json.dumps([tuple(one) for one in candidates], ensure_ascii=False)


def _decoded(text: str | bytes) -> list[Candidate] | None:
    """``None`` where another livener, or somebody else, wrote it."""
    try:
        return [Candidate(*one) for one in json.loads(text)]
    except (ValueError, TypeError):
        return None
