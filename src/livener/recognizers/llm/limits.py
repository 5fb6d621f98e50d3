"""How fast and for how much an endpoint may be asked, and what it has answered before."""

import hashlib
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from livener.errors import InputError
from livener.recognizers.llm.client import Answer

Clock = Callable[[], float]
Sleep = Callable[[float], None]
_MINUTE = 60.0


class Pace:
    """So many requests and tokens a minute and no more; 0 is no limit. Threads share it.

    >>> waited = []
    >>> pace = Pace(2, 0, clock=lambda: sum(waited), sleep=waited.append)
    >>> for _ in range(3):
    ...     pace.wait(10)
    >>> waited
    [60.0]
    """

    def __init__(
        self, requests: int, tokens: int, *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep
    ) -> None:
        self._requests, self._tokens = requests, tokens
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, int]] = deque()

    def wait(self, tokens: int) -> None:
        """Wait until a request of so many tokens may be sent, and count it."""
        while True:
            with self._lock:
                now = self._clock()
                while self._sent and self._sent[0][0] <= now - _MINUTE:
                    self._sent.popleft()
                if self._fits(tokens):
                    self._sent.append((now, tokens))
                    return
                seconds = self._sent[0][0] + _MINUTE - now
            self._sleep(seconds)

    def _fits(self, tokens: int) -> bool:
        if not self._sent:  # one that is too large by itself is sent all the same
            return True
        if self._requests and len(self._sent) >= self._requests:
            return False
        return not self._tokens or sum(one for _, one in self._sent) + tokens <= self._tokens


class Budget:
    """What may be spent. Requests under way count with what they may cost at most.

    Raises:
        InputError: of `reserve`: it would be too much.

    >>> budget = Budget(1.0)
    >>> budget.reserve(0.6)
    >>> budget.settle(0.6, 0.3)
    >>> budget.reserve(0.8)
    Traceback (most recent call last):
    ...
    livener.errors.InputError: llm: the budget of 1 is spent: 0.3, and the next request may cost 0.8 ...
    """

    def __init__(self, limit: float) -> None:
        self.limit, self.spent, self._reserved = limit, 0.0, 0.0
        self._lock = threading.Lock()

    def reserve(self, cost: float) -> None:
        """Set aside what a request may cost."""
        with self._lock:
            if self.limit and self.spent + self._reserved + cost > self.limit:
                raise InputError(
                    f"llm: the budget of {self.limit:g} is spent: {self.spent + self._reserved:.4g}, and the next "
                    f"request may cost {cost:.4g}",
                    fix="a higher budget, or less text",
                )
            self._reserved += cost

    def settle(self, reserved: float, cost: float) -> None:
        """Say what it did cost."""
        with self._lock:
            self._reserved -= reserved
            self.spent += cost


class Answers:
    """Answers that were given before, by everything that they depend on: in memory, or in a SQLite file.

    >>> answers = Answers("memory")
    >>> answers.put("key", Answer("{}"))
    >>> answers.get("key"), answers.get("other")
    (Answer(text='{}', cut=False, input_tokens=0, output_tokens=0), None)
    """

    def __init__(self, where: str) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(
                ":memory:" if where == "memory" else where, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")
        except sqlite3.Error as error:
            raise InputError(f"llm: no cache: {error}", where=where, fix="a file that can be written") from None

    def get(self, key: str) -> Answer | None:
        """The answer, if there is one."""
        with self._lock:
            row = self._database.execute("SELECT answer FROM answer WHERE key = ?", (key,)).fetchone()
        return Answer(**json.loads(row[0])) if row else None

    def put(self, key: str, answer: Answer) -> None:
        """Keep it."""
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (key, json.dumps(asdict(answer))))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def key_of(*parts: Any) -> str:
    """A hash of everything that an answer depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def tokens_in(text: str) -> int:
    """About how many tokens a text has: a quarter of its ASCII characters, and every other one.

    >>> tokens_in("Ada Byron flew to Oslo."), tokens_in("東京")
    (6, 2)
    """
    plain = sum(character < "\x80" for character in text)
    return -(-plain // 4) + len(text) - plain
