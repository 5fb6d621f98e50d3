"""Texts in, spans out: for programs."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from livener.client.recognition import Recognized
from livener.errors import InputError, LivenerError
from livener.learning.models import PRODUCTION
from livener.learning.profiles import Profile
from livener.review import projects
from livener.server import spelled
from livener.server.bodies import Body
from livener.server.policies import Allow, Policy, Scope
from livener.server.quick import QuickCall
from livener.server.receiving import ahead, lines
from livener.server.recognition import Answered, Asked
from livener.server.routes import Routes
from livener.store.models import Role
from livener.text import Document

routes = Routes("recognize", prefix="/v1")
_POLICY = Policy(Role.ANNOTATOR, Scope.RECOGNIZE)
_MEDIA = "application/jsonl"
_AHEAD = 16 << 20
_Name = Annotated[str, StringConstraints(max_length=200)]
Alias = Annotated[_Name, Query(description="Which alias answers; `production` if nothing is said.")]
Named = Annotated[_Name, Query(description="Which profile answers, instead of an alias.")]
Timings = Annotated[bool, Query(description="How long each stage took.")]
InProject = Annotated[_Name, Query(description="The project, where the caller has several.")]


class DocumentGiven(Body):
    """A text; of its metadata the log keeps `domain`, `source`, `language` and `person`."""

    text: str
    id: Annotated[str, StringConstraints(max_length=500)] = ""
    meta: dict[str, Any] | None = None


class TextsGiven(Body):
    """One text, or many: one of `text`, `texts` and `documents`."""

    text: str | None = None
    texts: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    documents: Annotated[tuple[DocumentGiven, ...], Field(min_length=1)] | None = None

    def read(self) -> list[Document]:
        """The documents.

        Raises:
            InputError: none is given, or in several ways.
        """
        if sum(one is not None for one in (self.text, self.texts, self.documents)) != 1:
            raise InputError("not one of text, texts and documents", where="body", fix='{"text": "…"}')
        if self.documents is not None:
            return [Document(one.text, one.id, one.meta or {}) for one in self.documents]
        return [Document(text) for text in (self.texts if self.texts is not None else (self.text or "",))]


@routes.post(
    "/projects/{project}/recognize",
    allow=Role.ANNOTATOR,
    scope=Scope.RECOGNIZE,
    answer=Recognized,
    session=None,
    quick=True,
)
async def recognize(
    call: QuickCall, body: TextsGiven, alias: Alias = "", profile: Named = "", timings: Timings = False
) -> object:
    """Find the entities in one text or many; every answer is of one version, and in the inference log."""
    documents = body.read()
    call.server.recognition.check([document.text for document in documents])
    answered = await call.server.recognition.read(asked_by(call, alias, profile), documents, timed=timings)
    call.server.metrics.recognized(_project(call), answered.version.number, answered.documents)
    return _answer(answered, alias or profile or PRODUCTION, one=body.text is not None)


@routes.post("/recognize", allow=Allow.SIGNED_IN, scope=Scope.RECOGNIZE, answer=Recognized, session=None, quick=True)
async def recognize_anywhere(
    call: QuickCall,
    body: TextsGiven,
    project: InProject = "",
    alias: Alias = "",
    profile: Named = "",
    timings: Timings = False,
) -> object:
    """The same, for callers with one project, or who name theirs here."""
    call.request.scope["path_params"] = {"project": project or await run_in_threadpool(_only, call)}
    user = await call.server.admissions(call.request, _POLICY)
    inner = QuickCall(call.server, call.request, user)
    return await recognize(inner, body, alias, profile, timings)


@routes.post(
    "/projects/{project}/recognize/lines",
    allow=Role.ANNOTATOR,
    scope=Scope.RECOGNIZE,
    media=_MEDIA,
    session=None,
    quick=True,
)
async def recognize_lines(call: QuickCall, alias: Alias = "", profile: Named = "") -> object:
    """JSON Lines in, each with `text` and perhaps `id` and `meta`; JSON Lines out while they come, in their order.

    All lines are answered by one version. A line that is none is answered `{"line": …, "problem": …}`. The server
    reads ahead of who does not read the answers, by 16 MiB of them.
    """
    asked = asked_by(call, alias, profile)
    serving = await call.server.recognition.serving(asked.project.id, asked.profile.alias)
    settings = call.server.settings

    async def answers() -> AsyncIterator[bytes]:
        first = 1
        try:
            async for several in lines(call.request, most=settings.body_bytes, seconds=settings.body_seconds):
                documents, wrong = _read_lines(several, first, settings.recognize.characters)
                answered = (
                    await call.server.recognition.read(asked, documents, serving=serving) if documents else None
                )
                found = iter(answered.documents if answered else ())
                numbers = range(first, first + len(several))
                made = [
                    to_json(wrong[number]) if number in wrong else _line(next(found), answered) for number in numbers
                ]
                yield b"\n".join([*made, b""])
                first += len(several)
                if answered:
                    call.server.metrics.recognized(asked.project.name, answered.version.number, answered.documents)
        except LivenerError as error:  # the answer has begun
            yield to_json({"line": first, "problem": str(error)}) + b"\n"
        except ClientDisconnect:
            return

    return _WhileItComes(ahead(answers(), most=_AHEAD), media_type=_MEDIA)


class _WhileItComes(StreamingResponse):
    """An answer while the request still comes: nobody else waits for its parts, as starlette would for its end."""

    async def __call__(self, _scope: Any, _receive: Receive, send: Send) -> None:
        await self.stream_response(send)


def _project(call: QuickCall) -> str:
    assert call.user.project is not None, "the policy is that of a project"
    return call.user.project.name


def asked_by(call: QuickCall, alias: str, name: str) -> Asked:
    """Who asks for an alias or a profile, which may both be empty.

    Raises:
        InputError: both are named, or there is no such profile.
    """
    project = call.user.project
    assert project is not None, "the policy is that of a project"
    if alias and name:
        raise InputError("an alias and a profile", where="query", fix="one of them")
    profile = Profile.of(project.settings, name) if name else Profile(alias=alias or PRODUCTION)
    request = call.request.scope.get("livener.request", "")
    return Asked(project, call.user.name, request, call.server.clock(), alias or name or PRODUCTION, profile)


def _answer(answered: Answered, asked: str, *, one: bool) -> bytes:
    version = answered.version
    head = {"model": version.number, "pipeline": version.pipeline, "asked": asked}
    head |= {"guideline": version.guideline, "dataset": version.dataset, "timings": answered.timings or None}
    if one:
        found = f'"spans":{spelled.spans(answered.documents[0].spans)}'
    else:
        found = f'"documents":{spelled.documents(answered.documents)}'
    return to_json(head, exclude_none=True, inf_nan_mode="null")[:-1] + f",{found}}}".encode()


def _line(document: Document, answered: Answered | None) -> bytes:
    assert answered is not None
    spans = spelled.spans(document.spans)
    return f'{{"id":{spelled.quoted(document.id)},"model":{answered.version.number},"spans":{spans}}}'.encode()


def _read_lines(
    several: Sequence[bytes], first: int, characters: int
) -> tuple[list[Document], dict[int, dict[str, object]]]:
    documents, wrong = [], dict[int, dict[str, object]]()
    for number, line in enumerate(several, first):
        try:
            given = DocumentGiven.model_validate_json(line)
            if len(given.text) > characters:
                raise InputError(f"the text has more than {characters} characters")
            documents.append(Document(given.text, given.id, given.meta or {}))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False, include_context=False)[0]["msg"]
            wrong[number] = {"line": number, "problem": problem}
        except LivenerError as error:
            wrong[number] = {"line": number, "problem": str(error)}
    return documents, wrong


def _only(call: QuickCall) -> str:
    with call.server.reading() as session:
        found = projects.listed(session, call.user.id, everything=call.user.administrator, after=0, limit=2)
    if len(found) != 1:
        problem = "several projects" if found else "no project"
        raise InputError(problem, where="query", fix="project=, the name of one of yours")
    return found[0][0].name
