"""Models looked at closely: single mistakes, intervals, steps between tags, and why something is found in a text."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from livener.client.examining import Compared, DiagnosisAnswer, Explained, Looked, Mistakes, Steps, WhatIf
from livener.errors import InputError
from livener.explain import attention, explained, transitions, what_if_text
from livener.learning.examining import beside, examine
from livener.learning.models import PRODUCTION
from livener.loop import diagnose
from livener.recognizers.transformer import Transformer
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


class EditGiven(TextGiven):
    """A text, and the same with an edit."""

    edited: Text


class SentenceGiven(TextGiven):
    """A text, and which of its sentences is meant, counted from 0."""

    sentence: Annotated[int, Field(ge=0)] = 0


class DataGiven(Body):
    """What the version is judged on: the golden set, or what people settled of late."""

    data: Literal["golden", "production"] = "golden"


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


@routes.get("/models/{number}/diagnosis", allow=Role.REVIEWER, answer=list[DiagnosisAnswer])
def list_diagnoses(call: Call, number: Which) -> object:
    """What diagnoses of a version found, or how far they are; the newest first."""
    return diagnose.diagnoses(call.session, call.project.id, number)


@routes.post("/models/{number}/diagnosis", allow=Role.REVIEWER, answer=DiagnosisAnswer, status=202)
def begin_diagnosis(call: Call, number: Which, body: DataGiven) -> object:
    """Find out what is wrong with a version, by a background job: symptoms, the cause with its evidence, the fix."""
    project, by, reason = call.project.id, call.user.id, f"asked for by {call.user.name}"
    job = diagnose.begin(call.session, project, number, body.data, now=call.now, by=by, reason=reason)
    call.audit("model.diagnose", f"model {number}", job=job)
    call.begin(job)
    call.publish("job", {"id": job, "state": "queued"})
    return diagnose.diagnoses(call.session, project, number)[0]


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


@routes.post("/what-if", allow=Role.ANNOTATOR, answer=WhatIf, session=None)
def ask_what_if(call: Call, body: EditGiven) -> object:
    """Read a text and the same with an edit: the spans of either, and how the recognizer scores each in both."""
    number, nlp = call.server.models(call.project.id, body.model)
    before, after = (nlp.segmenter.sentences(Document(text)) for text in (body.text, body.edited))
    moved = [asdict(one) for pair in what_if_text(nlp.recognizer, before, after) for one in pair]
    return {"model": number, "moved": moved}


@routes.post("/attention", allow=Role.ANNOTATOR, answer=Looked, session=None)
def read_attention(call: Call, body: SentenceGiven) -> object:
    """What each word of a sentence looks at in each layer of a transformer, averaged over the layer's heads."""
    number, nlp = call.server.models(call.project.id, body.model)
    if not isinstance(nlp.recognizer, Transformer):
        raise InputError(f"{nlp.recognizer.name} has no attention", where="model", fix="a model of transformer")
    sentences = nlp.segmenter.sentences(Document(body.text))
    if body.sentence >= len(sentences):
        raise InputError(f"the text has {len(sentences)} sentences", where="sentence", fix="one of them, from 0 on")
    found = attention(nlp.recognizer, sentences[body.sentence])
    layers = found.weights.mean(1).round(4).tolist()
    return {"model": number, "sentence": body.sentence, "words": found.words, "layers": layers}
