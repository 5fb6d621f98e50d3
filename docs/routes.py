"""Writes docs/reference/http.md, the routes of the server, from the routers themselves.

python docs/routes.py
"""

from pathlib import Path

from fastapi.routing import APIRoute

from livener.server.policies import Allow
from livener.server.routers import ROUTERS

PAGE = Path(__file__).parent / "reference" / "http.md"
INTRODUCTION = """# HTTP

What `livener serve` answers. `/openapi.json` describes every route, body and answer for programs; from Python,
[`livener.Client`](../how-to/team.md) speaks it. This page is written by `docs/routes.py`.

* **Who asks**: `Authorization: Bearer lvn_…` with a token of `livener users token` or `POST /v1/tokens`; or the
  cookie of `POST /v1/session`, and then `X-CSRF-Token` (from `GET /v1/session`) with everything but GET.
* **Who may**: the smallest role in the project (annotator < reviewer < expert < lead < admin), and the scope that a
  token needs. Whoever has no part in a project is told that there is none (404).
* **Writing twice**: with `Idempotency-Key`, a new one for every change, a request that is sent again gets the first
  answer and changes nothing. An answer with a secret in it (a token, a link) is never kept: sent again, it is 409.
* **Writing over others**: `If-Match` with the `etag` that one saw; when somebody was faster the answer is 409.
* **Lists** come in parts: `?limit=` (up to 200) and `?cursor=`, which is `next` of the part before; `next` is null
  at the end.
* **Errors** are `application/problem+json`: `type`, `title`, `status`, `detail`, and often `where` and `fix`. 400
  not JSON, 401 nobody, 403 not allowed, 404 not there, 409 somebody was faster, 413 too large, 415 not
  `application/json`, 422 wrong input, 429 too often, 503 try again.
* **Offsets** are code points, half-open.
"""


def page() -> str:
    """The whole page."""
    return INTRODUCTION + "".join(_section(routes.router.routes) for routes in ROUTERS)


def _section(routes: list[APIRoute]) -> str:
    title = str(routes[0].tags[0]).capitalize()
    lines = [f"\n## {title}\n\n| route | who | what |\n|---|---|---|\n"]
    for route in routes:
        policy = route.endpoint.policy
        who = {Allow.ANYONE: "anyone", Allow.SIGNED_IN: "whoever is signed in", Allow.ADMINISTRATOR: "administrators"}
        shown = who.get(policy.allow) or f"{policy.allow.value}"
        scope = "" if policy.allow is Allow.ANYONE else f" · `{policy.scope.value}`"
        query = "&".join(f"{one.alias}=" for one in route.dependant.query_params)
        method = next(iter(route.methods - {"HEAD"}))
        path = f"{method} {route.path}{'?' if query else ''}{query}"
        what = " ".join((route.endpoint.__doc__ or "").split("\n\n")[0].split())
        lines.append(f"| `{path}` | {shown}{scope} | {what} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
