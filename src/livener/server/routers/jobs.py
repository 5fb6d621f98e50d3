"""Background jobs: begun, watched, and ended."""

from typing import Annotated, Any

from pydantic import Field

from livener.client.answers import Page
from livener.client.jobs import Job, JobNote, JobStateName
from livener.loop import jobs, kinds
from livener.server import paging
from livener.server.bodies import Body, Line, Prose
from livener.server.calls import Call
from livener.server.paging import Cursor, Id, Limit
from livener.server.routes import Routes
from livener.store.models import JobState, Role

routes = Routes("jobs", prefix="/v1/projects/{project}/jobs")


class JobGiven(Body):
    """Which kind of job to begin, and with what."""

    kind: Line
    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]
    reason: Prose = ""


@routes.get("", allow=Role.ANNOTATOR, answer=Page[Job])
def list_jobs(call: Call, state: JobStateName | None = None, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The background jobs, newest first, with how far each is."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    wanted = JobState(state) if state else None
    found = jobs.listed(call.session, call.project.id, state=wanted, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.post("", allow=Role.LEAD, answer=Job, status=201)
def begin_job(call: Call, body: JobGiven) -> object:
    """Begin a job, or get the one under way where a project has one of its kind at a time."""
    reason = body.reason or f"asked for by {call.user.name}"
    made = kinds.start(
        call.session, call.project.id, body.kind, body.arguments, now=call.now, reason=reason, by=call.user.id
    )
    call.audit("job.begin", f"job {made}", kind=body.kind)
    call.begin(made)
    call.publish("job", {"id": made, "state": "queued"})
    return jobs.get(call.session, call.project.id, made)


@routes.get("/{job}", allow=Role.ANNOTATOR, answer=Job)
def read_job(call: Call, job: Id) -> object:
    """One job: its progress, what its steps gave, and what came of it."""
    return jobs.get(call.session, call.project.id, job)


@routes.get("/{job}/log", allow=Role.ANNOTATOR, answer=Page[JobNote])
def read_log(call: Call, job: Id, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The log of a job, oldest first."""
    (after,) = paging.after(cursor, of=(int,)) or (0,)
    found = jobs.notes(call.session, call.project.id, job, after=after, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.post("/{job}/cancel", allow=Role.LEAD, answer=Job)
def cancel_job(call: Call, job: Id) -> object:
    """End a job: one that runs ends at its next chance."""
    found = jobs.cancel(call.session, call.project.id, job, now=call.now, by=call.user.name)
    call.audit("job.cancel", f"job {job}")
    call.publish("job", {"id": job, "state": found.state})
    return found
