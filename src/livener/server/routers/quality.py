"""What is wrong, or odd, in what was settled, and changes that put it right."""

from livener.client.quality import Fixed, QualityReport
from livener.review import fixes, quality
from livener.review.fixes import Change
from livener.review.rules import Rules
from livener.server import paging
from livener.server.bodies import FixesGiven, Line, SpanGiven
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit
from livener.server.routes import Routes
from livener.store.models import Role
from livener.text import Span

routes = Routes("quality", prefix="/v1/projects/{project}/quality")


@routes.get("", allow=Role.REVIEWER, answer=QualityReport)
def read_quality(
    call: Call, kind: Line | None = None, group: Line | None = None, limit: Limit = 50, cursor: Cursor = None
) -> object:
    """What `livener check` finds in the latest 2,000 settled documents (2 million characters), the faults first;
    of one kind, or those that are the same as one of a ``group``. Texts of the golden set are not looked at."""
    session, project = call.session, call.project.id
    until = quality.newest(session, project)
    found = call.server.figures.get(("quality", project, until), lambda: quality.quality(session, project))
    after = paging.after(cursor, of=(int, str, str, str))
    rows = found.page(kind=kind, group=group, after=after, limit=limit + 1)
    same = found.same()
    part = paging.page(rows, limit=limit, key=lambda one: one.place, answer=lambda one: one.as_dict(same[one.group]))
    return {"settled": found.settled, "looked_at": found.looked_at, "kinds": found.kinds(), **part}


@routes.post("/fixes", allow=Role.REVIEWER, answer=Fixed)
def make_fixes(call: Call, body: FixesGiven) -> object:
    """Change spans of settled documents: each change is a new revision, made by whoever may decide such a document.
    The answer undoes it."""
    rules = Rules.of(call.project.settings)
    undo = [
        fixes.fix(
            call.session,
            call.project.id,
            call.person,
            Change(one.document, _spans(one.remove), _spans(one.add)),
            rules,
            now=call.now,
            reason=body.reason,
        )
        for one in body.changes
    ]
    call.audit("quality.fix", body.reason, documents=[one.document for one in undo])
    call.learn(quality.newest(call.session, call.project.id))
    return {"undo": [quality.change_dict(one) for one in undo]}


def _spans(given: tuple[SpanGiven, ...]) -> tuple[Span, ...]:
    return tuple(Span(one.start, one.end, one.label, kb_id=one.kb_id, text=one.text or "") for one in given)
