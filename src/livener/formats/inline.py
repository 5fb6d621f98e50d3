r"""Inline mark-up for fixtures and documentation: ``[Acme Corp](LEGAL_ENTITY) signed …``, one sentence a line.

Spans may nest. A backslash escapes ``[ ] ( ) \ #``, and ``\n`` and ``\r`` are line breaks inside a sentence. A blank
line ends a document; lines ``# key = value`` at its head are its metadata, ``# id = …`` is its id. The sentences of a
document are joined by a line break.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from livener.errors import InputError
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Range, Span

_KEY = re.compile(r"# ([\w.:-]+) = (.*)")
_MARK = re.compile(r"\\(?P<escaped>.?)|(?P<open>\[)|\](?:\((?P<label>(?:[^\\()]|\\.)+)\))?")
_ESCAPES = {"n": "\n", "r": "\r"} | {char: char for char in "[]()\\#"}
_SPECIAL = re.compile(r"[\[\]()\\\n\r]")


def read(source: Source, _report: Report) -> Iterator[Document]:
    """The documents, streaming.

    Raises:
        InputError: a bracket is not closed, not opened or has no label, or a backslash escapes something else.
    """
    meta: dict[str, str] = {}
    lines: list[tuple[str, list[Span]]] = []
    count = 0
    for number, line in enumerate(source.lines(), 1):
        line = line.removesuffix("\r")
        if not line.strip(" \t"):
            if meta or lines:
                count += 1
                yield _document(meta, lines, f"{source.stem}:{count}")
                meta, lines = {}, []
        elif not lines and (match := _KEY.fullmatch(line)):
            meta[match[1]] = match[2]
        else:
            lines.append(_parsed(line, f"{source.name}:{number}"))
    if meta or lines:
        yield _document(meta, lines, f"{source.stem}:{count + 1}")


def write(documents: Iterable[Document], report: Report) -> Iterator[str]:
    """The documents, each with a blank line after it; what cannot be held is left out and reported."""
    for document in documents:
        report.note_losses(document)
        if document.text and not document.text.strip(" \t"):
            report.note("documents left out", f"document {document.id!r}", "a text of blanks cannot be held")
            continue
        spans = _nested(document, report)
        breaks = [i for i, char in enumerate(document.text) if char == "\n"]
        lines = document.text.split("\n")
        if any(not line.strip(" \t") for line in lines) or any(s.start <= i < s.end for s in spans for i in breaks):
            breaks = []
        bounds = [-1, *breaks, len(document.text)] if document.text else []
        body = [_marked(document.text, spans, a + 1, b) for a, b in pairwise(bounds)]
        yield "\n".join([*_head(document.id, document.meta), *body]) + "\n\n"


def _document(meta: dict[str, str], lines: list[tuple[str, list[Span]]], default_id: str) -> Document:
    spans: list[Span] = []
    sentences: list[Range] = []
    start = 0
    for text, found in lines:
        spans += [Span(start + span.start, start + span.end, span.label) for span in found]
        sentences.append((start, start + len(text)))
        start += len(text) + 1
    text = "\n".join(text for text, _ in lines)
    identifier = meta.get("id", default_id)
    rest = {key: value for key, value in meta.items() if key != "id"}
    return Document(text, identifier, rest, tuple(spans), sentences=tuple(sentences))


def _parsed(line: str, where: str) -> tuple[str, list[Span]]:
    """The text of a line and its spans, outer ones first."""
    parts: list[str] = []
    length = position = 0
    opened: list[tuple[int, int]] = []  # (start in the text, place in spans)
    spans: list[Span | None] = []

    def wrong(problem: str, match: re.Match[str], fix: str) -> InputError:
        return InputError(f"{problem} at column {match.start() + 1}", where=where, fix=fix)

    for match in _MARK.finditer(line):
        literal = line[position : match.start()]
        position = match.end()
        if match["escaped"] is not None:
            if match["escaped"] not in _ESCAPES:
                raise wrong("a lone backslash", match, r"\\ or one of \[ \] \( \) \# \n \r")
            literal += _ESCAPES[match["escaped"]]
        parts.append(literal)
        length += len(literal)
        if match["open"]:
            opened.append((length, len(spans)))
            spans.append(None)
        elif match["escaped"] is None:
            if not opened:
                raise wrong("']' without a '['", match, r"\] for a bracket of the text")
            if not match["label"]:
                raise wrong("']' without a label", match, "[text](LABEL)")
            start, place = opened.pop()
            if start == length:
                raise wrong("an empty span", match, "[text](LABEL)")
            spans[place] = Span(start, length, re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), match["label"]))
    if opened:
        raise InputError("'[' is not closed", where=where, fix=r"[text](LABEL), or \[ for a bracket of the text")
    return "".join([*parts, line[position:]]), [span for span in spans if span is not None]


def _nested(document: Document, report: Report) -> list[Span]:
    """The spans, outer ones first, without those that cross another."""
    kept: list[Span] = []
    around: list[Span] = []
    for span in sorted(document.spans, key=lambda span: (span.start, -span.end)):
        while around and around[-1].end <= span.start:
            around.pop()
        if around and span.end > around[-1].end:
            message = f"span [{span.start}, {span.end}) {span.label} crosses another and is left out"
            report.note("crossing spans left out", f"document {document.id!r}", message)
            continue
        kept.append(span)
        around.append(span)
    return kept


def _marked(text: str, spans: list[Span], start: int, end: int) -> str:
    """``text[start:end]`` with its spans marked."""
    marks: dict[int, str] = defaultdict(str)
    inside = [span for span in spans if start <= span.start and span.end <= end]
    for span in reversed(inside):  # inner ones close first
        marks[span.end] += f"]({_escaped(span.label)})"
    for span in inside:
        marks[span.start] += "["
    cuts = sorted({start, end, *marks})
    parts = [marks[start]]
    for a, b in pairwise(cuts):
        parts += [_escaped(text[a:b]), marks[b]]
    line = "".join(parts)
    return "\\" + line if line.startswith("#") else line


def _head(identifier: str, meta: Mapping[str, Any]) -> list[str]:
    values = {"id": identifier, **{key: value for key, value in meta.items() if key != "id"}}
    lines = []
    for key, value in values.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        line = f"# {key} = {shown}"
        if not _KEY.fullmatch(line) or "\r" in line:
            problem = f"{key!r}: {shown!r} cannot stand in a line '# key = value'"
            raise InputError(problem, where=f"document {identifier!r}", fix="a word as key and one line as value")
        lines.append(line)
    return lines


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + {"\n": "n", "\r": "r"}.get(match[0], match[0]), text)
