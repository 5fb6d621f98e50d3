"""How far people agree, calibration sessions, and what that forbids to train on."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from livener.client.answers import Blocked, Progress, Reliability, Results
from livener.review import adjudication, agreement, calibration
from livener.review.rules import Rules
from livener.server.bodies import Line, SessionGiven
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

Latest = Annotated[int, Query(ge=1, le=10_000)]

routes = Routes("agreement", prefix="/v1/projects/{project}")


@routes.get("/agreement", allow=Role.REVIEWER, answer=dict[str, object])
def read_agreement(
    call: Call,
    batch: Line | None = None,
    label: Line | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    documents: Latest = 2000,
) -> object:
    """The agreement on the latest documents that two or more annotated: overall, per label, per pair, by week."""
    found = agreement.agreement(
        call.session,
        call.project.id,
        batch=batch,
        label=label,
        since=since,
        until=until,
        documents=documents,
    )
    return found.as_dict()


@routes.get("/reliabilities", allow=Role.REVIEWER, answer=list[Reliability])
def read_reliabilities(call: Call, documents: Latest = 2000) -> object:
    """How far each annotator can be relied on, estimated from what all of them said of the latest documents."""
    found = adjudication.reliabilities(call.session, call.project.id, documents=documents)
    return [{"user": name, "reliability": value} for name, value in found.items()]


@routes.get("/training-block", allow=Role.ANNOTATOR, answer=list[Blocked])
def read_training_block(call: Call) -> object:
    """The labels that must not be trained on, as people agree on them less than the project's rules ask for."""
    return agreement.training_block(call.session, call.project.id, Rules.of(call.project.settings))


@routes.get("/calibration-sessions", allow=Role.REVIEWER, answer=list[Progress])
def list_sessions(call: Call) -> object:
    """The calibration sessions, the newest first."""
    return calibration.sessions(call.session, call.project.id)


@routes.post("/calibration-sessions", allow=Role.LEAD, answer=Progress, status=201)
def open_session(call: Call, body: SessionGiven) -> object:
    """Give the same documents to everybody, or to some."""
    session, project = call.session, call.project.id
    documents = body.documents or calibration.draw(session, project, body.n, seed=body.seed)
    made = calibration.create(session, project, name=body.name, documents=documents, people=body.people, now=call.now)
    call.audit("calibration.open", f"calibration session {body.name}", documents=made.documents)
    call.publish("queue", {"calibration": body.name})
    return made


@routes.get("/calibration-sessions/{name}", allow=Role.REVIEWER, answer=Results)
def read_session(call: Call, name: Line) -> object:
    """What people made of each document of a session, side by side, and how far they agree."""
    return calibration.results(call.session, call.project.id, name).as_dict()


@routes.post("/calibration-sessions/{name}/close", allow=Role.LEAD, answer=Progress)
def close_session(call: Call, name: Line) -> object:
    """End a session; what people said in it stays."""
    closed = calibration.close(call.session, call.project.id, name, user_id=call.user.id, now=call.now)
    call.audit("calibration.close", f"calibration session {name}")
    call.publish("queue", {"calibration": name})
    return closed
