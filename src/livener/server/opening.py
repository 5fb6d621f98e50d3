"""A project folder, opened for a server: what `livener serve` runs in each of its processes."""

import os
from pathlib import Path

from fastapi import FastAPI

from livener.errors import InputError
from livener.loop.settings import WorkerSettings
from livener.server import logs
from livener.server.app import create_app
from livener.server.settings import Settings
from livener.store import Artefacts, Store
from livener.store.folder import places

FOLDER = "LIVENER_FOLDER"
"""Which folder a server process works on: the environment variable that its parent sets."""


def open_store(folder: str | Path) -> tuple[Store, Artefacts]:
    """The store and the artefacts of a project folder.

    Raises:
        InputError: it is no project folder, or its store cannot be opened.
    """
    found = places(folder)
    if found.artefacts is None:
        raise InputError("the store of a server needs a folder", where=str(folder), fix="a folder with livener.toml")
    return Store(found.url), Artefacts(found.artefacts)


def app() -> FastAPI:
    """The app over the folder in $LIVENER_FOLDER, for an ASGI server."""
    logs.set_up()
    folder = os.environ[FOLDER]
    work = WorkerSettings.read(folder)
    return create_app(*open_store(folder), Settings.read(folder), folder=folder, work=work)
