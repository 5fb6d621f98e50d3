"""Whether the server runs, and whether it can work."""

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import text

from livener.server.calls import Call
from livener.server.metrics import MEDIA
from livener.server.policies import Allow, Scope
from livener.server.routes import Routes

routes = Routes("system")


class Health(BaseModel):
    """It is up."""

    status: str


@routes.get("/health", allow=Allow.ANYONE, answer=Health, session=None)
def health(_call: Call) -> object:
    """Whether the process answers."""
    return {"status": "up"}


@routes.get("/ready", allow=Allow.ANYONE, answer=Health)
def ready(call: Call) -> object:
    """Whether it can work: the store answers."""
    call.session.execute(text("SELECT 1"))
    return {"status": "ready"}


@routes.get("/metrics", allow=Allow.ADMINISTRATOR, scope=Scope.READ, media=MEDIA)
def metrics(call: Call) -> object:
    """What this server process does, for Prometheus: latency, throughput, what waits, open alerts."""
    return Response(call.server.metrics.text(call.server.recognition, call.session), media_type=MEDIA)
