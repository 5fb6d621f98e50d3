"""What the loop learned: corrections, and how people work."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import AwareDatetime

from livener.client.answers import CorrectionGroup
from livener.review import corrections, indicators
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("figures", prefix="/v1/projects/{project}")


@routes.get("/corrections", allow=Role.REVIEWER, answer=list[CorrectionGroup])
def list_corrections(
    call: Call,
    group: Literal["surface", "label", "source", "model"] = "surface",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> object:
    """What people changed in predictions, by surface form, label, source or model; the gravest first."""
    found = corrections.groups(call.session, call.project.id, by=group, since=since, until=until, limit=limit)
    return [one.as_dict() for one in found]


@routes.get("/indicators", allow=Role.LEAD, answer=dict[str, object])
def read_indicators(call: Call, since: AwareDatetime, until: AwareDatetime) -> object:
    """How much people do and how long it takes: active time, by person and day; from task to task, by tier."""
    return indicators.indicators(call.session, call.project.id, since=since, until=until).as_dict()
