"""``livener serve``: the server of a project, for people and programs."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from livener.cli.console import say
from livener.errors import InputError

_KEEP_ALIVE = 75  # seconds: longer than a proxy or a client keeps a connection, or a request meets its end

Folder = Annotated[str, typer.Argument(metavar="DIR", help="The project folder.")]


def serve(
    folder: Folder = ".",
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 for a free one.")] = 8765,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes (PostgreSQL only).")] = 1,
) -> None:
    """Serve the project's page and API until Ctrl-C."""
    run(folder, host=host, port=port, workers=workers)


def run(folder: str, *, host: str, port: int, workers: int = 1, ready: Callable[[str], object] | None = None) -> None:
    """Serve until a signal ends it; ``ready`` gets the link to begin with once connections are taken."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from livener.server import Settings
    from livener.server.opening import FOLDER, open_store
    from livener.server.sign_in import setup_link
    from livener.store.folder import places

    with open_store(folder)[0] as store:
        if workers > 1 and places(folder).url.startswith("sqlite"):
            raise InputError(f"{workers} workers on SQLite, which has one writer", fix="--workers 1, or PostgreSQL")
        store.upgrade()
        listener = listening(host, port)
        base = f"http://{host}:{listener.getsockname()[1]}"
        settings = Settings.read(folder)
        link = setup_link(store, settings, now=datetime.now(UTC), base=settings.public_url or base)
    say(f"serving {folder} at {base}")
    if link:
        say(f"nobody can sign in yet; this link sets the password of the first administrator, once: {link}")
    if ready:
        ready(link or base)
    os.environ[FOLDER] = folder
    config = uvicorn.Config(
        "livener.server.opening:app",
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=10,
    )
    if workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections, on which nothing waits for something before it to arrive.

    An event loop sees to that for sockets that it opens itself: the body of an answer would wait 40 ms for its head.
    """
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those that are accepted inherit it
    return listener
