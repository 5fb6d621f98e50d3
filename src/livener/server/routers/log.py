"""The inference log: asked for what was predicted, and rid of whom it must forget."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import Query

from livener.client.answers import Page
from livener.client.logged import Erased, LoggedDocument, LoggedSpan
from livener.errors import InputError
from livener.monitoring.log import Log, pages
from livener.monitoring.log.erasure import By
from livener.monitoring.log.upkeep import forget
from livener.server.bodies import Body, Key, Line, Number
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit, after, page
from livener.server.routes import Routes
from livener.server.settings import LogSettings
from livener.store.models import Role

routes = Routes("log", prefix="/v1/projects/{project}/log")
Since = Annotated[datetime | None, Query(description="From this time on; a week before `until` if nothing is said.")]
Until = Annotated[datetime | None, Query(description="Before this time; now if nothing is said.")]
Label = Annotated[Line | None, Query(description="Of a span.")]
Surface = Annotated[Key | None, Query(description="The text of a span, exactly.")]
Version = Annotated[Number | None, Query(description="The number of the model.")]
Domain = Annotated[Line | None, Query(description="Of the text, as its metadata said.")]
Named = Annotated[Key | None, Query(description="The id that the caller gave the text.")]
Caller = Annotated[Line | None, Query(description="The user whose token it was.")]
_LAST_TIME = 4_000_000_000_000_000  # microseconds since 1970: a cursor says no later one


class EraseGiven(Body):
    """Whose rows go: those of a document, by its id, or about a person; with `dry_run` they are only counted."""

    document: Key | None = None
    person: Key | None = None
    dry_run: bool = False

    def read(self) -> tuple[By, str]:
        """By what, and its value.

        Raises:
            InputError: neither is given, or both.
        """
        if self.document is not None and self.person is None:
            return "key", self.document
        if self.person is not None and self.document is None:
            return "person", self.person
        raise InputError("not one of document and person", where="body", fix='{"document": "…"}')


@routes.get("/spans", allow=Role.REVIEWER, answer=Page[LoggedSpan], session=None)
def read_spans(
    call: Call,
    since: Since = None,
    until: Until = None,
    label: Label = None,
    surface: Surface = None,
    version: Version = None,
    domain: Domain = None,
    document: Named = None,
    caller: Caller = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The spans that were predicted in a time, oldest first: of a surface form, by a version, for a caller …"""
    wanted = pages.Wanted(label, surface, version, domain, document, caller)
    place = _place(cursor, of=(int, int, int, int, str))
    window = pages.window_of(since, until, now=call.now)
    found = pages.spans(_log(call), call.project.id, window, wanted, limit=limit + 1, after=place)
    return page(found, limit=limit, key=_key(pages.span_place), answer=_span)


@routes.get("/documents", allow=Role.REVIEWER, answer=Page[LoggedDocument], session=None)
def read_documents(
    call: Call,
    since: Since = None,
    until: Until = None,
    label: Label = None,
    surface: Surface = None,
    version: Version = None,
    domain: Domain = None,
    document: Named = None,
    caller: Caller = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The texts that were read in a time with the spans that were found, oldest first."""
    wanted = pages.Wanted(label, surface, version, domain, document, caller)
    place = _place(cursor, of=(int, int))
    window = pages.window_of(since, until, now=call.now)
    found = pages.documents(_log(call), call.project.id, window, wanted, limit=limit + 1, after=place)
    return page(found, limit=limit, key=_key(pages.document_place), answer=_document)


@routes.post("/erase", allow=Role.ADMIN, answer=Erased, session=None, remembered=True)
def erase_rows(call: Call, body: EraseGiven) -> object:
    """Erase what the log holds of a document or about a person, for good; the audit log keeps a hash of whom."""
    by, value = body.read()
    log, told = _settings(call), None if body.dry_run else partial(_tell, call)
    found = forget(log.url, call.project.id, by=by, value=value, now=call.now, spool=log.spool, told=told)
    return {"documents": found.documents, "spans": found.spans, "dry_run": body.dry_run}


def _tell(call: Call, detail: Mapping[str, Any]) -> None:
    with call.server.writing() as call.transaction:
        call.audit("erase", "inference log", **detail)


def _settings(call: Call) -> LogSettings:
    if call.server.settings.log is None:
        raise InputError("the server keeps no inference log", fix="[log] in livener.toml")
    return call.server.settings.log


def _log(call: Call) -> Log:
    settings = _settings(call)
    return Log(settings.url, spool=settings.spool)


def _key(place: Callable[[Mapping[str, Any]], pages.Place]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """The place as values of JSON: the time in microseconds since 1970."""

    def key(row: Mapping[str, Any]) -> Sequence[Any]:
        time, *rest = place(row)
        return [round(time.timestamp() * 1e6), *rest]

    return key


def _place(cursor: str | None, *, of: Sequence[type]) -> pages.Place | None:
    found = after(cursor, of=of)
    if found is None:
        return None
    if not 0 <= found[0] < _LAST_TIME:
        raise InputError("not a cursor of this list", where="query.cursor", fix="`next` of an earlier answer")
    seconds, micro = divmod(found[0], 1_000_000)
    return (datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro), *found[1:])


def _span(row: Mapping[str, Any]) -> dict[str, Any]:
    return _logged(row) | _found(row)


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: row[name] for name in ("text", "text_hash", "length", "source", "language", "person", "ms")}
    return _logged(row) | own | {"spans": [_found(span) for span in row["spans"]]}


def _logged(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {name: row.get(name) for name in ("pipeline", "guideline", "asked", "domain", "caller", "request")}
    return {"time": row["time"], "document": row.get("key"), "version": row["model"], **same}


def _found(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("label", "surface", "start", "end", "score", "entropy", "recognizer", "kb_id")
    return {name: row[name] for name in names}
