"""How a request's body comes in: bounded in size and time, strict JSON, and never before a look at who sends it."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, BinaryIO

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from livener.errors import InputError
from livener.server.identity import asking, refuse_anonymous
from livener.server.problems import Problem

_IN_MEMORY = 1 << 20
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON spells it


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that was written to a temporary file, and its SHA-256."""

    file: BinaryIO
    digest: str


class BoundedRequest(Request):
    """A request whose body is small, quick and JSON."""

    content: bytes | None = None

    async def body(self) -> bytes:
        """The whole body.

        Raises:
            Problem: it is too long, takes too long, or is encoded.
        """
        if self.content is None:
            parts = [part async for part in bounded(self, self.app.state.server.settings.body_bytes)]
            self.content = b"".join(parts)
        return self.content

    async def json(self) -> Any:
        """The body as a value.

        Raises:
            Problem: it is not JSON (RFC 8259), not UTF-8, or too deep.
        """
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise HTTPException(400, f"the body is not JSON: {error}") from None


class BoundedRoute(APIRoute):
    """Reads the body in bounds; whoever may not call the route is told so, and not what is wrong with the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            policy = self.endpoint.policy  # type: ignore[attr-defined]
            refuse_anonymous(request, policy)
            request = BoundedRequest(request.scope, request.receive)
            try:
                if self.body_field and not is_json(request):
                    raise Problem(415, "media-type", "the body has to be application/json")
                if self.body_field and _NUL.search(await request.body()):
                    raise InputError("the character NUL", where="body", fix="text without it: no database takes it")
                return await inner(request)
            except (RequestValidationError, HTTPException, InputError, Problem):
                await run_in_threadpool(may_call, request)
                raise

        return handler


def may_call(request: Request) -> None:
    """Check the policy of the request's route by itself.

    Raises:
        LivenerError: as `asking`.
    """
    server = request.app.state.server
    with server.reading() as session:
        asking(request, session, request.scope["route"].endpoint.policy, now=server.clock())


async def spooled(request: Request) -> AsyncIterator[Upload]:
    """The body in a temporary file, once the policy let its sender through."""
    await run_in_threadpool(may_call, request)
    digest = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        async for part in bounded(request, request.app.state.server.settings.upload_bytes, timed=False):
            digest.update(part)
            await run_in_threadpool(file.write, part)
        file.seek(0)
        yield Upload(file, digest.hexdigest())  # type: ignore[arg-type]


async def bounded(request: Request, most: int, *, timed: bool = True) -> AsyncIterator[bytes]:
    """The parts of the body, no more than ``most`` bytes."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "media-type", "the body is encoded: send it as it is")  # nothing here can be made to swell
    too_long = Problem(413, "too-large", f"the body has more than {most} bytes", headers={"Connection": "close"})
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise too_long
    seconds = request.app.state.server.settings.body_seconds if timed else None
    total = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                total += len(part)
                if total > most:
                    raise too_long
                yield part
    except TimeoutError:
        raise Problem(408, "too-slow", f"the body took more than {seconds:g} seconds") from None


async def lines(request: Request, *, most: int, seconds: float) -> AsyncIterator[list[bytes]]:
    """The lines of the body that are not empty, as many at once as came; one has no more than ``most`` bytes.

    Raises:
        Problem: a line is too long, or nothing came for ``seconds``.
    """
    rest = b""
    parts = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(seconds):
                part = await anext(parts, None)
        except TimeoutError:
            raise Problem(408, "too-slow", f"nothing came for {seconds:g} seconds") from None
        *whole, rest = (rest + (part or b"")).split(b"\n")
        if part is None:
            whole.append(rest)
        if len(rest) > most or any(len(line) > most for line in whole):
            raise Problem(413, "too-large", f"a line has more than {most} bytes")
        if whole := [line for line in whole if line.strip()]:
            yield whole
        if part is None:
            return


async def ahead(parts: AsyncIterator[bytes], *, most: int) -> AsyncIterator[bytes]:
    """The same parts, of which up to ``most`` bytes are made before anybody takes them.

    Many clients send all before they read anything: who waited for them to read would wait for ever.
    """
    made: asyncio.Queue[bytes | None] = asyncio.Queue()
    size, room = 0, asyncio.Event()

    async def make() -> None:
        nonlocal size
        try:
            async for part in parts:
                size += len(part)
                made.put_nowait(part)
                if size >= most:
                    room.clear()
                    await room.wait()
        finally:
            made.put_nowait(None)

    making = asyncio.create_task(make())
    try:
        while (part := await made.get()) is not None:
            yield part
            size -= len(part)
            room.set()
        await making
    finally:
        making.cancel()


def is_json(request: Request) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "application/json"
