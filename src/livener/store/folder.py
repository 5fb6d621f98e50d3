"""A project folder: ``livener.toml`` says where its store and its artefacts are."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener.errors import InputError

FILE = "livener.toml"
_KEYS = {"url": "sqlite:///store.db", "artefacts": "artefacts"}
_SQLITE = "sqlite:///"


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


def _checked(table: Any, path: Path) -> dict[str, str]:
    if not isinstance(table, dict):
        raise InputError("store is not a table", where=str(path), fix="[store]")
    for key, value in table.items():
        if key not in _KEYS or not isinstance(value, str) or not value:
            raise InputError(f"store.{key} = {value!r}", where=str(path), fix=f"strings: {', '.join(_KEYS)}")
    return table
