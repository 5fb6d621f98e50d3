"""Routes for programs that call thousands of times a second: declared as all others are, without what costs time.

The handler is a coroutine. Whom the store let in is remembered for a moment; the body is read by its pydantic model
and the query by the kinds of the parameters; no transaction is open, and no Idempotency-Key is looked at.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, get_type_hints
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from livener.server.calls import Server
from livener.server.identity import Asking, refuse_anonymous
from livener.server.policies import Policy
from livener.server.problems import Problem
from livener.server.receiving import BoundedRequest, BoundedRoute, is_json

QuickHandler = Callable[..., Awaitable[object]]


@dataclass(frozen=True, slots=True)
class QuickCall:
    """One request of a quick route, after its policy let it through."""

    server: Server
    request: BoundedRequest
    user: Asking


class QuickRoute(BoundedRoute):
    """A route whose endpoint carries a ``quick`` handler beside what describes it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler."""
        quick: QuickHandler = self.endpoint.quick  # type: ignore[attr-defined]
        policy: Policy = self.endpoint.policy  # type: ignore[attr-defined]
        hints = get_type_hints(quick, include_extras=True)
        names = list(inspect.signature(quick).parameters)[1:]
        model = hints.get("body")
        adapters = {name: TypeAdapter(hints[name]) for name in names if name != "body"}
        status = self.status_code or 200

        async def handler(request: Request) -> Response:
            refuse_anonymous(request, policy)
            server: Server = request.app.state.server
            user = await server.admissions(request, policy)
            request = BoundedRequest(request.scope, request.receive)
            given = _query(request, adapters) if request.scope["query_string"] else {}
            if model is not None:
                given["body"] = await _body(request, model)
            answer = await quick(QuickCall(server, request, user), **given)
            if isinstance(answer, Response):
                return answer
            content = answer if isinstance(answer, bytes) else to_json(answer, inf_nan_mode="null")
            return Response(content, status, media_type="application/json")

        return handler


def _query(request: Request, adapters: dict[str, TypeAdapter[Any]]) -> dict[str, Any]:
    given = {}
    for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name not in adapters:
            continue
        try:
            given[name] = adapters[name].validate_strings(value)
        except ValidationError as error:
            raise _wrong(error, "query", name) from None
    return given


async def _body(request: BoundedRequest, model: type[BaseModel]) -> BaseModel:
    content = await request.body()
    if not is_json(request):
        raise Problem(415, "media-type", "the body has to be application/json")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise Problem(400, "bad-request", "the body is not JSON") from None
        raise _wrong(error, "body") from None


def _wrong(error: ValidationError, *where: str) -> RequestValidationError:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return RequestValidationError([one | {"loc": (*where, *one["loc"])} for one in found])
