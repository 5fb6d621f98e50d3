"""The rows of the log in parts, for who asks over a network or reads on a screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from livener.errors import InputError
from livener.monitoring.log.reading import Log, Window

MOST_DAYS = 400
_YEARS = range(1970, 2200)  # what a clock can have said; further away days cannot be counted
_SPAN_PLACE = 'time, id, start, "end", label'
_OF_DOCUMENT = "id, key, caller, asked, request, pipeline, guideline"

Place = tuple[Any, ...]
"""Where a part ended: the values of the order of its last row."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: only those with this value, where one is given.

    ``version`` is the number of a model, ``document`` the id that the caller gave it, ``caller`` the user who asked;
    of documents, ``label`` and ``surface`` are those of a span in them.
    """

    label: str | None = None
    surface: str | None = None
    version: int | None = None
    domain: str | None = None
    document: str | None = None
    caller: str | None = None


def window_of(since: datetime | None, until: datetime | None, *, now: datetime, days: float = 7) -> Window:
    """The time that is asked for: until now, and so many ``days`` of it, where nothing else is said; zoneless is UTC.

    Raises:
        InputError: it ends before it begins, has more than 400 days, or is none that a clock has said.

    >>> window_of(None, None, now=datetime(2024, 5, 8, tzinfo=UTC)).since.isoformat()
    '2024-05-01T00:00:00+00:00'
    """
    for given in (since, until):
        if given is not None and given.year not in _YEARS:
            raise InputError(f"the year {given.year}", where="window", fix="a time since 1970")
    last = _zoned(until) if until else now
    first = _zoned(since) if since else last - timedelta(days=days)
    if not timedelta(0) < last - first <= timedelta(days=MOST_DAYS):
        fix = f"until after since, and at most {MOST_DAYS} days"
        raise InputError(f"from {first.isoformat()} to {last.isoformat()}", where="window", fix=fix)
    return Window(first, last)


def spans(
    log: Log, project: int, window: Window, wanted: Wanted, *, limit: int, after: Place | None = None
) -> list[dict[str, Any]]:
    """Up to ``limit`` spans in order of time, after the place where a part before ended (`span_place`).

    Each has the columns of `rows.SPANS`, and of its text ``key``, ``caller``, ``asked``, ``request``, ``pipeline``
    and ``guideline``.
    """
    conditions, values = _span_conditions(wanted)
    inner, more = _conditions({"key": wanted.document, "caller": wanted.caller})
    if inner:
        conditions.append(f"id IN (SELECT id FROM documents WHERE {' AND '.join(inner)})")
    window = _after(window, after)
    if after is not None:
        conditions.append(f"({_SPAN_PLACE}) > (?, ?, ?, ?, ?)")
    sql = f"SELECT * FROM spans WHERE {' AND '.join(conditions) or 'true'} ORDER BY {_SPAN_PLACE} LIMIT {int(limit)}"
    found: list[dict[str, Any]] = log.query(sql, project, window, [*values, *more, *(after or ())]).to_pylist()
    if not found:
        return []
    ids = sorted({row["id"] for row in found})
    near = Window(found[0]["time"], found[-1]["time"] + timedelta(microseconds=1))
    asked = f"SELECT {_OF_DOCUMENT} FROM documents WHERE {_among(ids)}"
    texts = {row.pop("id"): row for row in log.query(asked, project, near).to_pylist()}
    return [row | texts.get(row["id"], {}) for row in found]


def documents(
    log: Log, project: int, window: Window, wanted: Wanted, *, limit: int, after: Place | None = None
) -> list[dict[str, Any]]:
    """Up to ``limit`` texts in order of time, after the place where a part before ended (`document_place`).

    Each has the columns of `rows.DOCUMENTS`, of which ``spans`` are its spans, in order.
    """
    given = {"model": wanted.version, "domain": wanted.domain, "key": wanted.document, "caller": wanted.caller}
    conditions, values = _conditions(given)
    within, more = _conditions({"label": wanted.label, "surface": wanted.surface})
    if within:
        conditions.append(f"id IN (SELECT id FROM spans WHERE {' AND '.join(within)})")
    window = _after(window, after)
    if after is not None:
        conditions.append("(time, id) > (?, ?)")
    sql = f"SELECT * FROM documents WHERE {' AND '.join(conditions) or 'true'} ORDER BY time, id LIMIT {int(limit)}"
    found: list[dict[str, Any]] = log.query(sql, project, window, [*values, *more, *(after or ())]).to_pylist()
    if not found:
        return []
    own: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in found}
    near = Window(found[0]["time"], found[-1]["time"] + timedelta(microseconds=1))
    asked = f'SELECT * FROM spans WHERE {_among(sorted(own))} ORDER BY id, start, "end", label'
    for span in log.query(asked, project, near).to_pylist():
        own[span["id"]].append(span)
    return [row | {"spans": own[row["id"]]} for row in found]


def span_place(row: Mapping[str, Any]) -> Place:
    """Where a part that ends with this span ended."""
    return row["time"], row["id"], row["start"], row["end"], row["label"]


def document_place(row: Mapping[str, Any]) -> Place:
    """Where a part that ends with this text ended."""
    return row["time"], row["id"]


def _span_conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    given = {"label": wanted.label, "surface": wanted.surface, "model": wanted.version, "domain": wanted.domain}
    return _conditions(given)


def _conditions(given: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    asked = {name: value for name, value in given.items() if value is not None}
    return [f"{name} = ?" for name in asked], list(asked.values())


def _after(window: Window, after: Place | None) -> Window:
    """The part of the time that is left: what went before need not be read."""
    return window if after is None or after[0] <= window.since else Window(min(after[0], window.until), window.until)


def _among(ids: Sequence[int]) -> str:
    return f"id IN ({', '.join(map(str, ids))})"


def _zoned(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
