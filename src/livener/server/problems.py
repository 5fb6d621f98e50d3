"""What went wrong, as a caller reads it: application/problem+json (RFC 9457), never a traceback."""

import json
import re
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException

from livener.errors import InputError, LivenerError, MissingDependencyError
from livener.review.errors import Conflict, Forbidden, NotFound

_STATUS: dict[type[LivenerError], tuple[int, str]] = {
    InputError: (422, "input"),
    NotFound: (404, "not-found"),
    Conflict: (409, "conflict"),
    Forbidden: (403, "forbidden"),
    MissingDependencyError: (501, "not-installed"),
}
_MOST_ERRORS = 10
_AWAY = re.compile("locked|busy|unable to open|disk")


class Problem(LivenerError):  # noqa: N818 - what the standard calls it
    """An answer that is not a fault of the input: its status, its kind and its headers."""

    def __init__(self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.kind, self.headers = status, kind, headers
        super().__init__(detail)


class ProblemAnswer(BaseModel):
    """What every refused request is answered (RFC 9457); ``where`` and ``fix`` say how to put it right."""

    type: str
    title: str
    status: int
    detail: str
    where: str | None = None
    fix: str | None = None


def problem(
    status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The answer for one problem.

    >>> problem(404, "not-found", "no task 7").body
    b'{"type": "urn:livener:not-found", "title": "Not Found", "status": 404, "detail": "no task 7"}'
    """
    body = {"type": f"urn:livener:{kind}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    content = json.dumps(body | {key: value for key, value in more.items() if value is not None})
    return Response(content, status, headers, "application/problem+json")


def handle_problems(app: FastAPI) -> None:
    """Let the app answer every error that it expects with a problem."""
    app.add_exception_handler(LivenerError, _livener)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for refused in (OverflowError, UnicodeEncodeError, DataError):
        app.add_exception_handler(refused, _not_storable)
    app.add_exception_handler(IntegrityError, _integrity)
    app.add_exception_handler(OperationalError, _unavailable)


def _livener(_request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem(error.status, error.kind, str(error), headers=error.headers)
    status, kind = next(_STATUS[base] for base in type(error).__mro__ if base in _STATUS)
    if isinstance(error, InputError):
        return problem(status, kind, error.problem, where=error.where, fix=error.fix)
    return problem(status, kind, str(error))


def _validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Not what was given: it may be ten megabytes, or a password.
    found = [
        {"where": ".".join(map(str, one["loc"]))[:200], "problem": one["msg"]}
        for one in error.errors()[:_MOST_ERRORS]
    ]
    return problem(422, "input", found[0]["problem"], where=found[0]["where"], errors=found)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return problem(error.status_code, kind, str(error.detail), headers=error.headers)


def _not_storable(_request: Request, _error: Exception) -> Response:
    return problem(422, "input", "a value that the store cannot hold: a number too large, or text that is not UTF-8")


def _integrity(_request: Request, _error: Exception) -> Response:
    return problem(
        409, "conflict", "the store refuses this change: it is there already, or breaks a rule of the data"
    )


def _unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OperationalError)
    if isinstance(error.orig, sqlite3.OperationalError) and not _AWAY.search(str(error.orig)):
        raise error  # SQLite calls a fault of ours so too
    return problem(503, "unavailable", "the store cannot be reached now", headers={"Retry-After": "2"})
