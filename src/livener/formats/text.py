"""Plain text: one document a file, or one a line."""

from collections.abc import Iterable, Iterator

from livener.errors import InputError
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document


def read(source: Source, report: Report, *, lines: bool = False) -> Iterator[Document]:
    """The whole file as one document with the file's stem as its id; with ``lines`` every line that is not blank.

    Line ends are kept as they stand, so that offsets are those of the file.
    """
    if not lines:
        yield Document("\n".join(source.lines()), source.stem)
        return
    for number, line in enumerate(source.lines(), 1):
        if text := line.removesuffix("\r"):
            if text.isspace():
                report.note("blank lines", f"{source.name}:{number}", "a line of white space is left out")
            else:
                yield Document(text, f"{source.stem}:{number}")


def write(documents: Iterable[Document], report: Report, *, lines: bool = False) -> Iterator[str]:
    """The text of one document as it stands, or with ``lines`` of each on a line of its own; spans are left out.

    Raises:
        InputError: more than one document without ``lines``, or with it a document of several lines or of none.
    """
    for number, document in enumerate(documents):
        if document.spans:
            report.note("spans left out", f"document {document.id!r}", "plain text holds no spans")
        if not lines:
            if number:
                raise InputError("plain text holds one document", fix="the option lines, or the format jsonl")
            yield document.text
        elif "\n" in document.text or not document.text.strip() or document.text.endswith("\r"):
            raise InputError("the text is not one line", where=f"document {document.id!r}", fix="the format jsonl")
        else:
            yield document.text + "\n"
