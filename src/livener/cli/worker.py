"""``livener worker``: does the background jobs of a project, beside its server or on another machine."""

import threading
from typing import Annotated

import typer

from livener.cli.console import say

Folder = Annotated[str, typer.Argument(metavar="DIR", help="The project folder.")]


def worker(folder: Folder = ".") -> None:
    """Do the project's background jobs until Ctrl-C; what is not done then waits for the next worker."""
    from livener.loop.settings import WorkerSettings
    from livener.loop.worker import Worker
    from livener.server import Settings
    from livener.server.events import Broker
    from livener.server.opening import open_store

    settings = WorkerSettings.read(folder)
    store, artefacts = open_store(folder)
    with store:
        store.upgrade()
        events = Broker(store, Settings.read(folder))  # not started: it tells the servers, and listens to nobody
        with Worker(store, artefacts, folder, settings=settings, tell=events.publish) as working:
            say(f"working for {folder} as {working.name}; Ctrl-C ends it")
            threading.Event().wait()
