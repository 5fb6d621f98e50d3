"""A project folder, opened for a server: what `livener serve` runs in each of its processes."""

import gc
import os
import sys
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
_YOUNG = 50_000  # objects: a batch of 256 sentences makes some ten thousand, nearly all gone with it
_TURN = 0.001  # seconds; Python's own is 0.005


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
    """The app over the folder in $LIVENER_FOLDER, for an ASGI server that has the process for itself."""
    logs.set_up()
    folder = os.environ[FOLDER]
    work = WorkerSettings.read(folder)
    made = create_app(*open_store(folder), Settings.read(folder), folder=folder, work=work, loaded=gc.freeze)
    _be_prompt()
    return made


def _be_prompt() -> None:
    """What is loaded by now stays: to look through it for garbage again and again would hold up answers for tenths of
    a second. And who waits for the interpreter gets it soon: beside the event loop models work, and the log is made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    sys.setswitchinterval(_TURN)
