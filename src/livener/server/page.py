"""The files of the web page, for every address that is not the interface's."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"  # the names of these files change with their content


class Page:
    """Answers what no route does: a file of the page, or the page itself, which knows its own addresses."""

    def __init__(self, folder: Path) -> None:
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = self._files.get_path(scope)
        first, _, last = path.replace("\\", "/").rpartition("/")
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or path.split("/")[0] == "v1":
            raise HTTPException(404, "no such address")
        try:
            response = await self._files.get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in last.strip("."):
                raise HTTPException(404, "no such file") from None
            try:
                response = await self._files.get_response("index.html", scope)
            except HTTPException:
                raise HTTPException(
                    404, "the page was not built; the interface is described at /openapi.json"
                ) from None
        response.headers["Cache-Control"] = _FOR_EVER if first == "assets" else "no-cache"
        await response(scope, receive, send)
