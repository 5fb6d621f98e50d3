"""The web page: files that were built from ``web/`` and are served beside the API."""

from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
_API = frozenset({"v1", "health", "ready", "openapi.json", "metrics"})
_FOR_EVER = "public, max-age=31536000, immutable"  # a file of another content has another name
_ASK_AGAIN = "no-cache"
_NOT_BUILT = "The page is not built in this installation (`make web` builds it). The API answers under /v1.\n"


class Page:
    """What answers to every address that is not the API's: a file of the page, else the page itself, which routes."""

    def __init__(self, app: ASGIApp, folder: Path = STATIC) -> None:
        self._app = app
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        first = scope["path"].lstrip("/").split("/")[0] if scope["type"] == "http" else "v1"
        if first in _API or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        await (await self._response(scope))(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        path = self._files.get_path(scope)
        try:
            response = await self._files.get_response(path, scope)
        except HTTPException as error:
            # A file that is asked for by name and is not there is an error; an address of the page is the page.
            if error.status_code != 404 or not _wants_page(scope):
                return PlainTextResponse("not found\n", error.status_code)
            path = "index.html"
            try:
                response = await self._files.get_response(path, scope)
            except HTTPException:
                return PlainTextResponse(_NOT_BUILT, 404)
        response.headers["cache-control"] = _FOR_EVER if path.startswith("assets/") else _ASK_AGAIN
        return response


def _wants_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")
