"""The guidelines of a project: versions, what changed, who has read them, what a change puts in doubt."""

from typing import Annotated

from fastapi import Query

from livener.client.answers import Doubts, Example, Guidelines, Page, Reopened, SectionDiff, Unread
from livener.review import guideline_doubts, guideline_examples, guideline_versions
from livener.server import paging
from livener.server.bodies import GuidelinesGiven, Line, Number
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("guidelines", prefix="/v1/projects/{project}/guidelines")


@routes.get("", allow=Role.ANNOTATOR, answer=Guidelines)
def read_guidelines(call: Call) -> object:
    """The version in force."""
    found = guideline_versions.latest(call.session, call.project.id)
    call.etag = str(found.number)
    return found


@routes.post("", allow=Role.LEAD, answer=Guidelines, status=201)
def publish(call: Call, body: GuidelinesGiven) -> object:
    """A new version. If-Match with the version that was edited keeps others' changes from being lost."""
    if "if-match" in call.request.headers:
        call.match(str(guideline_versions.latest(call.session, call.project.id).number))
    made = guideline_versions.publish(
        call.session, call.project.id, body.markdown, author=call.user.id, now=call.now, labels=body.labels
    )
    call.audit("guidelines.publish", f"guidelines {made.number}")
    call.publish("guidelines", {"number": made.number})
    call.etag = str(made.number)
    return made


@routes.get("/versions", allow=Role.ANNOTATOR, answer=Page[Guidelines])
def list_versions(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The versions, newest first."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = guideline_versions.versions(call.session, call.project.id, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.number], answer=lambda row: row)


@routes.get("/diff", allow=Role.ANNOTATOR, answer=list[SectionDiff])
def read_diff(call: Call, old: Number, new: Number) -> object:
    """What changed from one version to another, section by section."""
    return guideline_versions.compare(call.session, call.project.id, old=old, new=new)


@routes.get("/unread", allow=Role.REVIEWER, answer=list[Unread])
def list_unread(call: Call) -> object:
    """Who has to read the version in force."""
    return guideline_versions.unread(call.session, call.project.id)


@routes.get("/examples", allow=Role.ANNOTATOR, answer=Page[Example])
def list_examples(call: Call, label: Line | None = None, limit: Limit = 50, cursor: Cursor = None) -> object:
    """Experts' decisions, as examples of the labels."""
    (after,) = paging.after(cursor, of=(int,)) or (0,)
    found = guideline_examples.listed(call.session, call.project.id, label=label, after=after, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.get("/doubts", allow=Role.REVIEWER, answer=Doubts)
def list_doubts(call: Call, old: Number, new: Number, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The resolved tasks that a change puts in doubt."""
    (after,) = paging.after(cursor, of=(int,)) or (0,)
    session, project = call.session, call.project.id
    found = guideline_doubts.page(session, project, old=old, new=new, after=after, limit=limit + 1)
    part = paging.page(found, limit=limit, key=lambda row: [row.task], answer=lambda row: row)
    counted = guideline_doubts.counts(session, project, old=old, new=new)
    return {"tasks": counted.tasks, "labels": counted.labels, **part}


@routes.post("/doubts", allow=Role.LEAD, answer=Reopened)
def open_doubts(call: Call, old: Number, new: Number, limit: Annotated[int, Query(ge=1, le=500)] = 500) -> object:
    """Open so many of them again, for people to look at under the new version."""
    opened = guideline_doubts.open_tasks(
        call.session, call.project.id, old=old, new=new, person=call.person, now=call.now, limit=limit
    )
    call.audit("guidelines.doubts", f"guidelines {new}", old=old, tasks=opened)
    call.publish("queue", {"tasks": opened})
    return {"reopened": opened}


@routes.get("/{number}", allow=Role.ANNOTATOR, answer=Guidelines)
def read_version(call: Call, number: Number) -> object:
    """One version."""
    return guideline_versions.get(call.session, call.project.id, number)


@routes.post("/{number}/read", allow=Role.ANNOTATOR)
def mark_read(call: Call, number: Number) -> None:
    """Say that one has read the version."""
    guideline_versions.mark_read(call.session, call.project.id, number, user=call.user.id, now=call.now)
