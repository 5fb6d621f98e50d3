"""A project folder: ``livener.toml`` says where its store and its artefacts are."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener.errors import InputError
from livener.store.database import Store

FILE = "livener.toml"
_KEYS = {"url": "sqlite:///store.db", "artefacts": "artefacts"}
_SQLITE = "sqlite:///"
_TOML = """\
# A project of livener. What begins with # is what holds unless it is said.

[store]
# SQLite in a file, or PostgreSQL: postgresql://user@host/database. LIVENER_STORE_URL in the environment is read over
# it: the place for one with a password.
url = {url}
# Models and data sets: a folder, or what fsspec understands (s3://bucket/path).
# artefacts = "artefacts"

[server]
# The names that the server answers to; "*" for all.
# hosts = ["localhost", "127.0.0.1", "[::1]"]
# How people reach the server; single sign-on needs it.
# public_url = "https://ner.example.org"

# Single sign-on by OpenID Connect. The secret comes from LIVENER_SERVER_OIDC__CLIENT_SECRET in the environment.
# [server.oidc]
# issuer = "https://accounts.example.org"
# client_id = "livener"

[worker]
# Whether the server does background work itself; else `livener worker` has to run.
# in_server = true
# Where workers are told of work: a file in this folder, or a Redis, which workers on other machines need.
# queue = "redis://localhost:6379/0"
"""


@dataclass(frozen=True, slots=True)
class Places:
    """The URL of a store, and the folder or URL of its artefacts where that is known."""

    url: str
    artefacts: str | None = None


def places(where: str | Path, *, environment: Mapping[str, str] = os.environ) -> Places:
    """Those of a project folder, or of the URL of a store.

    The table ``[store]`` of ``livener.toml`` has ``url`` and ``artefacts``, from which the folder is where relative
    paths begin; ``LIVENER_STORE_URL`` and ``LIVENER_STORE_ARTEFACTS`` in the environment are read over it.

    Raises:
        InputError: the folder is no project, or its file cannot be read.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / FILE).write_text('[store]\\nurl = "postgresql://ner@db/ner"')
    >>> found = places(folder, environment={})
    >>> found.url, Path(found.artefacts or "").name
    ('postgresql://ner@db/ner', 'artefacts')
    """
    if "://" in str(where):
        return Places(str(where), environment.get("LIVENER_STORE_ARTEFACTS"))
    folder = Path(where).absolute()
    path = folder / FILE
    if not path.is_file():
        raise InputError("no project here", where=str(where), fix=f"a folder with {FILE}: livener init {where}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("store", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML: {error}", where=str(path)) from None
    given = _KEYS | _checked(table, path)
    given |= {key: value for key in _KEYS if (value := environment.get(f"LIVENER_STORE_{key.upper()}"))}
    url, artefacts = given["url"], given["artefacts"]
    if url.startswith(_SQLITE):
        url = f"{_SQLITE}{folder / url.removeprefix(_SQLITE)}"
    return Places(url, artefacts if "://" in artefacts else str(folder / artefacts))


def create(folder: str | Path, *, url: str | None = None) -> None:
    """Make a project folder whose store is at the URL, or in a file of the folder; the store itself stays as it is.

    Raises:
        InputError: there is something in the folder, or the store cannot be opened.

    >>> import tempfile
    >>> create(folder := Path(tempfile.mkdtemp()))
    >>> Path(places(folder, environment={}).url).name
    'store.db'
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError("there is something other than a project", where=str(folder), fix="a new or empty folder")
    if url:
        Store(url).close()  # whether it can be opened is known before anything is made
    folder.mkdir(parents=True, exist_ok=True)
    content = _TOML.format(url=json.dumps(url or _KEYS["url"], ensure_ascii=False))  # a string of JSON is one of TOML
    (folder / FILE).write_text(content, encoding="utf-8")


def _checked(table: Any, path: Path) -> dict[str, str]:
    if not isinstance(table, dict):
        raise InputError("store is not a table", where=str(path), fix="[store]")
    for key, value in table.items():
        if key not in _KEYS or not isinstance(value, str) or not value:
            raise InputError(f"store.{key} = {value!r}", where=str(path), fix=f"strings: {', '.join(_KEYS)}")
    return table
