"""From bytes to lines: one place that knows encodings, line ends, byte order marks and what is not text."""

import codecs
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from livener.errors import InputError

LONGEST_LINE = 10_000_000
"""Characters; a longer line is far more often a wrong file than a document."""

_CHUNK = 1 << 20
_HEAD = 4096  # enough to recognise a format, little enough not to wait long for a pipe


class Source:
    """An input that is read once, as a stream: a file, or stdin for ``"-"``.

    ``name`` is what messages call it, ``stem`` what ids are made of, ``path`` is ``None`` for stdin. Opened by
    ``with``, unless the bytes of it are ``opened`` already, by somebody who closes them too.

    Raises:
        InputError: the file cannot be opened, is empty, is not text, is not in ``encoding``, or has a line of more
            than ``longest_line`` characters.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = path.write_bytes("one\\u2028two\\nthree".encode())
    >>> with Source(path) as source:
    ...     list(source.lines())
    ['one\\u2028two', 'three']
    """

    def __init__(
        self,
        path: str | Path,
        *,
        encoding: str = "utf-8",
        longest_line: int = LONGEST_LINE,
        opened: BinaryIO | None = None,
    ) -> None:
        self.path = None if str(path) == "-" else Path(path)
        self.name = "stdin" if self.path is None else str(path)
        # A file's name may be of any bytes; an id is text.
        self.stem = "stdin" if self.path is None else os.fsencode(self.path.stem).decode(errors="replace")
        self.encoding = encoding
        self._longest_line = longest_line
        self._handle: BinaryIO
        self._given = opened
        self._head: bytes | None = None
        try:
            "".encode(encoding)
        except (LookupError, UnicodeError):  # the codec "undefined" refuses everything
            raise InputError(f"unknown encoding {encoding!r}", fix="a name such as utf-8 or latin-1") from None

    def __enter__(self) -> Self:
        if self._given is not None:
            self._handle = self._given
        elif self.path is None:
            self._handle = sys.stdin.buffer
        else:
            try:
                self._handle = self.path.open("rb")
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}", where=self.name) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is not None and self._given is None:
            self._handle.close()

    def head(self) -> str:
        """The first characters, without consuming them."""
        if self._head is None:
            self._head = self._handle.read(_HEAD)
            self._refuse_binary(self._head, 0)
        return self._head.decode(self.encoding, errors="ignore").removeprefix("\ufeff")

    def record_head(self) -> str:
        """The first characters as `head` gives them, but of JSON enough to hold its first record, up to a million."""
        head = self.head()
        start = head.lstrip()[:1]
        if start in ("{", "[") and self._head is not None:
            whole = start == "[" or not head.lstrip().partition("\n")[0].strip("{ \t\r")
            while len(self._head) < _CHUNK and (whole or b"\n" not in self._head.lstrip()):
                more = self._more()
                if not more:
                    break
                self._head += more
        return self.head()

    def text(self) -> str:
        """The whole text at once, whatever the length of its lines."""
        return "".join(self._texts())

    def lines(self) -> Iterator[str]:
        r"""The text split at every "\n" and nowhere else; the last line is empty when the text ends with a "\n"."""
        number, rest = 1, ""
        for text in self._texts():
            first, *more = text.split("\n")
            rest += first
            if len(rest) > self._longest_line or (more and max(map(len, more)) > self._longest_line):
                number += next(i for i, line in enumerate([rest, *more]) if len(line) > self._longest_line)
                raise InputError(
                    f"the line is longer than {self._longest_line:,} characters",
                    where=f"{self.name}:{number}",
                    fix="shorter lines, or the option longest_line",
                )
            if more:
                yield rest
                yield from more[:-1]
                rest = more[-1]
                number += len(more)
        yield rest

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        consumed, number, started = 0, 1, False
        while data := self._chunk():
            self._refuse_binary(data, consumed)
            consumed += len(data)
            text = self._decoded(decoder, data, consumed, number)
            number += text.count("\n")
            if text and not started:
                started, text = True, text.removeprefix("\ufeff")
            yield text
        yield self._decoded(decoder, b"", consumed, number)
        if not consumed:
            raise InputError("the file is empty", where=self.name)

    def _chunk(self) -> bytes:
        if self._head is None:
            return self._more()
        head, self._head = self._head, None
        return head or self._more()

    def _more(self) -> bytes:
        # read1 hands on what a pipe has so far, so that a slow producer does not hold up what is already there.
        return self._handle.read1(_CHUNK) if hasattr(self._handle, "read1") else self._handle.read(_CHUNK)

    def _decoded(self, decoder: codecs.IncrementalDecoder, data: bytes, consumed: int, number: int) -> str:
        try:
            return decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            byte, before = error.object[error.start], error.object[: error.start]
            rest = error.object[error.start :]
            guess = "cp1252" if any(0x80 <= value < 0xA0 for value in rest) else "latin-1"
            raise InputError(
                f"byte 0x{byte:02x} at offset {consumed - len(rest)} is not {self.encoding}",
                where=f"{self.name}:{number + before.count(10)}",
                fix=f"text in {self.encoding}, or another encoding, perhaps {guess}",
            ) from None

    def _refuse_binary(self, data: bytes, offset: int) -> None:
        if self.encoding.lower().startswith(("utf-16", "utf-32", "utf16", "utf32")):
            return
        if offset == 0 and data.startswith(b"PK\x03\x04"):
            raise InputError("the file is a zip archive", where=self.name, fix="the file inside it, unpacked")
        if offset == 0 and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise InputError(f"the file is not {self.encoding}", where=self.name, fix="the encoding utf-16")
        if (at := data.find(0)) >= 0:
            raise InputError(f"the file is binary (a zero byte at offset {offset + at})", where=self.name, fix="text")
