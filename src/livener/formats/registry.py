"""Which formats there are, and how a file's format is recognised.

A further format is an entry point of the group ``livener.formats`` that names a `Format`.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_type_hints

from livener.errors import InputError
from livener.formats import (
    argilla,
    brat,
    conll,
    conll_writing,
    doccano,
    inline,
    jsonl,
    label_studio,
    prodigy,
    spacy,
    text,
    webanno,
)
from livener.formats.report import Report
from livener.formats.source import LONGEST_LINE, Source
from livener.formats.target import write_folder, write_text
from livener.text import Document


@dataclass(frozen=True, slots=True)
class Format:
    """How one interchange format is read, written and recognised.

    ``read(source, report, **options)`` yields documents and ``write(documents, report, **options)`` chunks of text.
    ``suffixes`` are the file names that are surely of this format; ``recognises(head)`` looks at the first characters
    of any other file, and before that of those whose names are ``shared`` with other formats. A format that is more
    than one text file finds its other files beside ``source.path``; where ``folder`` is set, its ``write`` yields
    pairs of a file's name and content, and a folder is read file by file.
    """

    name: str
    read: Callable[..., Iterator[Document]]
    write: Callable[..., Iterator[Any]]
    suffixes: tuple[str, ...] = ()
    recognises: Callable[[str], bool] | None = None
    shared: tuple[str, ...] = ()
    folder: bool = False


_JSON = (".json", ".jsonl", ".ndjson")
_FORMATS = {
    known.name: known
    for known in (
        # The more particular ones first: any line of theirs is JSON Lines, with metadata in place of spans.
        Format("prodigy", prodigy.read, prodigy.write, (), prodigy.recognises, _JSON),
        Format("doccano", doccano.read, doccano.write, (), doccano.recognises, _JSON),
        Format("argilla", argilla.read, argilla.write, (), argilla.recognises, _JSON),
        Format("spacy", spacy.read, spacy.write, (), spacy.recognises, _JSON),
        Format("label_studio", label_studio.read, label_studio.write, (), label_studio.recognises, _JSON),
        Format("webanno", webanno.read, webanno.write, (), webanno.recognises, (".tsv",)),
        Format("brat", brat.read, brat.write, (".ann",), folder=True),
        Format("jsonl", jsonl.read, jsonl.write, (".jsonl", ".ndjson"), jsonl.recognises),
        Format(
            "conll",
            conll.read,
            conll_writing.write,
            (".conll", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".bilou", ".tsv"),
            conll.recognises,
        ),
        Format("inline", inline.read, inline.write, (".inline",)),
        Format("text", text.read, text.write),
    )
}
_PLAIN = ("", ".txt", ".text", ".md")  # a file so named is text when it is nothing else


def names() -> list[str]:
    """The names of the formats, sorted, those of other packages included.

    >>> {"conll", "inline", "jsonl", "text"} <= set(names())
    True
    """
    return sorted({*_FORMATS, *(point.name for point in entry_points(group="livener.formats"))})


def read(
    path: str | Path,
    *,
    format: str | None = None,
    encoding: str = "utf-8",
    report: Report | None = None,
    longest_line: int = LONGEST_LINE,
    **options: Any,
) -> Iterator[Document]:
    """The documents of a file (``"-"`` is stdin) or of the files of a folder, as they are read.

    The format is recognised from the file's name and content unless it is given. ``options`` are those of the
    format's own ``read``. What was repaired or left out, and how much was read, goes into ``report``.

    Raises:
        InputError: the file cannot be read, or what it holds is not of the format: the message says where.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "news.conll")
    >>> _ = path.write_text("Apple\\tB-ORG\\nrose\\tO\\n")
    >>> next(read(path))
    Document(text='Apple rose', id='news:1', meta={}, spans=(Span(start=0, end=5, label='ORG', score=None, ...
    """
    chosen = _get(format) if format else None
    if chosen:
        _check_options(chosen.name, chosen.read, options)
    if longest_line != LONGEST_LINE:
        _check_values({"longest_line": longest_line}, {"longest_line": int})
    report = Report() if report is None else report
    paths = files_of(Path(path), chosen, report) if Path(path).is_dir() else [path]
    sources = [Source(each, encoding=encoding, longest_line=longest_line) for each in paths]
    return _documents(sources, chosen, report, options)


def write(
    documents: Iterable[Document],
    path: str | Path,
    *,
    format: str | None = None,
    report: Report | None = None,
    **options: Any,
) -> int:
    """Write documents to a file, whole or not at all (``"-"`` is stdout), and say how many.

    The format comes from the file's name unless it is given; stdout is JSON Lines. What the format cannot hold goes
    into ``report``.

    Raises:
        InputError: the file cannot be written, or a document cannot stand in the format.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "news.inline")
    >>> write([Document("Apple rose.", "n1")], path), path.read_text()
    (1, '# id = n1\\nApple rose.\\n\\n')
    """
    chosen = _get(format) if format else _by_suffix(path)
    _check_options(chosen.name, chosen.write, options)
    written = 0

    def counted() -> Iterator[Document]:
        nonlocal written
        for document in documents:
            written += 1
            yield document

    if chosen.folder and Path(path).suffix in chosen.suffixes:
        raise InputError(f"{chosen.name} is written to a folder", where=str(path), fix="the name of a new folder")
    content = chosen.write(counted(), Report() if report is None else report, **options)
    (write_folder if chosen.folder else write_text)(content, path)
    return written


def files_of(folder: Path, chosen: Format | None, report: Report) -> list[str | Path]:
    """The files of a folder that is a format's own, else all whose names say that they hold documents; sorted.

    Raises:
        InputError: there are none.
    """
    inside = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    for known in _FORMATS.values() if chosen is None else [chosen]:
        if known.folder and (own := [each for each in inside if each.suffix in known.suffixes]):
            return [*own]
    suffixes = {*_PLAIN, *(suffix for known in _FORMATS.values() for suffix in (*known.suffixes, *known.shared))}
    suffixes |= set(chosen.suffixes) if chosen else set()
    files = []
    for each in inside:
        if each.suffix.lower() not in suffixes or not each.is_file():
            report.note("left out of a folder", str(each), "no file with documents by its name, it is left out")
        elif not each.stat().st_size:
            report.note("left out of a folder", str(each), "the file is empty, it is left out")
        else:
            files.append(each)
    if not files:
        raise InputError("the folder has no file with documents", where=str(folder), fix="such as .txt or .jsonl")
    return [*files]


def _documents(
    sources: list[Source], given: Format | None, report: Report, options: dict[str, Any]
) -> Iterator[Document]:
    counts = report.counts
    for source in sources:
        with source:
            chosen = given or recognised(source)
            if given is None:
                _check_options(chosen.name, chosen.read, options)
            for document in chosen.read(source, report, **options):
                counts["documents"] += 1
                counts["spans"] += len(document.spans)
                counts["sentences"] += len(document.sentences or ())
                counts["tokens"] += len(document.tokens or ())
                yield document


def _get(name: str) -> Format:
    if name in _FORMATS:
        return _FORMATS[name]
    for point in entry_points(group="livener.formats", name=name):
        found = point.load()
        if not isinstance(found, Format):
            raise InputError(f"{point.value} is not a Format", where=f"the entry point {name!r} of livener.formats")
        return found
    raise InputError(f"no format {name!r}", fix=" | ".join(names()))


def _by_suffix(path: str | Path) -> Format:
    if str(path) == "-":
        return _FORMATS["jsonl"]
    suffix = Path(path).suffix.lower()
    if found := _claimed(suffix):
        return found
    if suffix in _PLAIN and suffix:
        return _FORMATS["text"]
    raise InputError(f"no format has the suffix {suffix!r}", where=str(path), fix=f"format = {' | '.join(names())}")


def _claimed(suffix: str) -> Format | None:
    """The format that files of this suffix have, looking into other packages only when livener has none."""
    if not suffix:
        return None
    known = iter(_FORMATS.values())
    others = (_get(name) for name in names() if name not in _FORMATS and suffix not in _PLAIN)
    return next((found for formats in (known, others) for found in formats if suffix in found.suffixes), None)


def recognised(source: Source) -> Format:
    """What an opened source is, by its name and its first characters, which stay unread.

    Raises:
        InputError: nothing that is known.
    """
    suffix = source.path.suffix.lower() if source.path else ""
    head = ""
    if not (claimed := _claimed(suffix)) or any(suffix in known.shared for known in _FORMATS.values()):
        head = source.record_head()
    for known in _FORMATS.values():
        if suffix in known.shared and known.recognises and known.recognises(head):
            return known
    if claimed:
        return claimed
    for known in _FORMATS.values():
        if known.recognises and known.recognises(head):
            return known
    if suffix in _PLAIN:
        return _FORMATS["text"]
    for name in names():
        if name not in _FORMATS and (found := _get(name)).recognises and found.recognises(head):
            return found
    raise InputError("the format is not recognised", where=source.name, fix=f"format = {' | '.join(names())}")


def _check_options(name: str, function: Callable[..., Any], options: dict[str, Any]) -> None:
    parameters = inspect.signature(function).parameters.values()
    known = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    if unknown := sorted(options.keys() - set(known)):
        raise InputError(f"the format {name} has no option {unknown[0]!r} here", fix=" | ".join(known) or "none")
    if options:
        _check_values(options, get_type_hints(function))


def _check_values(options: dict[str, Any], types: dict[str, Any]) -> None:
    """Refuse a value of another type than its parameter's: options come from people and from other programs."""
    from pydantic import TypeAdapter, ValidationError

    for option, value in options.items():
        try:
            TypeAdapter(types[option]).validate_python(value, strict=True)
        except ValidationError as error:
            message = error.errors()[-1]["msg"].removeprefix("Input should be ")
            raise InputError(f"the option {option} is {value!r}", fix=message) from None
