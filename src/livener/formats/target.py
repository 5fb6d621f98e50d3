"""Writing a file whole or not at all."""

import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from livener.errors import InputError


def write_text(chunks: Iterable[str], path: str | Path) -> None:
    r"""Write UTF-8 text with "\n" as it stands: to stdout for ``"-"``, else to a temporary sibling that is renamed.

    When anything fails, a regular file keeps its old content and nothing is left behind.

    Raises:
        InputError: the file cannot be written, or the text cannot stand in a text file (NUL, lone surrogates).

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.txt")
    >>> write_text(["one\n", "two\n"], path)
    >>> path.read_text()
    'one\ntwo\n'
    """
    with _opened(path) as handle:
        first = True
        for chunk in chunks:
            if "\0" in chunk:
                raise InputError("the text holds a NUL character", where=str(path), fix="the format jsonl")
            if first and chunk.startswith("\ufeff"):
                handle.write("\ufeff")  # a reader takes the first one for a byte order mark
            first = first and not chunk
            try:
                handle.write(chunk)
            except UnicodeEncodeError as error:
                problem = f"U+{ord(error.object[error.start]):04X} cannot be written as {error.encoding}"
                raise InputError(problem, where=str(path), fix="text without lone surrogates") from None


def write_folder(files: Iterable[tuple[str, str]], path: str | Path) -> None:
    """Write files, given as name and content, into a new folder: all of them or none.

    Raises:
        InputError: there is something at ``path`` that is no empty folder, or it cannot be written.
    """
    target = Path(path).resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        if str(path) == "-" or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
            raise InputError("the format is a folder of files", where=str(path), fix="a new folder")
        part.mkdir()
        for name, content in files:
            write_text([content], part / name)
        part.replace(target)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        if part.exists():
            shutil.rmtree(part)


@contextmanager
def _opened(path: str | Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    # A link stays a link, and a device or a pipe is written to, not replaced.
    target = Path(path).resolve()
    special = target.exists() and not target.is_file()
    part = target if special else target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        handle = part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from None
    try:
        with handle:
            yield handle
        if not special:
            part.replace(target)
    except BaseException:
        if not special:
            part.unlink(missing_ok=True)
        raise
