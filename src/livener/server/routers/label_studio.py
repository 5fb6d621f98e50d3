"""Label Studio's ML-backend protocol, so that its users can have livener's predictions without leaving it.

Source: label_studio/ml/api_connector.py and label_studio/ml/models.py of label-studio 1.23.
"""

import io
import json
from dataclasses import dataclass
from typing import Annotated, Any
from xml.etree import ElementTree

from pydantic import BaseModel, ConfigDict, Field

from livener.errors import InputError
from livener.formats.offset_units import counted
from livener.learning import models
from livener.loop import kinds
from livener.review import intake, upload
from livener.server.calls import Call
from livener.server.policies import Scope
from livener.server.quick import QuickCall
from livener.server.routers.recognize import asked_by
from livener.server.routes import Routes
from livener.store.models import Role
from livener.text import Document

routes = Routes("label-studio", prefix="/v1/projects/{project}/label-studio")
_ANNOTATED = {"ANNOTATION_CREATED", "ANNOTATION_UPDATED"}
_TRAINING = "START_TRAINING"


class _Sent(BaseModel):
    """What Label Studio sends: of it only what is needed is looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SetupGiven(_Sent):
    """A project of Label Studio."""


class TasksGiven(_Sent):
    """Tasks to be read, and the labelling configuration that says where their text is."""

    tasks: Annotated[tuple[dict[str, Any], ...], Field(max_length=1000)] = ()
    label_config: Annotated[str, Field(max_length=100_000)] = ""


class EventGiven(_Sent):
    """Something that happened in Label Studio."""

    action: Annotated[str, Field(max_length=100)] = ""
    task: dict[str, Any] | None = None
    annotation: dict[str, Any] | None = None
    project: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """The names of the tags in a labelling configuration: of the labels, of the text, and of its key in the data.

    >>> Controls.of('<View><Labels name="ner" toName="doc"><Label value="ORG"/></Labels>'
    ...             '<Text name="doc" value="$body"/></View>')
    Controls(labels='ner', text='doc', key='body', names=frozenset({'ORG'}))
    """

    labels: str
    text: str
    key: str
    names: frozenset[str]

    @classmethod
    def of(cls, config: str) -> "Controls":
        """Those of a configuration.

        Raises:
            InputError: it is none, or labels no text.
        """
        if "<!" in config.replace("<!--", ""):  # a declaration could swell without end
            raise InputError("a declaration", where="label_config", fix="tags alone")
        try:
            tags = list(ElementTree.fromstring(config).iter())
        except ElementTree.ParseError as error:
            raise InputError(f"not XML: {error}", where="label_config") from None
        texts = {tag.get("name"): tag.get("value", "$text") for tag in tags if tag.tag == "Text"}
        for tag in tags:
            if tag.tag == "Labels" and tag.get("toName") in texts:
                name, of = str(tag.get("name")), str(tag.get("toName"))
                labels = frozenset(str(one.get("value")) for one in tag.iter("Label"))
                return cls(name, of, str(texts[of]).removeprefix("$"), labels)
        raise InputError("labels no text", where="label_config", fix="<Labels … toName> and the <Text> of that name")


@routes.get("/health", allow=Role.ANNOTATOR, scope=Scope.RECOGNIZE, answer=dict[str, str])
def health(call: Call) -> object:
    """Whether the backend works, and the model that serves."""
    return {"status": "UP", "model_class": "livener", "model_version": _version(call)}


@routes.get("/versions", allow=Role.ANNOTATOR, scope=Scope.RECOGNIZE, answer=dict[str, list[str]])
def versions(call: Call) -> object:
    """The model that serves, as the only version that there is to choose."""
    return {"versions": [_version(call)]}


@routes.post("/setup", allow=Role.ANNOTATOR, scope=Scope.RECOGNIZE, answer=dict[str, str], session="reads")
def setup(call: Call, body: SetupGiven) -> object:  # noqa: ARG001
    """Label Studio says that it begins; the model that serves is answered."""
    return {"model_version": _version(call)}


@routes.post("/predict", allow=Role.ANNOTATOR, scope=Scope.RECOGNIZE, answer=dict[str, Any], session=None, quick=True)
async def predict(call: QuickCall, body: TasksGiven) -> object:
    """The spans of tasks, as Label Studio draws them: with offsets in UTF-16 units, of the labels that it knows."""
    controls = Controls.of(body.label_config)
    documents = []
    for number, task in enumerate(body.tasks):
        data = task.get("data")
        text = data.get(controls.key) if isinstance(data, dict) else None
        if not isinstance(text, str):
            raise InputError(f"no text {controls.key!r}", where=f"task {number}")
        documents.append(Document(text, f"label-studio-{task.get('id', number)}"))
    if not documents:
        return {"results": []}
    recognition = call.server.recognition
    recognition.check([document.text for document in documents])
    answered = await recognition.read(asked_by(call, "", ""), documents)
    version = str(answered.version.number)
    results = [_result(document, controls, version) for document in answered.documents]
    return {"results": results, "model_version": version}


@routes.post("/webhook", allow=Role.LEAD, answer=dict[str, Any], session=None)
def webhook(call: Call, body: EventGiven) -> object:
    """What people annotated there becomes gold here, the first time; "Start training" begins the job `learn`."""
    if body.action == _TRAINING:
        return _train(call)
    if body.action not in _ANNOTATED or not body.task or not body.annotation:
        return {"done": "nothing"}
    task = {"data": body.task.get("data"), "annotations": [body.annotation]}
    key = f"label-studio-{body.task.get('id')}"
    config = str((body.project or {}).get("label_config") or "")
    text = Controls.of(config).key if config else "text"
    content = io.BytesIO(json.dumps([task]).encode())
    read = upload.uploaded(content, name="task.json", format="label_studio", text=text)
    documents = [Document(one.text, key, one.meta, one.spans) for one in read]
    done = intake.import_documents(
        call.server, call.project.id, documents, now=call.now, user_id=call.user.id, gold=True, tasks=False
    )
    return {"done": "kept" if done.added else "known already"}


@routes.post("/train", allow=Role.LEAD, answer=dict[str, Any], session=None)
def train(call: Call, body: SetupGiven) -> object:  # noqa: ARG001
    """The same as the event "Start training", as older versions of Label Studio send it."""
    return _train(call)


def _train(call: Call) -> dict[str, Any]:
    reason = f"Label Studio, by {call.user.name}"
    with call.server.writing() as session:
        job = kinds.start(session, call.project.id, "learn", {}, now=call.now, reason=reason, by=call.user.id)
    if call.server.queue:
        call.server.queue.job(job)
    return {"done": "begun", "job": job}


def _version(call: Call) -> str:
    return str(models.address(call.session, call.project.id, models.PRODUCTION)[0])


def _result(document: Document, controls: Controls, version: str) -> dict[str, Any]:
    offsets = counted(document.text, "utf16")
    regions, scores = [], []
    for number, span in enumerate(document.spans, 1):
        if controls.names and span.label not in controls.names:
            continue
        place = {"start": offsets[span.start], "end": offsets[span.end]}
        value = place | {"text": span.text, "labels": [span.label]}
        region = {"id": f"r{number}", "from_name": controls.labels, "to_name": controls.text, "type": "labels"}
        scores += [] if span.score is None else [span.score]
        regions.append(region | {"score": span.score, "value": value})
    return {"result": regions, "score": min(scores, default=1.0), "model_version": version}
