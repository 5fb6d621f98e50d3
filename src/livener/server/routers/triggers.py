"""Triggers: conditions with names, and the jobs that begin when they hold."""

from typing import Annotated, Any

from pydantic import Field

from livener.client.answers import Page
from livener.client.jobs import Trigger, TriggerEvent, TriggerFinding, TriggerModeName
from livener.loop import triggers
from livener.server import paging
from livener.server.bodies import Body, Line
from livener.server.calls import Call
from livener.server.paging import Cursor, Id, Limit
from livener.server.routes import Routes
from livener.store.models import Role, TriggerMode

routes = Routes("triggers", prefix="/v1/projects/{project}/triggers")


class TriggerGiven(Body):
    """A name, the condition with its settings, and the job with its arguments."""

    name: Line
    condition: Line
    settings: Annotated[dict[str, Any], Field(default_factory=dict)]
    job: Line = "learn"
    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]
    mode: TriggerModeName = "on"


class TriggerChanged(Body):
    """What becomes otherwise; what is not given stays."""

    mode: TriggerModeName | None = None
    settings: dict[str, Any] | None = None
    arguments: dict[str, Any] | None = None


@routes.get("", allow=Role.ANNOTATOR, answer=list[Trigger])
def list_triggers(call: Call) -> object:
    """The triggers, by name."""
    return triggers.listed(call.session, call.project.id)


@routes.post("", allow=Role.LEAD, answer=Trigger, status=201)
def add_trigger(call: Call, body: TriggerGiven) -> object:
    """A new trigger: `corrections`, `error_cluster`, `alert`, `rolling_f1`, `schedule` or `guidelines`."""
    made = triggers.create(
        call.session,
        call.project.id,
        body.name,
        condition=body.condition,
        settings=body.settings,
        job=body.job,
        arguments=body.arguments,
        mode=TriggerMode(body.mode),
        now=call.now,
        by=call.user.id,
    )
    call.audit("trigger.add", f"trigger {made.name}", condition=made.condition, job=made.job)
    return made


@routes.get("/log", allow=Role.ANNOTATOR, answer=Page[TriggerEvent])
def list_events(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """When triggers went off and why, newest first, with the jobs that they began."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = triggers.log(call.session, call.project.id, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.get("/{trigger}/check", allow=Role.REVIEWER, answer=TriggerFinding)
def check_trigger(call: Call, trigger: Id) -> object:
    """Whether the trigger would go off now, and why; nothing is begun."""
    return triggers.check(call.session, call.project.id, trigger, now=call.now)


@routes.patch("/{trigger}", allow=Role.LEAD, answer=Trigger)
def change_trigger(call: Call, trigger: Id, body: TriggerChanged) -> object:
    """Switch a trigger on, off or to a dry run, or give it other settings or arguments."""
    changed = triggers.change(
        call.session,
        call.project.id,
        trigger,
        mode=TriggerMode(body.mode) if body.mode else None,
        settings=body.settings,
        arguments=body.arguments,
    )
    call.audit("trigger.change", f"trigger {changed.name}", mode=changed.mode.value)
    return changed
