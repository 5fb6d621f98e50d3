"""Whether the server runs, and whether it can work."""

from pydantic import BaseModel
from sqlalchemy import text

from livener.server.calls import Call
from livener.server.policies import Allow
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
