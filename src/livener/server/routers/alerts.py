"""Alerts: what moved in production, and what people do about it."""

from livener.client.answers import Page
from livener.client.monitoring import Alert, AlertStateName, ReviewBatch
from livener.loop.alerts import open_review
from livener.monitoring import alerts
from livener.server import paging
from livener.server.bodies import Body, Prose, Reason
from livener.server.calls import Call
from livener.server.paging import Cursor, Id, Limit
from livener.server.routes import Routes
from livener.store.models import AlertState, Role

routes = Routes("alerts", prefix="/v1/projects/{project}/alerts")


class NoteGiven(Body):
    """What is said with it."""

    note: Prose = ""


class ClosingGiven(Body):
    """Why it is over."""

    reason: Reason


@routes.get("", allow=Role.REVIEWER, answer=Page[Alert])
def list_alerts(call: Call, state: AlertStateName | None = None, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The alerts, newest first, without their documents and events."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    wanted = AlertState(state) if state else None
    found = alerts.listed(call.session, call.project.id, state=wanted, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.get("/{alert}", allow=Role.REVIEWER, answer=Alert)
def read_alert(call: Call, alert: Id) -> object:
    """One alert: what moved, by how much and how surely, the documents that moved most, and what happened to it."""
    return alerts.get(call.session, call.project.id, alert)


@routes.post("/{alert}/acknowledge", allow=Role.REVIEWER, answer=Alert)
def acknowledge_alert(call: Call, alert: Id, body: NoteGiven) -> object:
    """Say that somebody has it."""
    done = alerts.acknowledge(call.session, call.project.id, alert, by=call.user.id, said=body.note, now=call.now)
    call.audit("alert.acknowledge", f"alert {alert}")
    call.publish("alert", {"id": alert, "state": done.state})
    return done


@routes.post("/{alert}/close", allow=Role.LEAD, answer=Alert)
def close_alert(call: Call, alert: Id, body: ClosingGiven) -> object:
    """Say that it is over, and why; what moves again is a new alert."""
    done = alerts.close(call.session, call.project.id, alert, by=call.user.id, said=body.reason, now=call.now)
    call.audit("alert.close", f"alert {alert}", reason=body.reason)
    call.publish("alert", {"id": alert, "state": done.state})
    return done


@routes.post("/{alert}/review", allow=Role.LEAD, answer=ReviewBatch, status=201, session=None, remembered=True)
def review_alert(call: Call, alert: Id) -> object:
    """Open a task for each document that moved most, all in one batch; asked for again, it opens what is missing."""
    done = open_review(call.server, call.project.id, alert, by=call.user.id, now=call.now)
    events = [("queue", {"tasks": done["tasks"]}), ("alert", {"id": alert, "batch": done["batch"]})]
    with call.server.writing() as call.transaction:
        call.audit("alert.review", f"alert {alert}", **done)
        call.server.events.announce(call.session, call.project.id, events)
    call.server.events.deliver(call.project.id, events)
    return done
