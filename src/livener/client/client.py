"""A client of a livener server, for programs: typed, and safe to run over a bad network.

Needs the extra ``client``.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote
from uuid import uuid4

from livener.client.answers import (
    Adjudication,
    Comment,
    CorrectionGroup,
    Dataset,
    Event,
    Guidelines,
    Imported,
    Progress,
    Project,
    Results,
    State,
    StoredDocument,
    Submitted,
    Task,
    Tasks,
)
from livener.errors import InputError, LivenerError, MissingDependencyError
from livener.text import Span

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "ProjectClient", "Refused"]

_PASSING = {429, 502, 503, 504}
"""What a server answers that is busy, or on its way down or up."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_CHUNK = 1 << 16


class Refused(LivenerError):  # noqa: N818 - what it says, not that it is an error
    """The server said no: ``status`` as in HTTP, such as 403 not allowed, 404 not there, 409 somebody was faster."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        self.status = status
        super().__init__(f"{title}: {detail}" if detail else title)


class Client:
    """A livener server, as one person with an API token sees it.

    A request that the network or a server that goes down left unanswered is sent again, up to ``attempts`` times over
    about a minute; an idempotency key makes sure that what it changes is changed once. Not to be shared by threads.

    Raises:
        Refused: the server said no.
        InputError: what was sent is wrong (the server's words), or the server cannot be reached.
        MissingDependencyError: without the extra ``client``.

    >>> with Client("http://localhost:8765", token="lvn_…") as client:  # doctest: +SKIP
    ...     project = client.project("contracts")
    ...     for task in project.next(count=5).tasks:
    ...         project.submit(task, [livener.Span(0, 5, "ORG")])
    """

    def __init__(self, url: str, *, token: str, timeout: float = 30.0, attempts: int = 16) -> None:
        try:
            import httpx
        except ModuleNotFoundError:
            raise MissingDependencyError("httpx", extra="client", need="livener.Client") from None
        self._attempts = attempts
        self._faults = httpx.TransportError
        try:
            self._http = httpx.Client(
                base_url=f"{url.rstrip('/')}/v1/", headers={"Authorization": f"Bearer {token}"}, timeout=timeout
            )
        except httpx.InvalidURL as error:
            raise InputError(f"not the URL of a server: {url!r} ({error})", fix="http://localhost:8765") from None

    def project(self, name: str) -> "ProjectClient":
        """The project of that name; whether there is one shows at the first request."""
        return ProjectClient(self, name)

    def projects(self) -> Iterator[Project]:
        """The projects that the person works on."""
        return map(Project.model_validate, self.items("projects"))

    def create_project(
        self, name: str, *, labels: Mapping[str, str] | None = None, settings: Mapping[str, Any] | None = None
    ) -> "ProjectClient":
        """A new project, its labels with their definitions."""
        self.send("POST", "projects", {"name": name, "labels": dict(labels or {}), "settings": dict(settings or {})})
        return self.project(name)

    def get(self, path: str, **query: Any) -> Any:
        """What is at ``path`` below ``/v1/``, as JSON values."""
        return self._asked("GET", path, params=_given(query)).json()

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Everything in a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        match: str | None = None,
        **query: Any,
    ) -> Any:
        """Change something, if its etag is still ``match``.

        ``key`` names the change, for a program that may itself be run again.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Idempotency-Key": key or uuid4().hex} | ({"If-Match": f'"{match}"'} if match else {})
        answer = self._asked(method, path, content=content, headers=headers, params=_given(query))
        return answer.json() if answer.content else None

    def stream(self, path: str, **query: Any) -> Iterator[bytes]:
        """The bytes at ``path``, as they come. What breaks off is not begun again: that would be another answer."""
        try:
            with self._http.stream("GET", path, params=_given(query)) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                yield from answer.iter_bytes(_CHUNK)
        except self._faults as error:
            raise InputError(f"the answer broke off: {error}", where=path, fix="the same once more") from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asked(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Callable[[], Iterable[bytes]] | None = None,
        headers: dict[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> "httpx.Response":
        headers = (headers or {}) | ({"Content-Type": "application/json"} if isinstance(content, bytes) else {})
        wait = _FIRST_WAIT
        for left in reversed(range(self._attempts)):
            try:
                body = content() if callable(content) else content
                answer = self._http.request(method, path, content=body, headers=headers, params=params)
            except self._faults as error:
                if not left:
                    where = str(self._http.base_url)
                    raise InputError(f"the server cannot be reached: {error}", where=where) from None
                asked = None
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in _PASSING or not left:
                    raise _refusal(answer)
                asked = answer.headers.get("Retry-After")
            # At random, so that many clients do not come back at the same moment.
            time.sleep(float(asked) if asked and asked.isdecimal() else wait * random.uniform(0.5, 1.0))
            wait = min(2 * wait, _LONGEST_WAIT)
        raise AssertionError("at least one attempt")


class ProjectClient:
    """A project on a server."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._path = f"projects/{quote(name, safe='')}"

    def get(self, path: str, **query: Any) -> Any:
        """What is at ``path`` below the project, as JSON values."""
        return self._client.get(self._at(path), **query)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Everything in a list, page after page."""
        return self._client.items(self._at(path), **query)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Change something, as `Client.send`."""
        return self._client.send(method, self._at(path), body, **more)

    def documents(self, **filters: Any) -> Iterator[StoredDocument]:
        """The documents; ``filters`` are those of the route."""
        return map(StoredDocument.model_validate, self.items("documents", **filters))

    def tasks(self, **filters: Any) -> Iterator[Task]:
        """The tasks, oldest first; ``filters`` are those of the route, such as ``state="open"``."""
        return map(Task.model_validate, self.items("tasks", **filters))

    def task(self, task: int) -> Task:
        """One task."""
        return Task.model_validate(self.get(f"tasks/{task}"))

    def next(self, *, count: int = 1, tier: str | None = None, kind: str = "document") -> Tasks:
        """The next tasks of the queue, leased; or why there is none."""
        return Tasks.model_validate(self.send("POST", "tasks/next", {"n": count, "tier": tier, "kind": kind}))

    def submit(self, task: Task, spans: Sequence[Span], *, guideline: int | None = None, **more: Any) -> Submitted:
        """An annotation of a leased task; ``more`` as in the route: ``negatives``, ``complete``, ``flag`` ….

        ``guideline`` is the version that the person worked under: the newest when not given.
        """
        return self._annotated("annotation", task, spans, guideline, more)

    def resolve(self, task: Task, spans: Sequence[Span], *, guideline: int | None = None, **more: Any) -> Submitted:
        """The final annotation of a leased task."""
        return self._annotated("resolve", task, spans, guideline, more)

    def adjudication(self, task: Task) -> Adjudication:
        """What everybody said of a task, position by position."""
        return Adjudication.model_validate(self.get(f"tasks/{task.id}/adjudication"))

    def lease(self, task: Task) -> State:
        """Take this task, keep it for longer, or take one's own annotation again to amend it."""
        return self._step(task, "lease")

    def release(self, task: Task, *, reason: str = "") -> State:
        """Give the task back without an answer."""
        return self._step(task, "release", reason=reason)

    def send_back(self, task: Task, *, comment: str, to: str | None = None) -> State:
        """Send the task back to one of its annotators: to the last who is still there, unless it is said."""
        return self._step(task, "send-back", comment=comment, to=to)

    def reject(self, task: Task, *, reason: str) -> State:
        """End the task without an answer."""
        return self._step(task, "reject", reason=reason)

    def reopen(self, task: Task, *, reason: str) -> State:
        """Begin an ended task anew."""
        return self._step(task, "reopen", reason=reason)

    def restore(self, task: Task, revision: int) -> Submitted:
        """Say again what an earlier revision said."""
        return Submitted.model_validate(self.send("POST", f"tasks/{task.id}/restore", {"revision": revision}))

    def history(self, task: Task) -> list[Event]:
        """What happened to a task, oldest first."""
        return [Event.model_validate(one) for one in self.get(f"tasks/{task.id}/history")]

    def comment(self, task: Task, body: str) -> Comment:
        """Write something about a task."""
        return Comment.model_validate(self.send("POST", f"tasks/{task.id}/comments", {"body": body}))

    def comments(self, task: Task) -> Iterator[Comment]:
        """What people wrote about a task, oldest first."""
        return map(Comment.model_validate, self.items(f"tasks/{task.id}/comments"))

    def guidelines(self, number: int | None = None) -> Guidelines:
        """A version of the guidelines: that in force unless it is said."""
        return Guidelines.model_validate(self.get("guidelines" if number is None else f"guidelines/{number}"))

    def corrections(self, *, group: str = "surface", **filters: Any) -> list[CorrectionGroup]:
        """What people changed in predictions, by ``surface``, ``label``, ``source`` or ``model``."""
        found = self.get("corrections", group=group, **filters)
        return [CorrectionGroup.model_validate(one) for one in found]

    def calibrate(self, name: str, **options: Any) -> Progress:
        """Begin a calibration session; ``options`` are those of the route, such as ``n=20``."""
        return Progress.model_validate(self.send("POST", "calibration-sessions", {"name": name, **options}))

    def calibration(self, name: str) -> Results:
        """What people made of the documents of a calibration session, side by side."""
        return Results.model_validate(self.get(f"calibration-sessions/{quote(name, safe='')}"))

    def datasets(self) -> Iterator[Dataset]:
        """The dataset versions, oldest first."""
        return map(Dataset.model_validate, self.items("datasets"))

    def create_dataset(self, name: str, **options: Any) -> Dataset:
        """A dataset version of what is resolved; ``options`` are those of the route, such as ``splits``."""
        return Dataset.model_validate(self.send("POST", "datasets", {"name": name, **options}))

    def skip(self, task: Task, *, reason: str) -> None:
        """Leave the task to somebody else, for ever."""
        self.send("POST", f"tasks/{task.id}/skip", {"reason": reason})

    def escalate(self, task: Task, *, reason: str) -> None:
        """Send the task to the next tier."""
        self.send("POST", f"tasks/{task.id}/escalate", {"reason": reason})

    def load(self, file: str | PathLike[str], **options: Any) -> Imported:
        """Import a file of documents, streamed; ``options`` are those of the route, such as ``tasks=True``."""
        path = Path(file)

        def chunks() -> Iterator[bytes]:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk

        query = _given({"name": path.name} | options)
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self._client._asked("POST", f"{self._path}/import", content=chunks, headers=headers, params=query)
        return Imported.model_validate(answer.json())

    def export(self, file: str | PathLike[str], **options: Any) -> None:
        """Write an export to a file, streamed; whole or not at all. ``options`` are those of the route."""
        target = Path(file)
        part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            with part.open("xb") as out:
                for chunk in self._client.stream(f"{self._path}/export", **options):
                    out.write(chunk)
            part.replace(target)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=str(file)) from None
        finally:
            part.unlink(missing_ok=True)

    def _step(self, task: Task, step: str, **body: Any) -> State:
        given = _given(body) if body else None
        return State.model_validate(self.send("POST", f"tasks/{task.id}/{step}", given))

    def _at(self, path: str) -> str:
        return f"{self._path}/{path}".rstrip("/")

    def _annotated(
        self, route: str, task: Task, spans: Iterable[Span], guideline: int | None, more: dict[str, Any]
    ) -> Submitted:
        if guideline is None:
            guideline = self.get("guidelines")["number"]
        given: dict[str, Any] = {"spans": spans, **more}
        for name in given.keys() & {"spans", "negatives", "ignored"}:
            given[name] = [_span(span) for span in given[name]]
        return Submitted.model_validate(
            self.send("POST", f"tasks/{task.id}/{route}", {"guideline": guideline, **given})
        )


def _span(span: Span) -> dict[str, Any]:
    known = {"kb_id": span.kb_id or None, "text": span.text or None}
    return {"start": span.start, "end": span.end, "label": span.label} | _given(known)


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _refusal(answer: "httpx.Response") -> LivenerError:
    try:
        problem = answer.json()
        title, detail = problem["title"], problem.get("detail", "")
    except (ValueError, KeyError, TypeError):  # not livener's: a proxy, another server
        return Refused(answer.status_code, f"{answer.status_code} {answer.reason_phrase}", answer.text[:200])
    if answer.status_code == 422:
        return InputError(detail or title, where=problem.get("where"), fix=problem.get("fix"))
    return Refused(answer.status_code, title, detail)
