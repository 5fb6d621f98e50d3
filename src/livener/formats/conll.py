"""Reading the CoNLL family: a token a line in columns, a tag per token, blank lines between sentences.

Dialects that are recognised: columns separated by tabs or by spaces; any number of them; a leading index column
(CoNLL-U, UNER, GermEval); the tag in any column; IOB1, BIO, BIOES and BILOU; ``-DOCSTART-`` before or after a
document, or ``# newdoc id = …``; comments, where a token may itself begin with ``#``; ``# text = …``, to which the
tokens are aligned for true offsets.

Sources: CoNLL-2002 and -2003 shared tasks; https://universaldependencies.org/format.html; GermEval 2014.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from livener.errors import InputError
from livener.formats.conll_columns import Table, is_tag
from livener.formats.report import Report
from livener.formats.source import Source
from livener.tagging.schemes import decode, detect, get, validate
from livener.text import Document, Range, Span

_HEAD = 2_000  # lines that decide on separator and index column
_INDEX = re.compile(r"[0-9]+(?:[-.][0-9]+)?")
_COMMENT = re.compile(r"# ?(?:newdoc\b|newpar\b|[A-Za-z_][\w.:-]* =)")
_NEWDOC = re.compile(r"# ?newdoc\b(?:\s+id\s*=\s*(.*))?")
_TEXT = re.compile(r"# ?text = (.*)")


@dataclass(slots=True)
class _Sentence:
    """Rows ``[start, end)`` of the table, and the text that a comment gives for them."""

    start: int
    end: int
    text: str | None


@dataclass(slots=True)
class _Group:
    """The sentences of one document, ``opened`` by a mark or only by being first."""

    opened: str = ""
    id: str | None = None
    sentences: list[_Sentence] = field(default_factory=list)


def recognises(head: str) -> bool:
    r"""Whether one column of nearly every row of the head holds a tag; a single row needs a tab.

    >>> recognises("Apple B-ORG\nrose O\n"), recognises("Blood group O\n")
    (True, False)
    """
    lines = head.split("\n")
    rows = [_split(line, tabs="\t" in line) for line in (lines[:-1] or lines) if _is_row(line)]
    columns = Counter(c for fields in rows for c, value in enumerate(fields) if c and is_tag(value))
    most = max(columns.values(), default=0)
    return most > 0 and most >= 0.9 * len(rows) and (most > 1 or "\t" in head)


def read(
    source: Source,
    report: Report,
    *,
    form: int | None = None,
    tags: int | Sequence[int] | None = None,
    link: int | None = None,
    scheme: str | None = None,
) -> Iterator[Document]:
    """The documents of a file, after all of it was read: its scheme and columns show only in the whole.

    Columns count from 0, negative ones from the right. ``form`` is the column of the token (by default the first that
    is not an index), ``tags`` that of the tags (by default the last that holds nothing else; several are layers of
    nested spans), ``link`` one with identifiers (``Q42`` or ``Title|Q42``) for the spans that begin there. A file
    without marks of documents has one document a sentence.

    Raises:
        InputError: no column holds tags, a tag is none, or a row lacks a column.
    """
    lines = list(source.lines())
    tabs, indexed = _dialect(lines[:_HEAD])
    table = Table(source.name)
    groups, marked = _grouped(lines, table, tabs=tabs, indexed=indexed)
    lines.clear()
    if not table.fields and not any(group.opened for group in groups):
        raise InputError("the file has no tokens", where=source.name)
    layers = table.tags([tags] if isinstance(tags, int) else tags, first=1 + indexed, report=report)
    content = _Content(
        table,
        table.column(int(indexed) if form is None else form),
        layers,
        [_scheme(scheme, layer, groups) for layer in layers],
        table.column(link) if link is not None else None,
        report,
    )
    table.fields.clear()
    number = 0
    for group in groups:
        parts = [group.sentences] if marked else [[sentence] for sentence in group.sentences]
        for sentences in parts:
            number += 1
            document = content.document(sentences, group.id or f"{source.stem}:{number}")
            if marked or document.text:
                yield document


@dataclass(frozen=True, slots=True)
class _Content:
    """The columns that matter: a form, a tag per layer and perhaps a link for every row."""

    table: Table
    forms: list[str]
    layers: list[list[str]]
    schemes: list[str]
    links: list[str] | None
    report: Report

    def document(self, sentences: list[_Sentence], identifier: str) -> Document:
        parts: list[str] = []
        tokens: list[Range] = []
        bounds: list[Range] = []
        spans: list[Span] = []
        offset = 0
        for sentence in sentences:
            rows = self._rows(sentence)
            if not rows:
                continue
            text, ranges = self._placed(sentence, rows)
            spans += self._spans(rows, [(offset + start, offset + end) for start, end in ranges])
            tokens += [(offset + start, offset + end) for start, end in ranges]
            bounds.append((offset, offset + len(text)))
            parts.append(text)
            offset += len(text) + 1
        return Document("\n".join(parts), identifier, {}, tuple(spans), tuple(tokens), tuple(bounds))

    def _rows(self, sentence: _Sentence) -> list[int]:
        """The rows of a sentence that have a token."""
        rows = []
        for row in range(sentence.start, sentence.end):
            if self.forms[row]:
                rows.append(row)
            else:
                message = f"a row without a token, tagged {self.layers[0][row]}, is left out"
                self.report.note("rows without a token", self.table.where(row), message)
        return rows

    def _placed(self, sentence: _Sentence, rows: list[int]) -> tuple[str, list[Range]]:
        """The text of a sentence and where its tokens stand in it."""
        forms = [self.forms[row] for row in rows]
        if sentence.text is not None:
            if ranges := _aligned(sentence.text, forms):
                return sentence.text, ranges
            message = "the tokens are not those of '# text', they are joined by spaces"
            self.report.note("texts not aligned", self.table.where(sentence.start), message)
        else:
            self.report.counts["texts joined from tokens"] += 1
        ranges, position = [], 0
        for form in forms:
            ranges.append((position, position + len(form)))
            position += len(form) + 1
        return " ".join(forms), ranges

    def _spans(self, rows: list[int], ranges: list[Range]) -> list[Span]:
        """The spans of a sentence whose tokens stand at ``ranges``, those of several layers without repetition."""
        found: dict[tuple[int, int, str], None] = {}
        for layer, scheme in zip(self.layers, self.schemes, strict=True):
            tags = [layer[row] for row in rows]
            if all(tag == "O" for tag in tags):
                continue
            spans, repairs = decode(tags, scheme)
            found |= dict.fromkeys(spans)
            for repair in repairs:
                message = f"{repair.tag} {repair.reason}, it is read as conlleval does"
                self.report.note("tags repaired", self.table.where(rows[repair.index]), message)
        ordered = sorted(found, key=lambda span: (span[0], -span[1]))
        return [Span(ranges[a][0], ranges[b - 1][1], label, kb_id=self._link(rows[a])) for a, b, label in ordered]

    def _link(self, row: int) -> str | None:
        if self.links is None:
            return None
        link = self.links[row].rpartition("|")[2].strip()
        return None if link in ("", "-", "_", "O") else link


def _dialect(head: list[str]) -> tuple[bool, bool]:
    """Whether tabs separate the columns, and whether the first one counts the tokens of each sentence."""
    rows = [line for line in head if _is_row(line)]
    tabs = 2 * sum("\t" in line for line in rows) >= len(rows)
    expected = 0
    for line in head:
        if not line.strip(" \t\r"):
            expected = 0
        elif _is_row(line):
            fields = _split(line, tabs=tabs)
            if len(fields) < 3 or not _INDEX.fullmatch(fields[0]):
                return tabs, False
            if fields[0].isdigit():
                if int(fields[0]) not in ((expected,) if expected else (0, 1)):
                    return tabs, False
                expected = int(fields[0]) + 1
    return tabs, bool(rows)


def _grouped(lines: list[str], table: Table, *, tabs: bool, indexed: bool) -> tuple[list[_Group], bool]:
    """Fill the table; how its rows make up sentences and documents, and whether documents are marked."""
    groups = [_Group()]
    text: str | None = None
    start = 0

    def close() -> None:
        nonlocal start, text
        if len(table.fields) > start:
            groups[-1].sentences.append(_Sentence(start, len(table.fields), text))
            text = None
        start = len(table.fields)

    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r")
        if not line.strip(" \t"):
            close()
        elif line.startswith("-DOCSTART-"):
            close()
            if groups[-1].opened or groups[-1].sentences:
                groups.append(_Group())
            groups[-1].opened = "docstart"
        elif line[0] == "#" and (indexed or (tabs and "\t" not in line) or _COMMENT.match(line)):
            if match := _NEWDOC.match(line):
                close()
                if groups[-1].opened == "newdoc" or groups[-1].sentences:
                    groups.append(_Group())
                groups[-1].opened, groups[-1].id = "newdoc", (match[1] or "").strip() or None
            elif match := _TEXT.match(line):
                text = match[1].strip(" ")
        else:
            fields = _split(line, tabs=tabs)
            if not indexed or fields[0].isdigit():  # CoNLL-U: 3-4 and 5.1 are not tokens of their own
                table.fields.append(fields)
                table.lines.append(number)
    close()
    marked = bool(groups[0].opened) or len(groups) > 1
    if len(groups) > 1 and not groups[0].opened and not groups[-1].sentences:
        groups.pop()  # the mark stands after each document
    return groups, marked


def _is_row(line: str) -> bool:
    return bool(line.strip(" \t\r")) and not line.startswith(("#", "-DOCSTART-"))


def _split(line: str, *, tabs: bool) -> list[str]:
    # str.split() would also split at U+0085, U+2028 and no-break spaces, which stand inside tokens.
    if tabs:
        fields = line.split("\t")
        return [value.strip(" ") for value in fields] if " " in line else fields
    return [value for value in re.split("[ \t]+", line) if value]


def _scheme(given: str | None, layer: list[str], groups: list[_Group]) -> str:
    if given:
        return get(given).name
    sentences = [layer[sentence.start : sentence.end] for group in groups for sentence in group.sentences]
    sentences = [tags for tags in sentences if any(tag != "O" for tag in tags)]
    found = detect(sentences)
    if found == "BIO":
        return found
    # One stray U- or S- must not turn a whole BIO file into illegal tags.
    return min((found, "BIO"), key=lambda scheme: sum(len(validate(tags, scheme)) for tags in sentences))


def _aligned(text: str, forms: list[str]) -> list[Range] | None:
    """Where the tokens stand in the text, if nothing but white space lies between them."""
    ranges: list[Range] = []
    end = 0
    for form in forms:
        start = text.find(form, end)
        if start < 0 or (start > end and not text[end:start].isspace()):
            return None
        end = start + len(form)
        ranges.append((start, end))
    return None if text[end:].strip() else ranges
