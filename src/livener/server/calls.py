"""What a handler works with: who asks, about which project, the open transaction, and what follows the commit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.concurrency import iterate_in_threadpool

from livener.learning.serving import Served
from livener.loop.queue import Queue
from livener.review.errors import Conflict
from livener.review.people import Person
from livener.server.admission import Admissions
from livener.server.events import Broker
from livener.server.identity import Asking, ProjectAsked
from livener.server.kept import Kept
from livener.server.metrics import Metrics
from livener.server.oidc import Provider
from livener.server.passwords import Passwords
from livener.server.recognition import Recognition
from livener.server.settings import Settings
from livener.server.writers import Writers
from livener.store import Artefacts, Store
from livener.store.models import AuditEntry

Clock = Callable[[], datetime]
_PART = 1 << 16


@dataclass(frozen=True, slots=True)
class Server:
    """What all requests share."""

    store: Store
    artefacts: Artefacts
    settings: Settings
    clock: Clock
    writers: Writers
    events: Broker
    passwords: Passwords
    figures: Kept
    models: Served
    recognition: Recognition
    admissions: Admissions
    metrics: Metrics
    streams: asyncio.Semaphore
    provider: Provider | None
    queue: Queue | None = None
    """How workers are told of work; without one they find it within a minute."""

    def reading(self) -> AbstractContextManager[Session]:
        """One state of the store, which cannot be changed."""
        return self.store.reading()

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction; the writers of this process take turns."""
        return self.writers.writing()


@dataclass(slots=True)
class Call:
    """One request, after its policy let it through.

    ``session`` is the open transaction. ``asking`` is None only where anyone may call.
    """

    server: Server
    request: Request
    now: datetime
    asking: Asking | None
    transaction: Session | None
    upload: BinaryIO | None = None
    etag: str | None = None
    published: list[tuple[str, Any]] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    said: int = 0

    @property
    def session(self) -> Session:
        """The open transaction."""
        assert self.transaction is not None, "the route is declared with session=None"
        return self.transaction

    @property
    def user(self) -> Asking:
        """Who asks."""
        assert self.asking is not None, "the route allows anyone"
        return self.asking

    @property
    def project(self) -> ProjectAsked:
        """The project that the request is about."""
        assert self.user.project is not None, "the route has no {project}"
        return self.user.project

    @property
    def person(self) -> Person:
        """The one who asks, as a member of the project; an administrator of the server has the role admin."""
        assert self.user.person is not None, "the route has no {project}"
        return self.user.person

    def match(self, current: str) -> None:
        """Hold the request to the state that its sender saw: the header If-Match, when it is there.

        Raises:
            Conflict: it has changed since.
        """
        given = self.request.headers.get("if-match")
        if given is None or given.strip() == "*":
            return
        if current not in [tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")]:
            raise Conflict(f"it has changed since: If-Match says {given[:100]}, it is now {current!r}")

    def audit(self, action: str, subject: str, **detail: Any) -> None:
        """Note in the audit log who did what, within the transaction."""
        project = self.asking.project if self.asking else None
        self.session.add(
            AuditEntry(
                at=self.now,
                user_id=self.asking.id if self.asking else None,
                project_id=project.id if project else None,
                action=action,
                subject=subject,
                detail=detail,
            )
        )

    def publish(self, kind: str, data: Any) -> None:
        """Tell everybody who listens to the project, once the transaction is committed."""
        self.published.append((kind, data))

    def begin(self, job: int) -> None:
        """Tell a worker of a job, once the transaction is committed."""
        self.begun.append(job)

    def learn(self, annotation: int) -> None:
        """Let the project's live model learn what was said, once the transaction is committed."""
        self.said = annotation

    def stream(
        self, lines: Callable[[Session], Iterator[bytes | str]], *, media: str, name: str | None = None
    ) -> StreamingResponse:
        """An answer that is sent while it is made, from one state of the store; ``name`` is that of the file."""

        def parts() -> Generator[bytes]:
            part = bytearray()
            with self.server.reading() as session:
                for line in lines(session):
                    part += line.encode() if isinstance(line, str) else line
                    if len(part) >= _PART:  # a line by itself costs more to send than to read
                        yield bytes(part)
                        part.clear()
            if part:
                yield bytes(part)

        async def in_turn() -> AsyncIterator[bytes]:
            async with self.server.streams:  # each holds a connection for as long as its reader takes
                with closing(parts()) as made:
                    async for part in iterate_in_threadpool(made):
                        yield part

        headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else None
        return StreamingResponse(in_turn(), media_type=media, headers=headers)
