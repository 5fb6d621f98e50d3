"""docs/reference/http.md names every route, with who may call it."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_routes_say() -> None:
    written = (DOCS / "reference" / "http.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(DOCS / "routes.py"))["page"](), "python docs/routes.py"
