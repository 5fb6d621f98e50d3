"""spaCy's JSON: training tuples ``["text", {"entities": [[4, 15, "PER"]]}]`` and what ``Doc.to_json`` gives.

Offsets are code points. Spans that nest or overlap stand in span groups (``"spans": {"sc": …}``), which ``entities``
cannot hold. The binary ``.spacy`` is not read: ``DocBin`` and ``Doc.to_json`` make JSON of it.

Source: https://spacy.io/api/data-formats and https://spacy.io/api/doc#to_json.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from livener.formats.json_records import checked, document, encoded, first_record, optional, records, required, wrong
from livener.formats.offset_units import located
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Range, Span

_GROUP = "sc"  # the name that spaCy's span categoriser has for its spans


def recognises(head: str) -> bool:
    """Whether the first record is a training tuple or a ``Doc`` as JSON.

    >>> recognises('["Ada left", {"entities": []}]'), recognises('{"text": "Ada left", "ents": []}')
    (True, True)
    """
    first = first_record(head)
    if type(first) is dict:
        return type(first.get("text")) is str and type(first.get("ents")) is list
    return _is_pair(first) and not {"entities", "spans"}.isdisjoint(first[1])


def read(source: Source, report: Report, *, group: str | None = None) -> Iterator[Document]:
    """The documents: their entities and the spans of all groups, or of one ``group`` alone.

    Raises:
        InputError: a record is neither a tuple nor a ``Doc``, or a span is none or not inside the text.
    """
    for number, (where, record) in enumerate(records(source), 1):
        if _is_pair(record):
            text, notes = record
            values = optional(notes, "entities", list, where) or []
            tokens = None
        else:
            text, notes = required(record, "text", str, where), record
            values = optional(notes, "ents", list, where) or []
            tokens = _tokens(record, where)
        groups = optional(notes, "spans", dict, where) or {}
        values = list(values) if group is None else []
        for name, members in groups.items():
            values += checked(members, list, f"spans.{name}", where) if group in (None, name) else []
        spans = list(dict.fromkeys(_span(value, where) for value in values))
        found = located(text, spans, where=where, report=report)
        yield document(where, text, f"{source.stem}:{number}", {}, tuple([span for span in found if span]), tokens)


def write(documents: Iterable[Document], report: Report) -> Iterator[str]:
    """Training tuples, one a line; where spans overlap, all stand in the group ``sc`` and none in entities."""
    for one in documents:
        report.note_losses(one)
        if one.id or one.meta:
            report.note("metadata left out", f"document {one.id!r}", "training tuples hold neither ids nor metadata")
        spans = [[span.start, span.end, span.label] for span in one.spans]
        ordered = sorted((span.start, span.end) for span in one.spans)
        flat = all(end <= start for (_, end), (start, _) in pairwise(ordered))
        notes = {"entities": spans} if flat else {"entities": [], "spans": {_GROUP: spans}}
        yield encoded([one.text, notes], one) + "\n"


def _is_pair(record: Any) -> bool:
    return type(record) is list and [type(each) for each in record] == [str, dict]


def _tokens(record: dict[str, Any], where: str) -> tuple[Range, ...] | None:
    """The tokens that are not white space, which spaCy has tokens for and livener has not."""
    tokens = optional(record, "tokens", list, where)
    if tokens is None:
        return None
    ranges = [(required(each, "start", int, where), required(each, "end", int, where)) for each in tokens]
    return tuple([(start, end) for start, end in ranges if not record["text"][start:end].isspace()])


def _span(value: Any, where: str) -> Span:
    kb_id = None
    if type(value) is dict:
        kb_id = optional(value, "kb_id", str, where) or None
        value = [value.get("start"), value.get("end"), value.get("label")]
    if type(value) is not list or [type(each) for each in value] != [int, int, str] or not value[2]:
        wrong(where, "a span", value, '[start, end, "LABEL"] or {"start": …, "end": …, "label": …}')
    start, end, label = value
    return Span(start, end, label, kb_id=kb_id)
