"""Tasks: the queue, and what is known of each."""

from livener.client.answers import (
    Adjudication,
    Comment,
    Event,
    KindName,
    Opened,
    Page,
    StateName,
    Task,
    Tasks,
    TierName,
)
from livener.errors import InputError
from livener.review import adjudication, decisions, listing, queue, tasks
from livener.review.rules import Rules
from livener.server import paging
from livener.server.bodies import CommentGiven, Line, NextGiven, TasksGiven
from livener.server.calls import Call
from livener.server.paging import Cursor, Id, Limit
from livener.server.routes import Routes
from livener.store.models import Role, TaskKind, TaskState, Tier

routes = Routes("tasks", prefix="/v1/projects/{project}/tasks")


@routes.get("", allow=Role.ANNOTATOR, answer=Page[Task])
def list_tasks(
    call: Call,
    state: StateName | None = None,
    tier: TierName | None = None,
    kind: KindName | None = None,
    batch: Line | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The tasks, oldest first."""
    after = paging.after(cursor, of=(int,)) or (0,)
    found = listing.tasks(
        call.session,
        call.project.id,
        state=TaskState(state) if state else None,
        tier=Tier(tier) if tier else None,
        kind=TaskKind(kind) if kind else None,
        batch=batch,
        after=after[0],
        limit=limit + 1,
    )
    shown = tasks.views(call.session, call.project.id, [one["id"] for one in found], call.person)
    return paging.page(shown, limit=limit, key=lambda row: [row["id"]], answer=lambda row: row)


@routes.post("", allow=Role.LEAD, answer=Opened, status=201)
def open_tasks(call: Call, body: TasksGiven) -> object:
    """Ask people about documents that are here, or about parts of them."""
    ids = listing.ids_of(call.session, call.project.id, body.documents)
    places = dict(zip(body.documents, ids, strict=True))
    if other := body.parts.keys() - places.keys():
        raise InputError(f"parts of {min(other)!r}, which is not asked about", where="parts", fix="one of documents")
    opened = tasks.open_tasks(
        call.session,
        call.project.id,
        ids,
        now=call.now,
        reason=body.reason,
        priority=body.priority,
        overlap=body.overlap or Rules.of(call.project.settings).overlap,
        skill=body.skill,
        batch=body.batch,
        kind=TaskKind(body.kind),
        below=body.below,
        parts={places[key]: ranges for key, ranges in body.parts.items()},
    )
    call.audit("tasks.open", body.reason, tasks=len(opened))
    call.publish("queue", {"tasks": len(opened)})
    return {"tasks": opened}


@routes.post("/next", allow=Role.ANNOTATOR, answer=Tasks)
def next_tasks(call: Call, body: NextGiven) -> object:
    """The next tasks of the queue, leased, each with the reason for it; or why there is none."""
    found = queue.next_tasks(
        call.session,
        call.project.id,
        call.person,
        Rules.of(call.project.settings),
        now=call.now,
        tier=Tier(body.tier) if body.tier else None,
        kind=TaskKind(body.kind),
        count=body.n,
    )
    if isinstance(found, queue.Empty):
        return {"tasks": [], "empty": found}
    ids = [one.task_id for one in found]
    call.publish("queue", {"leased": ids})
    return {"tasks": tasks.views(call.session, call.project.id, ids, call.person), "empty": None}


@routes.get("/{task}", allow=Role.ANNOTATOR, answer=Task)
def read_task(call: Call, task: Id) -> object:
    """One task, with its text, its pre-annotation, and what one may see of what was said."""
    found = tasks.view(call.session, call.project.id, task, call.person)
    call.etag = found["etag"]
    return found


@routes.get("/{task}/history", allow=Role.ANNOTATOR, answer=list[Event])
def read_history(call: Call, task: Id) -> object:
    """Everything that happened to a task, oldest first."""
    return tasks.history(call.session, call.project.id, task)


@routes.get("/{task}/adjudication", allow=Role.REVIEWER, answer=Adjudication)
def read_adjudication(call: Call, task: Id) -> object:
    """What everybody said of a task, position by position, and a first merge of it."""
    session, project = call.session, call.project.id
    keep = call.server.figures.get
    return adjudication.adjudication(
        session,
        project,
        task,
        weights=lambda: keep(("reliabilities", project), lambda: adjudication.reliabilities(session, project)),
    ).as_dict()


@routes.get("/{task}/comments", allow=Role.ANNOTATOR, answer=Page[Comment])
def list_comments(call: Call, task: Id, limit: Limit = 50, cursor: Cursor = None) -> object:
    """What people wrote about a task, oldest first."""
    after = paging.after(cursor, of=(int,)) or (0,)
    found = listing.comments(call.session, call.project.id, task, after=after[0], limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row["id"]], answer=lambda row: row)


@routes.post("/{task}/comments", allow=Role.ANNOTATOR, answer=Comment, status=201)
def write_comment(call: Call, task: Id, body: CommentGiven) -> object:
    """Write something about a task."""
    made = decisions.comment(call.session, call.project.id, task, call.person, body.body, now=call.now)
    call.publish("task", {"id": task, "comment": made})
    return {"id": made, "author": call.user.name, "body": body.body, "created_at": call.now}
