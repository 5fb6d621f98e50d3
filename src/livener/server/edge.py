"""What every request and every answer goes through: names that are answered to, headers, and one line in the log."""

import json
import logging
import re
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livener.server.metrics import Metrics
from livener.server.problems import problem
from livener.server.settings import Settings
from livener.server.traces import Traces

_log = logging.getLogger("livener.server")
_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HEADERS = {
    # Scripts come from here and from nowhere else; styles may also be set by them, which the page's components do.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_SENT = [(name.encode("ascii"), value.encode("ascii")) for name, value in _HEADERS.items()]
_HSTS = b"max-age=31536000"


class Edge:
    """The outermost part of the app."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, traces: Traces) -> None:
        self._app, self._metrics, self._traces = app, metrics, traces
        public = urlsplit(settings.public_url or "").hostname
        self._hosts = frozenset(host.lower() for host in (*settings.hosts, *filter(None, [public])))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with self._traces.request(scope, headers):
            await self._answer(scope, headers, receive, send)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope["livener.request"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                scope["livener.status"] = status = message["status"]
                message["headers"] = headers = list(message.get("headers", ()))
                _add_headers(headers, scope, request_id)
            await send(message)

        try:
            if not self._answers_to(headers.get("host", "")):
                detail = "the server does not answer to this name: add it to `hosts` in [server] of livener.toml"
                await problem(400, "host", detail)(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except Exception:
            _log.exception(json.dumps({"event": "fault", "request": request_id}))
            if not status:
                detail = f"a fault of the server; its log says more under {request_id}"
                await problem(500, "fault", detail)(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.answered(getattr(scope.get("route"), "path", ""), scope["method"], status, seconds)
            _log.info(_line(scope, request_id, status, seconds))

    def _answers_to(self, host: str) -> bool:
        if "*" in self._hosts:
            return True
        name = host.lower() if host.endswith("]") else re.sub(r":\d*$", "", host.lower())
        return name in self._hosts


def _add_headers(raw: list[tuple[bytes, bytes]], scope: Scope, request_id: str) -> None:
    there = {name for name, _ in raw}  # in small letters, as ASGI has it
    raw += [header for header in _SENT if header[0] not in there]
    raw.append((b"x-request-id", request_id.encode("ascii")))
    if scope["path"].startswith("/v1") and b"cache-control" not in there:
        raw.append((b"cache-control", b"no-store"))
    if scope["scheme"] == "https":
        raw.append((b"strict-transport-security", _HSTS))


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> str:
    """The path's pattern and not the path, which may hold a secret; nothing of what people wrote."""
    line: dict[str, Any] = {
        "event": "request",
        "request": request_id,
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "user": scope.get("livener.user"),
        "project": scope.get("path_params", {}).get("project"),
    }
    return json.dumps({key: value for key, value in line.items() if value is not None})
