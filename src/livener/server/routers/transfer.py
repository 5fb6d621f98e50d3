"""Documents in and out, as files."""

import tempfile
import zipfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import FileResponse
from pydantic import AfterValidator
from starlette.background import BackgroundTask

from livener.client.answers import Imported
from livener.review import intake, outlet, upload
from livener.server.bodies import Line, storable
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("transfer", prefix="/v1/projects/{project}")


@routes.post("/import", allow=Role.LEAD, answer=Imported, session=None, upload=True, remembered=True)
def import_documents(
    call: Call,
    name: Line = "upload",
    format: Line | None = None,
    gold: bool = False,
    tasks: bool = True,
    overlap: Annotated[int, Query(ge=1, le=100)] | None = None,
    priority: Annotated[float, Query(allow_inf_nan=False)] | None = None,
    skill: Annotated[str, Query(max_length=200), AfterValidator(storable)] = "",
    pipeline: Line = "import",
    atomic: bool = False,
    skip_conflicts: bool = False,
) -> object:
    """Documents with their pre-annotations, or with final spans (``gold``), from a file in the body.

    What is there already is passed over: an import that broke off is sent again.
    """
    assert call.upload is not None
    found = upload.uploaded(call.upload, name=name, format=format)
    done = intake.import_documents(
        call.server,
        call.project.id,
        found,
        now=call.now,
        user_id=call.user.id,
        gold=gold,
        tasks=tasks,
        overlap=overlap,
        priority=priority,
        skill=skill,
        pipeline=pipeline,
        atomic=atomic,
        skip_conflicts=skip_conflicts,
    )
    events = [("queue", {"tasks": done.tasks})]
    with call.server.writing() as call.transaction:
        call.audit("import", name, gold=gold, added=done.added, tasks=done.tasks)
        call.server.events.announce(call.session, call.project.id, events)
    call.server.events.deliver(call.project.id, events)
    return done


@routes.get("/export", allow=Role.LEAD, media="application/octet-stream")
def export_documents(
    call: Call,
    what: Literal["resolved", "annotations", "predictions"] = "resolved",
    format: Line | None = None,
) -> object:
    """The documents in a file: with their final spans, with all that people said, or with what was predicted.

    JSON Lines are sent while they are read; another format is sent when it is whole, as a document may not fit it.
    """
    if format in {None, "jsonl"}:
        project = call.project.id
        return call.stream(
            lambda session: outlet.lines(session, project, what=what), media="application/jsonl", name=f"{what}.jsonl"
        )
    folder = tempfile.TemporaryDirectory(prefix="livener-export-")
    made = Path(folder.name) / f"{what}.{format}"
    outlet.export(call.session, call.project.id, made, what=what, format=format)
    name = f"{made.name}.zip" if zipfile.is_zipfile(made) else made.name
    return FileResponse(made, filename=name, background=BackgroundTask(folder.cleanup))
