"""How what serves behaves over time."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from livener.client.trends import Trends
from livener.errors import InputError
from livener.loop.trends import served, settled
from livener.monitoring.log import Log, Window
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("trends", prefix="/v1/projects/{project}")


@routes.get("/trends", allow=Role.REVIEWER, answer=Trends)
def read_trends(
    call: Call, since: AwareDatetime, until: AwareDatetime, parts: Annotated[int, Query(ge=1, le=100)] = 14
) -> object:
    """What was answered in equal parts of a time, by label, how sure, and how right by what people settled."""
    if until <= since:
        raise InputError("the time ends before it begins", where="until", fix="a time after since")
    window, project, given = Window(since, until), call.project.id, call.server.settings.log

    def found() -> dict[str, object]:
        log = Log(given.url, spool=given.spool) if given and given.on else None
        return {
            "served": served(log, project, window, parts=parts),
            "settled": settled(call.session, project, window, parts=parts),
        }

    return call.server.figures.get(("trends", project, window, parts), found)
