"""The kinds of jobs that there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.loop import diagnose, jobs
from livener.loop.learn import LEARN
from livener.loop.route import ROUTE
from livener.loop.sample import SAMPLE
from livener.loop.watch import WATCH
from livener.loop.work import Kind

KINDS: Mapping[str, Kind] = {
    diagnose.DIAGNOSE: diagnose.KIND,
    "learn": LEARN,
    "route": ROUTE,
    "sample": SAMPLE,
    "watch": WATCH,
}


def start(
    session: Session,
    project_id: int,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    now: datetime,
    reason: str,
    by: int | None = None,
) -> int:
    """A new job of a kind, its arguments checked; the id of the one under way where a project has one at a time.

    Raises:
        InputError: no such kind, or arguments that it does not take.
    """
    checked = find(kind).checked(arguments)
    key = kind if find(kind).alone else None
    return jobs.create(session, project_id, kind, now=now, arguments=checked, reason=reason, key=key, by=by)


def find(kind: str) -> Kind:
    """The kind of a name.

    Raises:
        InputError: there is none.
    """
    if kind not in KINDS:
        raise InputError(f"no job is called {kind!r}", fix=" | ".join(sorted(KINDS)))
    return KINDS[kind]
