"""brat standoff: a text ``x.txt`` and beside it ``x.ann`` with a line ``T1<TAB>PER 4 15<TAB>Amina Okoye`` a span.

A document is a pair of files with its id as their name; many are a folder. Offsets are code points of a text whose
line ends count as one. A span in several fragments becomes a span for each, save where only a line break parts them:
brat cannot hold a span that crosses one.

Source: https://brat.nlplab.org/standoff.html.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from livener.errors import InputError
from livener.formats.json_records import document
from livener.formats.offset_units import counted, located
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Span

_PLACE = re.compile(r"(\S+) (-?[0-9]{1,18} -?[0-9]{1,18}(?:;-?[0-9]{1,18} -?[0-9]{1,18})*)")
_REFERENCE = re.compile(r"\S+ (T[0-9]+) (\S+:\S+)")
_OTHER = re.compile(r"(?:[REAMN][0-9]+|\*|#[A-Za-z]*[0-9]+)\t")
_LINE = re.compile(r"[^\n\r]+")


def read(source: Source, report: Report) -> Iterator[Document]:
    """The one document of an ``.ann`` file and the ``.txt`` beside it.

    Relations, events, attributes and notes are left out; a reference (``N1<TAB>Reference T1 Wikidata:Q1``) is the
    ``kb_id`` of its span.

    Raises:
        InputError: there is no text beside it, or a line is no annotation.
    """
    if source.path is None:
        raise InputError("brat is two files, not a stream", where=source.name, fix="the path of an .ann file")
    with Source(source.path.with_suffix(".txt"), encoding=source.encoding) as beside:
        text = "" if _empty(source.path.with_suffix(".txt")) else beside.text()
    lines = [] if _empty(source.path) else source.lines()
    spans: list[Span] = []  # a fragment each, in the offsets of the file
    owners: list[str] = []
    links: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        line, where = line.removesuffix("\r"), f"{source.name}:{number}"
        name, _, payload = line.partition("\t")
        if name.startswith("T"):
            fragments = _fragments(payload, where)
            spans += fragments
            owners += [name] * len(fragments)
        elif match := _REFERENCE.match(payload):
            links[match[1]] = match[2]
        elif _OTHER.match(line):
            report.note("annotations left out", where, f"{name} is no span: it is left out")
        elif line.strip():
            raise InputError(f"{line[:40]!r} is no annotation", where=where, fix="T1<TAB>LABEL 0 5<TAB>text")
    found = located(text, spans, unit="codepoint_lf", where=source.name, report=report)
    whole: dict[str, list[Span]] = {}
    for owner, span in zip(owners, found, strict=True):
        if span is not None:
            _join(whole.setdefault(owner, []), span, text)
    for owner, parts in whole.items():
        if len(parts) > 1:
            report.note("spans in fragments", source.name, f"{owner} is read as {len(parts)} spans")
    kept = tuple(
        [
            Span(part.start, part.end, part.label, kb_id=links.get(owner))
            for owner, parts in whole.items()
            for part in parts
        ]
    )
    yield document(source.name, text, source.stem, {}, kept)


def write(documents: Iterable[Document], report: Report) -> Iterator[tuple[str, str]]:
    """The name and content of two files for every document.

    Raises:
        InputError: a label cannot stand in a line, or two ids make the same name of a file.
    """
    used: set[str] = set()
    for place, one in enumerate(documents, 1):
        where = f"document {one.id!r}"
        stem = re.sub(r'[\x00-\x1f/\\<>:"|?*]|^\.|[. ]$', "_", one.id) or f"document-{place}"
        if stem in used:
            raise InputError(f"there are two documents for the file {stem}.ann", where=where, fix="ids that differ")
        used.add(stem)
        if stem != one.id:
            report.note("ids changed", where, f"the files are named {stem}")
        if one.negatives or not one.complete or one.meta:
            report.note("metadata left out", where, "metadata and partial labels are left out")
        offsets = counted(one.text, "codepoint_lf")
        lines: list[str] = []
        number = 0
        for span in one.spans:
            pieces = [(span.start + match.start(), span.start + match.end()) for match in _LINE.finditer(span.text)]
            if re.search(r"\s", span.label):
                raise InputError(f"the label {span.label!r} cannot stand in a line", where=where, fix="one word")
            if not pieces:
                report.note("blank spans left out", where, f"span [{span.start}, {span.end}) is a line break")
                continue
            if (pieces[0][0], pieces[-1][1]) != (span.start, span.end):
                report.note("spans trimmed", where, f"span [{span.start}, {span.end}) loses a line break")
            number += 1
            places = ";".join(f"{offsets[start]} {offsets[end]}" for start, end in pieces)
            surface = " ".join(one.text[start:end] for start, end in pieces)
            lines.append(f"T{number}\t{span.label} {places}\t{surface}\n")
            if span.kb_id and re.fullmatch(r"\S+:\S+", span.kb_id):
                lines.append(f"N{number}\tReference T{number} {span.kb_id}\t{surface}\n")
            elif span.kb_id:
                report.note("identifiers left out", where, f"{span.kb_id!r} is not of the form Wikidata:Q1")
            if span.score is not None or span.source:
                report.note("scores left out", where, "scores and sources of spans are left out")
        yield f"{stem}.txt", one.text
        yield f"{stem}.ann", "".join(lines)


def _empty(path: Path) -> bool:
    """A document without annotations has an empty file."""
    return path.is_file() and path.stat().st_size == 0


def _fragments(payload: str, where: str) -> list[Span]:
    place, tab, surface = payload.partition("\t")
    match = _PLACE.fullmatch(place)
    if not match or not tab:
        raise InputError(f"{payload[:40]!r} is no span", where=where, fix="T1<TAB>LABEL 0 5;7 9<TAB>text")
    ranges = [(int(start), int(end)) for start, end in (part.split(" ") for part in match[2].split(";"))]
    spans = []
    at = 0
    for i, (start, end) in enumerate(ranges):
        last = i == len(ranges) - 1
        spans.append(
            Span(start, end, match[1], text=surface[at:] if last else surface[at : max(at, at + end - start)])
        )
        at += end - start + 1
    if not all(span.text for span in spans):
        raise InputError(
            f"{payload[:40]!r} has not the text of its offsets", where=where, fix="the text of each fragment"
        )
    return spans


def _join(parts: list[Span], span: Span, text: str) -> None:
    """Add a fragment, to the one before where nothing but line breaks is between them."""
    gap = text[parts[-1].end : span.start] if parts else ""
    if gap and not gap.strip("\n\r"):
        span = Span(parts.pop().start, span.end, span.label)
    parts.append(span)
