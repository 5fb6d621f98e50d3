"""What runs by itself: the live model."""

from livener.client.jobs import LiveModel
from livener.loop import live
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("loop", prefix="/v1/projects/{project}")


@routes.get("/live", allow=Role.ANNOTATOR, answer=LiveModel)
def read_live(call: Call) -> object:
    """The model that learns between two tasks: what it went on from, its steps, and what it last did."""
    return live.known(call.session, call.project.id) or live.Known()
