"""Models, data sets and other files that are named by their content, in a folder or in any store of fsspec."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from livener.errors import InputError

_CHUNK = 1 << 20
_FIX = "an address that `put` gave, in the same store"


class Artefacts:
    """Files and folders by the address of their content: the same content has one address and is kept once.

    ``url`` is a folder, or what fsspec understands (``s3://bucket/path``; its package must be installed). An address
    is ``file-`` or ``tree-`` and a SHA-256; that of a folder is the hash of the list of its files. Empty folders and
    file modes are not kept. An object is there whole or not at all, and is never changed.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     artefacts = Artefacts(f"{folder}/artefacts")
    ...     _ = (Path(folder) / "notes.txt").write_text("Hello.")
    ...     address = artefacts.put(Path(folder) / "notes.txt")
    ...     artefacts.get(address, Path(folder) / "again.txt")
    ...     (Path(folder) / "again.txt").read_text(), address[:12]
    ('Hello.', 'file-2d8bd7d')
    """

    def __init__(self, url: str | Path) -> None:
        try:
            self._files, root = fsspec.core.url_to_fs(str(url))
        except (ImportError, ValueError) as error:
            raise InputError(f"the artefacts cannot be reached: {error}", where=str(url)) from None
        self._root = str(root).rstrip("/")

    def put(self, path: str | Path) -> str:
        """Store a file, or a folder with everything in it, and give its address.

        Raises:
            InputError: there is nothing at ``path``, a folder holds something other than files and folders, or it
                cannot be written.
        """
        path = Path(path)
        if path.is_file():
            return f"file-{self._put_file(path)}"
        if not path.is_dir():
            raise InputError("no such file or folder", where=str(path))
        listed = {}
        for file in sorted(path.rglob("*")):
            if file.is_file():
                listed[file.relative_to(path).as_posix()] = self._put_file(file)
            elif not file.is_dir():
                raise InputError("neither a file nor a folder", where=str(file))
        # Last, so that a list never names what is not there.
        with tempfile.TemporaryDirectory() as folder:
            manifest = Path(folder) / "list.json"
            manifest.write_text(json.dumps(listed, sort_keys=True), encoding="utf-8")
            return f"tree-{self._put_file(manifest)}"

    def get(self, address: str, target: str | Path) -> None:
        """Write the file or folder to ``target``, whole or not at all; every hash is checked.

        Raises:
            InputError: there is no such artefact, it is damaged, or something is at ``target``.
        """
        target = Path(target)
        kind, digest = _parts(address)
        if target.exists():
            raise InputError("something is there already", where=str(target), fix="a new path")
        target.parent.mkdir(parents=True, exist_ok=True)
        # A sibling, as a rename is atomic only within one file system.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            new = Path(folder) / "new"
            if kind == "file":
                self._get_file(digest, new)
            else:
                self._get_file(digest, Path(folder) / "list")
                new.mkdir()
                for name, one in json.loads((Path(folder) / "list").read_text(encoding="utf-8")).items():
                    if not (new / name).resolve().is_relative_to(new.resolve()):  # who wrote the list is not known
                        raise InputError(f"the artefact names a file outside of itself: {name!r}", where=address)
                    self._get_file(one, new / name)
            new.rename(target)

    def __contains__(self, address: str) -> bool:
        """Whether the artefact, or at least the list of its files, is there."""
        return bool(self._files.exists(self._place(_parts(address)[1])))

    def _place(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"

    def _put_file(self, path: Path) -> str:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = self._place(digest)
        try:
            if self._files.exists(place) and self._digest(place) == digest:
                return digest
            # It is new, or one that was damaged is mended.
            if isinstance(self._files, LocalFileSystem):
                _copy_whole(path, Path(place))
            else:
                self._files.put_file(str(path), place)  # object stores write whole or not at all
            kept = self._digest(place)
        except OSError as error:  # of any store: fsspec makes such of what its service says
            raise InputError(f"the artefacts cannot be written: {error}", where=place) from None
        if kept != digest:
            raise InputError("was changed while it was stored", where=str(path))
        return digest

    def _digest(self, place: str) -> str:
        with self._files.open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _get_file(self, digest: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = self._place(digest)
        found = hashlib.sha256()
        try:
            with self._files.open(place, "rb") as file, target.open("xb") as out:
                for chunk in _chunks(file):
                    found.update(chunk)
                    out.write(chunk)
        except FileNotFoundError:
            raise InputError("no such artefact", where=place, fix=_FIX) from None
        if found.hexdigest() != digest:
            raise InputError("the artefact is damaged: it is not what was stored", where=place, fix="a backup of it")


def _parts(address: str) -> tuple[str, str]:
    kind, _, digest = address.partition("-")
    if kind not in {"file", "tree"} or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise InputError(f"not the address of an artefact: {address!r}", fix=_FIX)
    return kind, digest


def _copy_whole(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    work = place.with_name(f".{uuid4().hex}")
    try:
        with path.open("rb") as file, work.open("xb") as out:
            for chunk in _chunks(file):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())  # a name that is there after a loss of power has its content
        work.replace(place)
    finally:
        work.unlink(missing_ok=True)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
