"""One file per resource; `ROUTERS` is what the app is made of."""

from livener.server.routers import system
from livener.server.routes import Routes

ROUTERS: tuple[Routes, ...] = (system.routes,)
