"""Models looked at closely: single mistakes, intervals, steps between tags, and why something is found in a text."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from livener.client.examining import Compared, Explained, Mistakes, Steps
from livener.explain import explained, transitions
from livener.learning.examining import beside, examine
from livener.learning.models import PRODUCTION
from livener.server.bodies import Body, Line, Number
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role
from livener.text import Document

routes = Routes("examining", prefix="/v1/projects/{project}")
Which = Annotated[Number, Path(description="The number of a model.")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Kind = Literal["false_positive", "false_negative", "boundary", "label", "boundary_and_label"]
_REASONS = 8  # of a span


class TextGiven(Body):
    """A text to be read, and the number or alias of the model that reads it."""

    text: Text
    model: Annotated[int | Line, Field(union_mode="left_to_right")] = PRODUCTION


@routes.get("/models/{number}/mistakes", allow=Role.REVIEWER, answer=Mistakes, session=None)
def list_mistakes(
    call: Call,
    number: Which,
    kind: Kind | None = None,
    label: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> object:
    """What a version gets wrong in the documents that it stopped on, or else in the golden set, by kind and label."""
    server, project = call.server, call.project.id
    examined = server.figures.get(
        ("mistakes", project, number),
        lambda: examine(
            server.store, server.artefacts, project, number, load=lambda one: server.models(project, one)[1]
        ),
    )
    return examined.mistakes(kind=kind, label=label, limit=limit)


@routes.get("/models/{number}/beside/{against}", allow=Role.REVIEWER, answer=Compared, session=None)
def compare_models(call: Call, number: Which, against: Which) -> object:
    """How much better a version is than another on the golden set: overall and by label, with 95 % intervals."""
    server, project = call.server, call.project.id
    return server.figures.get(
        ("beside", project, number, against),
        lambda: beside(
            server.store, server.artefacts, project, number, against, load=lambda one: server.models(project, one)[1]
        ),
    )


@routes.get("/models/{number}/transitions", allow=Role.REVIEWER, answer=Steps, session=None)
def read_transitions(call: Call, number: Which) -> object:
    """The steps between tags that a CRF has learned, how often training saw each, and the legal ones it never saw."""
    _, nlp = call.server.models(call.project.id, number)
    return transitions(nlp.recognizer).as_dict()


@routes.post("/explain", allow=Role.ANNOTATOR, answer=Explained, session=None)
def explain_text(call: Call, body: TextGiven) -> object:
    """Read a text: its spans, its tokens, what speaks for each span, and what each stage did; nothing is kept."""
    number, nlp = call.server.models(call.project.id, body.model)
    trace = nlp.trace(body.text)
    sentences = nlp.segmenter.sentences(Document(body.text))
    return {
        "model": number,
        "recognizer": nlp.recognizer.name,
        "text": body.text,
        "spans": trace.document.spans,
        "sentences": [
            {"places": [one.original(*token) for token in one.tokens]} | explained(nlp.recognizer, one, top=_REASONS)
            for one in sentences
        ],
        "steps": [{"stage": step.stage, "events": [event.record() for event in step.events]} for step in trace.steps],
    }
