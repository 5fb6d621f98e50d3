"""Model versions: what made them, the gate, and which of them serves."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from livener.client.answers import Page
from livener.client.models import Gate, Model, Move, Regression, Shadowed
from livener.learning import gate, models, regressions
from livener.learning.serving import shadow
from livener.server import paging
from livener.server.bodies import Body, Line, Number, Prose, Reason, Spans
from livener.server.calls import Call
from livener.server.paging import Cursor, Id, Limit
from livener.server.routes import Routes
from livener.store.models import Role
from livener.text import Document, Span

routes = Routes("models", prefix="/v1/projects/{project}/models")
Which = Annotated[Number, Path(description="The number of a model.")]
Text = Annotated[str, StringConstraints(max_length=100_000)]


class MoveGiven(Body):
    """Which alias is moved, and why."""

    alias: Line = models.PRODUCTION
    reason: Reason


class TextsGiven(Body):
    """Texts to be read."""

    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]


class RegressionGiven(Body):
    """A text, what must be found in it, and what must not."""

    text: Annotated[Prose, Field(min_length=1)]
    spans: Spans = ()
    negatives: Spans = ()
    note: Prose = ""


@routes.get("", allow=Role.ANNOTATOR, answer=Page[Model])
def list_models(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The model versions, newest first, with what made them, the aliases that point at them and their last gate."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = models.listed(call.session, call.project.id, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.number], answer=lambda row: row)


@routes.get("/moves", allow=Role.ANNOTATOR, answer=Page[Move])
def list_moves(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """How aliases moved, newest first: promotions and rollbacks, by whom and why."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = models.moves(call.session, call.project.id, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.get("/gates", allow=Role.ANNOTATOR, answer=Page[Gate])
def list_gates(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """What gates said, newest first, without their reports."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = gate.reports(call.session, call.project.id, before=before, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=lambda row: row)


@routes.get("/gates/{gate_id}", allow=Role.REVIEWER, answer=Gate)
def read_gate(call: Call, gate_id: Id) -> object:
    """One gate with its report: every check, and which documents changed and how."""
    return gate.get(call.session, call.project.id, gate_id)


@routes.get("/regressions", allow=Role.ANNOTATOR, answer=Page[Regression])
def list_regressions(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The examples that every model must pass, oldest first."""
    (after,) = paging.after(cursor, of=(int,)) or (0,)
    found = regressions.listed(call.session, call.project.id, after=after, limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row.id], answer=_regression)


@routes.post("/regressions", allow=Role.REVIEWER, answer=Regression, status=201)
def add_regression(call: Call, body: RegressionGiven) -> object:
    """An example that every model must pass from now on."""
    spans, negatives = (
        tuple(Span(one.start, one.end, one.label, text=one.text or "") for one in given)
        for given in (body.spans, body.negatives)
    )
    document = Document(body.text, spans=spans, negatives=negatives, complete=False)
    made = regressions.add(call.session, call.project.id, document, note=body.note, by=call.user.id, now=call.now)
    call.audit("regression.add", f"regression {made.id}")
    return _regression(made)


@routes.delete("/regressions/{regression_id}", allow=Role.LEAD)
def end_regression(call: Call, regression_id: Id) -> None:
    """Ask for an example no longer."""
    regressions.end(call.session, call.project.id, regression_id)
    call.audit("regression.end", f"regression {regression_id}")


@routes.post("/rollback", allow=Role.LEAD, answer=Move)
def roll_back(call: Call, body: MoveGiven) -> object:
    """Let an alias point again at what it pointed at before; every server answers with that from then on."""
    move = models.rollback(
        call.session, call.project.id, alias=body.alias, reason=body.reason, by=call.user.id, now=call.now
    )
    call.publish("models", {"alias": move.alias, "number": move.number})
    return move


@routes.get("/{number}", allow=Role.ANNOTATOR, answer=Model)
def read_model(call: Call, number: Which) -> object:
    """One version."""
    return models.find(call.session, call.project.id, number)


@routes.post("/{number}/gate", allow=Role.LEAD, answer=Gate, status=201, session=None, remembered=True)
def run_gate(call: Call, number: Which) -> object:
    """Judge a version beside what is in production, on documents that no training saw, and keep the report."""
    server, project = call.server, call.project.id
    return gate.gate(
        server.store,
        server.artefacts,
        project,
        number,
        load=lambda one: server.models(project, one)[1],
        by=call.user.id,
        now=call.now,
    )


@routes.post("/{number}/promote", allow=Role.LEAD, answer=Move)
def promote(call: Call, number: Which, body: MoveGiven) -> object:
    """Let an alias point at a version; `production` only at one that passed the gate against what is there."""
    move = models.promote(
        call.session, call.project.id, number, alias=body.alias, reason=body.reason, by=call.user.id, now=call.now
    )
    call.publish("models", {"alias": move.alias, "number": move.number})
    return move


@routes.post("/{number}/shadow", allow=Role.REVIEWER, answer=Shadowed, session=None)
def read_beside(call: Call, number: Which, body: TextsGiven) -> object:
    """Read texts with a version and with what is in production, and say where they differ; nothing is kept."""
    _, candidate = call.server.models(call.project.id, number)
    against, current = call.server.models(call.project.id)
    read = list(shadow(body.texts, current=current, candidate=candidate))
    documents = [
        {"text": one.document.text, "candidate": one.candidate, "against": one.current, "same": one.same}
        for one in read
    ]
    same = sum(one.same for one in read)
    return {"candidate": number, "against": against, "same": same, "documents": documents}


def _regression(one: regressions.Regression) -> dict[str, object]:
    document = one.document
    asked = {"text": document.text, "spans": document.spans, "negatives": document.negatives}
    return {"id": one.id, "note": one.note, "user": one.user, "created_at": one.created_at} | asked
