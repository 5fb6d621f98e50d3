"""Files of this machine, and of any store that fsspec knows by its URL."""

import hashlib
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from livener.errors import InputError, MissingDependencyError
from livener.formats import Report
from livener.formats.registry import files_of


def is_url(place: str) -> bool:
    """
    >>> is_url("s3://bucket/notes.jsonl"), is_url("notes.jsonl")
    (True, False)
    """
    return "://" in place


def stem_of(place: str) -> str:
    """The name of a file without its folder and its suffix.

    >>> stem_of("s3://bucket/a/notes.jsonl"), stem_of("-")
    ('notes', 'stdin')
    """
    return "stdin" if place == "-" else PurePosixPath(place).stem if is_url(place) else Path(place).stem


def expanded(place: str) -> list[str]:
    """The files that a folder holds, or that a URL with ``*`` or ``?`` stands for, sorted; anything else is one file.

    Raises:
        InputError: there are none.
    """
    if not is_url(place) and Path(place).is_dir():
        return [str(one) for one in files_of(Path(place), None, Report())]
    if not is_url(place) or not any(sign in place for sign in "*?["):
        return [place]
    system, path = _system(place)
    found = sorted(system.unstrip_protocol(one) for one in system.glob(path))
    if not found:
        raise InputError("no such file", where=place)
    return found


def opened(place: str) -> BinaryIO:
    """A file to be read from any position.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if is_url(place):
            system, path = _system(place)
            return cast(BinaryIO, system.open(path, "rb"))
        return Path(place).open("rb")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=place) from None


def stamp(place: str) -> str:
    """What changes when the file's content does: size and time of a file, what a store says of an object.

    Raises:
        InputError: there is no such file.
    """
    try:
        if is_url(place):
            system, path = _system(place)
            info = {key: value for key, value in system.info(path).items() if key not in ("ino", "atime")}
            return hashlib.sha256(repr(sorted(info.items(), key=lambda item: item[0])).encode()).hexdigest()
        state = Path(place).stat()
    except FileNotFoundError:
        raise InputError("No such file", where=place) from None
    return f"{state.st_size} {state.st_mtime_ns}"


def put(file: Path, target: str) -> None:
    """Move a file of this machine to its place, where it appears whole."""
    if is_url(target):
        system, path = _system(target)
        system.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        system.put_file(str(file), path)
        file.unlink()
        return
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, target)


def exists(place: str) -> bool:
    """Whether there is such a file."""
    if is_url(place):
        system, path = _system(place)
        return bool(system.exists(path))
    return Path(place).exists()


def remove(place: str) -> None:
    """Delete the file if it is there."""
    if is_url(place):
        system, path = _system(place)
        if system.exists(path):
            system.rm_file(path)
    else:
        Path(place).unlink(missing_ok=True)


def listed(folder: str) -> list[str]:
    """The files in a folder, which need not exist."""
    if is_url(folder):
        system, path = _system(folder)
        return [system.unstrip_protocol(one) for one in system.ls(path, detail=False)] if system.isdir(path) else []
    return [str(one) for one in Path(folder).iterdir()] if Path(folder).is_dir() else []


def joined(folder: str, *names: str) -> str:
    """
    >>> joined("s3://bucket/out/", "a", "b.jsonl")
    's3://bucket/out/a/b.jsonl'
    """
    return "/".join([folder.rstrip("/"), *names]) if is_url(folder) else str(Path(folder, *names))


def _system(place: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise MissingDependencyError("fsspec", extra="bulk", need=place) from None
    try:
        return cast("tuple[Any, str]", fsspec.core.url_to_fs(place))
    except (ImportError, ValueError) as error:  # the package of this store, or no such protocol
        raise InputError(str(error), where=place) from None
