"""The HTTP server: one router per resource, each route with its policy. Needs the extra ``server``."""

from livener.errors import MissingDependencyError

try:  # before any other module of this package is read
    import argon2  # noqa: F401
    import authlib  # noqa: F401
    import fastapi  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingDependencyError(error.name or "fastapi", extra="server", need="the server") from None

from livener.server.app import create_app
from livener.server.settings import Settings

__all__ = ["Settings", "create_app"]
