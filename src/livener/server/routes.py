"""Routes that declare their policy, and the one way from a request to a committed answer."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Required, TypedDict, TypeVar, Unpack

from fastapi import APIRouter, Depends, Path, Response
from pydantic_core import to_json
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from livener.server.calls import Call, Server
from livener.server.idempotency import answered, first_answer, key_of, remember, take
from livener.server.identity import asking
from livener.server.policies import Allow, Policy, Scope
from livener.server.problems import ProblemAnswer
from livener.server.quick import QuickRoute
from livener.server.receiving import BoundedRequest, BoundedRoute, Upload, spooled
from livener.store.models import Role

_Handler = TypeVar("_Handler", bound=Callable[..., object])
_Project = Annotated[str, Path(max_length=200, description="The name of the project.")]
_TRIES = 3
_IN_VAIN = {"40001", "40P01"}  # PostgreSQL gave up one of two transactions that waited for each other


class Declared(TypedDict, total=False):
    """What a route says of itself.

    ``allow`` is who may call it: in a project the smallest role. ``scope`` is what a token needs, where it is not the
    one that goes with the method and the role. ``answer`` is the model of the answer, without which it is empty, or
    of type ``media``. ``session`` is the transaction: None for a handler that begins its own. ``upload`` puts the
    body, unread, into ``Call.upload``. ``quick`` is for a coroutine that is called by `livener.server.quick`.

    ``remembered`` is whether what is sent again with its Idempotency-Key gets the first answer and changes nothing.
    So it is where ``session`` is ``"writes"``; ``remembered=False`` is there for an answer with a secret in it, which
    is never kept: sent again it is refused. A handler with transactions of its own says ``remembered=True`` when a
    part of its work, begun anew, is no harm: its answer is kept after it.
    """

    allow: Required[Allow | Role]
    scope: Scope
    answer: Any
    media: str
    status: int
    session: Literal["reads", "writes"] | None
    upload: bool
    remembered: bool
    quick: bool


class Routes:
    """The routes of one resource; each declares who may call it.

    A handler is a plain function whose first parameter is the `Call`. It runs in a thread, in one transaction that
    ends before the answer is sent. What it returns is sent as JSON as it is, without a second validation.
    """

    def __init__(self, tag: str, *, prefix: str = "") -> None:
        # One name per operation, for the clients that are made from the description.
        self.router = APIRouter(
            prefix=prefix,
            tags=[tag],
            route_class=BoundedRoute,
            generate_unique_id_function=lambda route: f"{tag}_{route.name}",
        )

    def get(self, path: str, **declared: Unpack[Declared]) -> Callable[[_Handler], _Handler]:
        """A route that only reads."""
        return self._route("GET", path, declared)

    def post(self, path: str, **declared: Unpack[Declared]) -> Callable[[_Handler], _Handler]:
        """A route that makes or does something."""
        return self._route("POST", path, declared)

    def put(self, path: str, **declared: Unpack[Declared]) -> Callable[[_Handler], _Handler]:
        """A route that sets something."""
        return self._route("PUT", path, declared)

    def patch(self, path: str, **declared: Unpack[Declared]) -> Callable[[_Handler], _Handler]:
        """A route that changes a part of something."""
        return self._route("PATCH", path, declared)

    def delete(self, path: str, **declared: Unpack[Declared]) -> Callable[[_Handler], _Handler]:
        """A route that ends something."""
        return self._route("DELETE", path, declared)

    def _route(self, method: str, path: str, declared: Declared) -> Callable[[_Handler], _Handler]:
        answer, media = declared.get("answer"), declared.get("media")
        status = declared.get("status", 200 if answer or media else 204)
        policy = Policy.of(declared["allow"], method=method, scope=declared.get("scope"))
        session = declared.get("session", "reads" if method == "GET" else "writes")
        in_project = "{project}" in self.router.prefix + path

        def register(handler: _Handler) -> _Handler:
            quick = declared.get("quick", False)
            remembered = declared.get("remembered", session == "writes")
            answering = _Answering(handler, policy, session, status, remembered)
            self.router.add_api_route(
                path,
                _endpoint(answering, in_project=in_project, uploads=declared.get("upload", False), quick=quick),
                methods=[method],
                route_class_override=QuickRoute if quick else None,
                response_model=answer,
                response_class=Response if media else _Json,
                status_code=status,
                responses=_REFUSED | ({status: {"content": {media: {}}}} if media else {}),
                openapi_extra=_KEYED if answering.keyed else None,
            )
            return handler

        return register


class _Json(Response):
    media_type = "application/json"


_KEYED: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            "description": "New for every change: sent again with the same one, it is done once.",
        }
    ]
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused", "model": ProblemAnswer},
}


@dataclass(frozen=True, slots=True)
class _Answering:
    handler: Callable[..., object]
    policy: Policy
    session: Literal["reads", "writes"] | None
    status: int
    remembered: bool

    @property
    def keyed(self) -> bool:
        """Whether an Idempotency-Key is heeded: it belongs to somebody."""
        known = self.policy.allow is not Allow.ANYONE
        return known and (self.remembered or self.session == "writes")

    def __call__(self, request: BoundedRequest, upload: Upload | None, given: dict[str, Any]) -> Response:
        server: Server = request.app.state.server
        for left in reversed(range(_TRIES)):
            if upload:
                upload.file.seek(0)
            try:
                match self.session:
                    case "writes":
                        return self._write(server, request, upload, given)
                    case "reads":
                        with server.reading() as session:
                            return self._response(self._call(server, request, upload, session), given)
                    case None:
                        return self._outside(server, request, upload, given)
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in _IN_VAIN:
                    raise
        raise AssertionError("unreachable")

    def _write(
        self, server: Server, request: BoundedRequest, upload: Upload | None, given: dict[str, Any]
    ) -> Response:
        with server.writing() as session:
            call = self._call(server, request, upload, session)
            key = key_of(request) if call.asking else None
            if key and (kept := first_answer(session, call.user.id, key, request, upload, now=call.now)):
                return kept
            response = self._response(call, given)
            if key:
                remember(session, call.user.id, key, response if self.remembered else None)
            if call.published:
                server.events.announce(session, call.project.id, call.published)
        server.events.deliver(call.project.id if call.published else 0, call.published)
        if server.queue:
            for job in call.begun:
                server.queue.job(job)
            if call.said:
                server.queue.learn(call.project.id, call.said)
        return response

    def _outside(
        self, server: Server, request: BoundedRequest, upload: Upload | None, given: dict[str, Any]
    ) -> Response:
        if self.policy.allow is Allow.ANYONE:  # answered without the store
            return self._response(Call(server, request, server.clock(), None, None), given)
        with server.reading() as session:
            call = self._call(server, request, upload, session)
            key = key_of(request) if self.remembered else None
            if key and (kept := answered(session, call.user.id, key, request, upload)):
                return kept
        call.transaction = None
        response = self._response(call, given)
        if key:
            with server.writing() as session:
                if take(session, call.user.id, key, request, upload, now=call.now):
                    remember(session, call.user.id, key, response)
        return response

    def _call(self, server: Server, request: BoundedRequest, upload: Upload | None, session: Session) -> Call:
        now = server.clock()
        asked_by = asking(request, session, self.policy, now=now)
        if asked_by:  # for the log
            request.scope["livener.user"] = asked_by.name
        return Call(server, request, now, asked_by, session, upload.file if upload else None)

    def _response(self, call: Call, given: dict[str, Any]) -> Response:
        result = self.handler(call, **given)
        if isinstance(result, Response):
            return result
        headers = {"ETag": f'"{call.etag}"'} if call.etag is not None else None
        if result is None:
            return Response(None, self.status, headers)
        return _Json(to_json(result, inf_nan_mode="null"), self.status, headers)


def _endpoint(answering: _Answering, *, in_project: bool, uploads: bool, quick: bool) -> Callable[..., Response]:
    """What FastAPI calls: with the handler's parameters, the request instead of the `Call`, and the project."""
    handler = answering.handler
    signature = inspect.signature(handler)
    parameters = [
        parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in list(signature.parameters.values())[1:]
    ]
    extra: dict[str, Any] = {"request": BoundedRequest}
    if in_project:
        extra["project"] = _Project
    if uploads:
        extra["upload"] = Annotated[Upload, Depends(spooled)]

    def endpoint(request: BoundedRequest, upload: Upload | None = None, **given: Any) -> Response:
        given.pop("project", None)  # it is in the call
        return answering(request, upload, given)

    added = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind) for name, kind in extra.items()]
    endpoint.__signature__ = inspect.Signature([*added, *parameters])  # type: ignore[attr-defined]
    endpoint.__name__, endpoint.__doc__ = handler.__name__, handler.__doc__
    endpoint.policy = answering.policy  # type: ignore[attr-defined]
    if quick:
        endpoint.quick = handler  # type: ignore[attr-defined]
    endpoint.keyed = answering.keyed  # type: ignore[attr-defined]
    return endpoint
