"""The app: what `uvicorn` or another ASGI server runs."""

import asyncio
import contextlib
import json
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

import livener
from livener.learning.serving import Served
from livener.loop.queue import Queue
from livener.loop.settings import WorkerSettings
from livener.loop.worker import Worker
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import secret_key
from livener.monitoring.log.upkeep import maintain
from livener.server.admission import Admissions
from livener.server.calls import Clock, Server
from livener.server.edge import Edge
from livener.server.events import Broker
from livener.server.kept import Kept
from livener.server.metrics import Metrics
from livener.server.oidc import Provider
from livener.server.page import BUILT, Page
from livener.server.passwords import Passwords
from livener.server.policies import check_routes
from livener.server.problems import handle_problems
from livener.server.recognition import Recognition
from livener.server.routers import ROUTERS
from livener.server.settings import LogSettings, Settings
from livener.server.sign_in import sweep
from livener.server.traces import NoTraces, OpenTelemetry, Traces
from livener.server.writers import Writers
from livener.store import Artefacts, Store

_log = logging.getLogger("livener.server")
_SWEEP_SECONDS = 3600.0
_STREAMS = 4  # at once; the others wait
_FIGURES_SECONDS = 60.0
_DESCRIBED = frozenset({"/openapi.json"})


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    store: Store,
    artefacts: Artefacts,
    settings: Settings | None = None,
    *,
    clock: Clock = _now,
    folder: str | Path | None = None,
    work: WorkerSettings | None = None,
    loaded: Callable[[], object] | None = None,
    traces: Traces | None = None,
) -> FastAPI:
    """The app over a store that is at its newest revision.

    With the project's ``folder`` workers are told of jobs, and with ``work.in_server`` the app is one itself.
    ``loaded`` is called whenever a model was loaded to answer. ``traces`` are those of the settings if not given.

    Raises:
        RuntimeError: a route declares no policy.
        MissingDependencyError: traces are asked for, without the extra ``otel``.
    """
    settings = settings or Settings()
    traces = traces or (OpenTelemetry.sending(settings.traces) if settings.traces else NoTraces())
    served = Served(store, artefacts)
    log = open_log(settings.log) if settings.log and settings.log.on else None
    text = settings.log.text if settings.log else "text"
    server = Server(
        store=store,
        artefacts=artefacts,
        settings=settings,
        clock=clock,
        writers=Writers(store),
        events=Broker(store, settings),
        passwords=Passwords(settings.password),
        figures=Kept(_FIGURES_SECONDS),
        models=served,
        recognition=Recognition(
            served, settings.recognize, log, text=text, seconds=settings.poll_seconds, loaded=loaded, traces=traces
        ),
        metrics=(metrics := Metrics()),
        admissions=Admissions(store, clock, seconds=settings.poll_seconds),
        streams=asyncio.Semaphore(_STREAMS),
        provider=Provider(settings, settings.oidc) if settings.oidc else None,
        queue=Queue(folder, work or WorkerSettings()) if folder else None,
    )
    app = FastAPI(
        title="livener",
        version=livener.__version__,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.server = server
    app.state.worker = _worker(server, folder, work or WorkerSettings()) if folder else None
    handle_problems(app)
    for routes in ROUTERS:
        app.router.routes.extend(routes.router.routes)
    check_routes(app.routes, known=_DESCRIBED)
    app.router.default = Page(BUILT)
    app.add_middleware(Edge, settings=settings, metrics=metrics, traces=traces)
    app.state.traces = traces
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    server: Server = app.state.server
    worker: Worker | None = app.state.worker
    server.events.start(moved=server.recognition.moved)
    if worker:
        worker.start()
    stopping = asyncio.Event()
    sweeping = asyncio.create_task(_sweep_now_and_then(server, stopping))
    with _streams_end_at_a_signal(server.events):
        yield
    stopping.set()
    await sweeping
    if worker:
        await run_in_threadpool(worker.stop)
    server.events.close()
    await run_in_threadpool(server.events.wait)
    server.recognition.close()
    if server.recognition.log:
        await run_in_threadpool(server.recognition.log.close)
    await run_in_threadpool(app.state.traces.close)


def open_log(settings: LogSettings) -> LogWriter:
    """The log that a server writes.

    Raises:
        InputError: its place cannot be reached, or hashes are asked for without a key.
    """
    if settings.text == "hash":
        secret_key()
    return LogWriter(
        settings.url,
        spool=settings.spool,
        strict=settings.strict,
        sync_seconds=settings.sync_seconds,
        segment_seconds=settings.segment_seconds,
        segment_rows=settings.segment_rows,
    )


def _worker(server: Server, folder: str | Path, work: WorkerSettings) -> Worker | None:
    """A worker beside the server, whose writes take their turn with those of the server."""
    if not work.in_server:
        return None

    @contextlib.contextmanager
    def writing() -> Iterator[Session]:
        with server.writing() as session:
            yield session
        server.events.deliver(0, ())  # it was no other program that wrote

    return Worker(
        server.store,
        server.artefacts,
        folder,
        settings=work,
        queue=server.queue,
        served=server.models,
        tell=server.events.publish,
        writing=writing,
        clock=server.clock,
    )


async def _sweep_now_and_then(server: Server, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await run_in_threadpool(_sweep, server)
        except (SQLAlchemyError, OSError) as error:  # next time, then
            _log.warning(json.dumps({"event": "nothing was swept", "problem": repr(error)}))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _SWEEP_SECONDS)


def _sweep(server: Server) -> None:
    with server.writing() as session:
        sweep(session, now=server.clock())
    log = server.settings.log
    if log and log.on:
        maintain(log.url, spool=log.spool, now=server.clock(), retain_days=log.retain_days)


@contextlib.contextmanager
def _streams_end_at_a_signal(events: Broker) -> Iterator[None]:
    """Whoever runs the app waits at Ctrl-C for the open answers, and a stream of events is one."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not this thread's
        return
    kept: dict[int, Any] = {}

    def stop(number: int, frame: Any) -> None:
        events.close()
        if callable(kept[number]):
            kept[number](number, frame)

    for number in (int(signal.SIGINT), int(signal.SIGTERM)):
        kept[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, before in kept.items():
            signal.signal(number, before)
