"""The hook of hatch: a wheel or an sdist has the page in it.

A development install (editable) builds it only when there is none yet, and goes on without it when that fails; with
``LIVENER_BUILD_WEB=1`` it builds whenever the sources changed, as a wheel does. ``LIVENER_BUILD_WEB=0`` never builds.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_spec = importlib.util.spec_from_file_location("livener_web_build", Path(__file__).with_name("build.py"))
assert _spec
assert _spec.loader
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)


class PageHook(BuildHookInterface):
    """Builds the page before the files are gathered."""

    def dependencies(self) -> list[str]:
        """Node.js, where it is needed and not here."""
        return [] if web.has_node() or not self._wanted(editable=False) else [web.NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build, if this install is one that needs it."""
        editable = version == "editable"
        if not self._wanted(editable=editable):
            return
        try:
            web.build()
        except RuntimeError as problem:
            if not editable:
                raise
            self.app.display_warning(f"The page is not built: {problem}\n`make web` tries again.")

    def _wanted(self, *, editable: bool) -> bool:
        asked = os.environ.get("LIVENER_BUILD_WEB")
        if asked == "0":
            return False
        return not (web.is_built() if editable and not asked else web.is_current())
