"""What every request and every answer goes through: names that are answered to, headers, and one line in the log."""

import json
import logging
import re
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livener.server.metrics import Metrics
from livener.server.problems import problem
from livener.server.settings import Settings

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
_HSTS = "max-age=31536000"


class Edge:
    """The outermost part of the app."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        public = urlsplit(settings.public_url or "").hostname
        self._hosts = frozenset(host.lower() for host in (*settings.hosts, *filter(None, [public])))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope["livener.request"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope, request_id)
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


def _add_headers(headers: MutableHeaders, scope: Scope, request_id: str) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["x-request-id"] = request_id
    if scope["path"].startswith("/v1"):
        headers.setdefault("cache-control", "no-store")
    if scope["scheme"] == "https":
        headers["strict-transport-security"] = _HSTS


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
