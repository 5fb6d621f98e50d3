r"""WebAnno TSV 3, the text export of INCEpTION: a token a line with UTF-16 offsets, annotations in columns by layer.

``[n]`` after a value ties the tokens of one annotation together, ``|`` parts annotations of the same token, ``_`` is
none and ``*`` one without a value. Text between the sentences is not in the file: it is read as line breaks, so that
offsets are those of the original.

Source: https://inception-project.github.io/releases/36.0/docs/user-guide.html#sect_webannotsv.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from livener.errors import InputError
from livener.formats.conll_writing import sentence_pieces, trimmed
from livener.formats.json_records import document
from livener.formats.offset_units import Unit, code_points, counted
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Range, Span

_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_ROW = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(\.[0-9]{1,9})?")
_PLACE = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
_CELL = re.compile(r"((?:\\.|[^\\\[|])*)(?:\[([0-9]{1,9})\])?(?:\||$)", re.DOTALL)
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_IN_CELL = re.compile(r"->|[\\\[\]|_;\t\n*]")
_IN_TEXT = re.compile(r"[\x00-\x08\t\n\f\r\x0e-\x1f\\]")
_LETTERS = {"\t": "t", "\n": "n", "\f": "f", "\r": "r", "\b": "b"}
_MEANT = {letter: char for char, letter in _LETTERS.items()}
_LONGEST_GAP = 1_000_000


@dataclass(frozen=True, slots=True)
class _Row:
    """A token, or a part of one, with its offsets in the unit of the file."""

    where: str
    start: int
    end: int
    form: str
    cells: list[str]
    part: bool


@dataclass(slots=True)
class _Sentence:
    lines: list[str] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


def recognises(head: str) -> bool:
    """Whether the head is that of WebAnno TSV 3.

    >>> recognises("#FORMAT=WebAnno TSV 3.3\\n"), recognises("Apple\\tB-ORG\\n")
    (True, False)
    """
    return head.startswith("#FORMAT=WebAnno TSV 3.")


def read(
    source: Source, report: Report, *, layer: str | None = None, feature: str | None = None
) -> Iterator[Document]:
    """The one document of a file.

    ``layer`` (a whole name or its last part) is by default ``NamedEntity``, or the only span layer there is;
    ``feature`` is the one that holds the labels, by default ``value``, or the first. The feature ``identifier`` is
    the ``kb_id``.

    Raises:
        InputError: the file is of another format, a row is broken, or a token is not at its offsets in the text.
    """
    layers: dict[str, list[str]] = {}  # the features of every layer, in the order of the columns
    sentences: list[_Sentence] = []
    for number, line in enumerate(source.lines(), 1):
        line, where = line.removesuffix("\r"), f"{source.name}:{number}"
        if number == 1 and not recognises(line):
            raise InputError("not WebAnno TSV 3", where=where, fix="#FORMAT=WebAnno TSV 3.3")
        if line.startswith(("#T_SP=", "#T_CH=", "#T_RL=")):
            name, *features = line[6:].split("|")
            layers[line[3:6] + name] = features or [""]
        elif line.startswith("#Text="):
            if not sentences or sentences[-1].rows:
                sentences.append(_Sentence())
            sentences[-1].lines.append(_unescaped(line[6:]))
        elif line and not line.startswith("#"):
            if not sentences:
                raise InputError("a token before the text of its sentence", where=where, fix="#Text=…")
            sentences[-1].rows.append(_row(line, sum(map(len, layers.values())), where))
    text, ranges, problem = _placed(sentences, "utf16")
    if problem:
        other, others, still = _placed(sentences, "codepoint")
        if still:
            raise InputError(problem[1], where=problem[0], fix="offsets in UTF-16 units, in order")
        text, ranges = other, others
        report.note("offset units found", source.name, "the offsets are read as codepoint, as the tokens show")
    rows = [row for sentence in sentences for row in sentence.rows]
    places = dict(zip(map(id, rows), ranges, strict=True))
    bounds = [
        (min(places[id(row)][0] for row in one.rows), max(places[id(row)][1] for row in one.rows))
        for one in sentences
        if one.rows
    ]
    columns = _columns(layers, layer, feature, source.name)
    yield document(
        source.name,
        text,
        source.stem,
        {},
        tuple(_spans(rows, ranges, columns, report)) if columns else (),
        tuple([place for row, place in zip(rows, ranges, strict=True) if not row.part]),
        tuple(bounds),
    )


def write(documents: Iterable[Document], report: Report) -> Iterator[str]:
    """One document, its labels in the layer ``NamedEntity``, with its tokens and sentences or else livener's own.

    Raises:
        InputError: there is more than one document.
    """
    for number, one in enumerate(documents):
        if number:
            raise InputError("a file of WebAnno holds one document", fix="one document, or another format")
        where = f"document {one.id!r}"
        if one.meta or one.negatives or not one.complete or any(s.score is not None or s.source for s in one.spans):
            report.note("metadata left out", where, "metadata, scores and partial labels are left out")
        spans = sorted(_trimmed(one, report), key=lambda span: (span.start, -span.end))
        yield f"#FORMAT=WebAnno TSV 3.3\n#T_SP={_ENTITY}|identifier|value\n\n"
        offsets = counted(one.text, "utf16")
        groups = list(sentence_pieces(one, spans, report)) if one.text.strip(" \t\n\r") else []
        cells = _cells([piece for pieces in groups for piece in pieces], spans)
        at = 0
        for place, pieces in enumerate(groups, 1):
            begin, end = pieces[0][0], pieces[-1][1]
            if one.text[at:begin].strip("\n"):
                report.note("white space replaced", where, "white space between sentences becomes line breaks")
            at = end
            lines = ["", *(f"#Text={_escaped(line)}" for line in one.text[begin:end].split("\n"))]
            for n, (a, b) in enumerate(pieces, 1):
                lines.append(f"{place}-{n}\t{offsets[a]}-{offsets[b]}\t{one.text[a:b]}\t{cells[a]}\t")
            yield "\n".join(lines) + "\n"
        if at < len(one.text):
            report.note("white space left out", where, "white space after the last sentence is left out")


def _row(line: str, columns: int, where: str) -> _Row:
    name, place, form, *cells = [*line.split("\t"), "", "", ""][: 3 + line.count("\t")]
    match, numbered = _PLACE.fullmatch(place), _ROW.fullmatch(name)
    cells = [cell for cell in cells if cell]
    if not match or not numbered or not form or len(cells) != columns:
        raise InputError(f"{line[:40]!r} is no token", where=where, fix=f"1-1, 0-5, the token and {columns} columns")
    return _Row(where, int(match[1]), int(match[2]), form, cells, numbered[1] is not None)


def _placed(sentences: list[_Sentence], unit: Unit) -> tuple[str, list[Range], tuple[str, str] | None]:
    """The text of the document, the ranges of the rows, and the first row (where, why) that is not at its offsets."""
    parts: list[str] = []
    length = 0
    for sentence in sentences:
        text = "\n".join(sentence.lines)
        gap = min(length, 1)
        if sentence.rows:
            first = sentence.rows[0]
            gap = first.start - _length(text[: max(0, text.find(first.form))], unit) - length
            if not 0 <= gap <= _LONGEST_GAP:
                return "", [], (first.where, f"the sentence begins {gap} characters after the one before")
        parts += ["\n" * gap, text]
        length += gap + _length(text, unit)
    whole = "".join(parts)
    edges = code_points(whole, unit)
    ranges = []
    for row in (row for sentence in sentences for row in sentence.rows):
        inside = row.start < row.end < len(edges) and edges[row.start] >= 0 and edges[row.end] >= 0
        start, end = (edges[row.start], edges[row.end]) if inside else (0, 0)
        if whole[start:end] != row.form:
            return "", [], (row.where, f"the token {row.form[:40]!r} is not at {row.start}-{row.end} of the text")
        ranges.append((start, end))
    return whole, ranges, None


def _length(text: str, unit: Unit) -> int:
    return len(code_points(text, unit)) - 1


def _columns(
    layers: dict[str, list[str]], layer: str | None, feature: str | None, where: str
) -> tuple[int, int | None, str] | None:
    """The column of the labels, that of identifiers, and the label of annotations that cannot have one."""
    spans = [name for name in layers if name.startswith("SP=")]
    wanted = layer or "NamedEntity"
    chosen = [name for name in spans if wanted in (name[3:], name.rpartition(".")[2])]
    if not chosen and layer is None:
        if not spans:
            return None
        chosen = spans
    if len(chosen) != 1:
        names = " | ".join(name[3:] for name in spans) or "none in this file"
        raise InputError("which layer holds the entities is not clear", where=where, fix=f"layer = {names}")
    features = layers[chosen[0]]
    name = feature or ("value" if "value" in features else features[0])
    if name not in features:
        raise InputError(f"the layer has no feature {name!r}", where=where, fix=" | ".join(features))
    first = sum(len(layers[each]) for each in list(layers)[: list(layers).index(chosen[0])])
    link = first + features.index("identifier") if "identifier" in features and name != "identifier" else None
    return first + features.index(name), link, "" if name else chosen[0].rpartition(".")[2]


def _spans(
    rows: list[_Row], ranges: list[Range], columns: tuple[int, int | None, str], report: Report
) -> Iterator[Span]:
    column, link, default = columns
    found: dict[str, Span] = {}
    for row, (start, end) in zip(rows, ranges, strict=True):
        values = _values(row, column)
        links = _values(row, link) if link is not None else []
        for i, (value, number) in enumerate(values):
            label = default if value is None else value
            if not label:
                report.note("annotations without a label", row.where, f"{row.form!r} has one: it is left out")
                continue
            key = number or f"{row.where}:{i}"
            before = found.get(key)
            kb_id = links[i][0] if i < len(links) else None
            begin = start if before is None else min(before.start, start)
            found[key] = Span(begin, end if before is None else max(before.end, end), label, kb_id=kb_id)
    yield from found.values()


def _values(row: _Row, column: int) -> list[tuple[str | None, str | None]]:
    """The values of a cell, ``None`` for none, each with its number if it has one."""
    cell, values, at = row.cells[column], [], 0
    if cell == "_":
        return []
    while at < len(cell):
        match = _CELL.match(cell, at)
        if not match:
            raise InputError(
                f"the cell {cell[:40]!r} cannot be read", where=row.where, fix="a value, or value[1]|value[2]"
            )
        values.append((None if match[1] == "*" else _unescaped(match[1]), match[2]))
        at = match.end()
    return values


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _MEANT.get(match[1], match[1]), text) if "\\" in text else text


def _escaped(text: str) -> str:
    return _IN_TEXT.sub(lambda match: "\\" + _LETTERS.get(match[0], match[0]), text)


def _escaped_value(value: str | None) -> str:
    return "*" if value is None else _IN_CELL.sub(lambda match: "\\" + _LETTERS.get(match[0], match[0]), value)


def _trimmed(one: Document, report: Report) -> Iterator[Span]:
    """The spans without white space at their borders, which no token has."""
    for span in one.spans:
        start, end = trimmed(span)
        if start >= end:
            report.note("blank spans left out", f"document {one.id!r}", f"[{span.start}, {span.end}) is white space")
            continue
        if (start, end) != (span.start, span.end):
            report.note("spans trimmed", f"document {one.id!r}", f"[{span.start}, {span.end}) loses white space")
        yield Span(start, end, span.label, kb_id=span.kb_id)


def _cells(pieces: list[Range], spans: list[Span]) -> dict[int, str]:
    """The two cells of every piece, by its start."""
    starts = [start for start, _ in pieces]
    inside = [range(bisect_left(starts, span.start), bisect_left(starts, span.end)) for span in spans]
    stacked = Counter(i for places in inside for i in places)
    cells: dict[int, list[tuple[str, str]]] = {start: [] for start in starts}
    number = 0
    for span, places in zip(spans, inside, strict=True):
        mark = ""
        if len(places) > 1 or stacked[places[0]] > 1:
            number += 1
            mark = f"[{number}]"
        for i in places:
            cells[starts[i]].append((_escaped_value(span.kb_id) + mark, _escaped_value(span.label) + mark))
    return {
        start: "\t".join("|".join(each) for each in zip(*values, strict=True)) if values else "_\t_"
        for start, values in cells.items()
    }
