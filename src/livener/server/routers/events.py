"""What happens in a project, live."""

from fastapi.responses import StreamingResponse

from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("events", prefix="/v1/projects/{project}")
_MEDIA = "text/event-stream"


@routes.get("/events", allow=Role.ANNOTATOR, media=_MEDIA, session=None)
def events(call: Call) -> object:
    """Server-sent events: `queue`, `task`, `guidelines`, `models`, `job`, `alert`, `trigger`, `routing`.

    The header Last-Event-ID goes on after one. `trigger` says that a trigger went off, `routing` that audits moved
    thresholds. A stream ends after some minutes, and its reader comes back, as a browser does by itself.
    """
    last = call.request.headers.get("last-event-id")
    headers = {"X-Accel-Buffering": "no"}  # or nginx keeps them until there are many
    return StreamingResponse(call.server.events.listen(call.project.id, last), media_type=_MEDIA, headers=headers)
