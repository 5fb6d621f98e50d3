"""livener JSON Lines: one document a line, with everything that a document holds.

``{"id": "…", "text": "…", "meta": {…}, "spans": [{"start": 0, "end": 5, "label": "ORG", "score": 0.98, "source": "…",
"kb_id": "…"}], "tokens": [[0, 5], …], "sentences": [[0, 9], …], "complete": false, "negatives": [spans],
"known": [[0, 20], …]}``, of which
only ``text`` is required. Offsets are code points. A span may carry its surface form as ``text``; it is then checked.
"""

import json
from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Any, NoReturn

from livener.errors import InputError
from livener.formats.json_records import decoded, encoded, wrong
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Range, Span

_KEYS = frozenset({"id", "text", "meta", "spans", "tokens", "sentences", "complete", "negatives", "known", "unasked"})
_SPAN_KEYS = frozenset({"start", "end", "label", "score", "source", "kb_id", "text"})
_COMPARED_IDS = 100_000  # a stream may have no end, the memory of its ids must


class _Meta(dict[str, Any]):
    """Metadata that remembers which of its keys stood at the top level of their line, to be written back there."""

    top: frozenset[str] = frozenset()


def recognises(head: str) -> bool:
    """Whether a file that begins so has a JSON object on its first line.

    >>> recognises('{"text": "Apple rose."}'), recognises("[1, 2]")
    (True, False)
    """
    line, ended, _ = head.lstrip().partition("\n")
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return not ended and line.startswith('{"')  # the line goes on after the head


def read(source: Source, report: Report) -> Iterator[Document]:
    """The documents, streaming; top-level keys that livener does not know become metadata under their own name."""
    ids: set[str] = set()
    empty = True
    for number, line in enumerate(source.lines(), 1):
        if not line or line.isspace():
            continue
        where = f"{source.name}:{number}"
        document = document_of(parsed(line, where), f"{source.stem}:{number}", where, report)
        if len(ids) < _COMPARED_IDS:
            if document.id in ids:
                report.note("ids repeated", where, f"the id {document.id!r} occurs again")
            ids.add(document.id)
        empty = False
        yield document
    if empty:
        raise InputError("the file is empty", where=source.name)


def write(documents: Iterable[Document], _report: Report) -> Iterator[str]:
    """One line a document, losing nothing."""
    for document in documents:
        yield encoded(record_of(document), document) + "\n"


def parsed(line: str, where: str) -> dict[str, Any]:
    """The object that a line is.

    Raises:
        InputError: it is none.
    """
    record = decoded(line, where)
    if not isinstance(record, dict):
        raise InputError("not a JSON object", where=where, fix='{"text": …, "spans": […]}')
    return record


def document_of(record: dict[str, Any], default_id: str, where: str, report: Report) -> Document:
    """The document of one object.

    Raises:
        InputError: it is none.

    >>> document_of({"text": "Ada left.", "source": "wire"}, "notes:1", "notes.jsonl:1", Report())
    Document(text='Ada left.', id='notes:1', meta={'source': 'wire'}, spans=(), tokens=None, ...
    """
    text = record.get("text")
    if type(text) is not str:
        _wrong(where, '"text"', text, "a string", missing="text" not in record)
    identifier = record.get("id", default_id)
    if type(identifier) is int:
        identifier = str(identifier)
        report.note("ids that are numbers", where, f"the id {identifier} is read as a string")
    elif type(identifier) is not str:
        _wrong(where, '"id"', identifier, "a string")
    complete = record.get("complete", True)
    if type(complete) is not bool:
        _wrong(where, '"complete"', complete, "true or false")
    try:
        return Document(
            text,
            identifier,
            _meta(record, where),
            _spans(record, text, "spans", where, report),
            _ranges(record, "tokens", where),
            _ranges(record, "sentences", where),
            complete,
            _spans(record, text, "negatives", where, report),
            _ranges(record, "known", where) or (),
            _labels(record, where),
        )
    except InputError as error:
        if error.where == where:
            raise
        raise InputError(error.problem, where=where, fix=error.fix) from None  # the line says more than the id


def _meta(record: dict[str, Any], where: str) -> dict[str, Any]:
    meta = record.get("meta")
    if meta is None:
        meta = {}
    elif type(meta) is not dict:
        _wrong(where, '"meta"', meta, "an object")
    unknown = record.keys() - _KEYS
    if not unknown:
        return meta
    if both := unknown & meta.keys():
        key = min(both)
        raise InputError(f'the key "{key}" stands beside "meta" and in it', where=where, fix="one of the two")
    merged = _Meta(meta)
    merged.update({key: record[key] for key in record if key in unknown})
    merged.top = frozenset(unknown)
    return merged


def _labels(record: dict[str, Any], where: str) -> tuple[str, ...]:
    labels = record.get("unasked") or []
    if type(labels) is not list or not all(type(label) is str and label for label in labels):
        _wrong(where, '"unasked"', labels, "a list of labels")
    return tuple(labels)


def _spans(record: dict[str, Any], text: str, key: str, where: str, report: Report) -> tuple[Span, ...]:
    spans = record.get(key)
    if spans is None:
        return ()
    if type(spans) is not list:
        _wrong(where, f'"{key}"', spans, "a list of spans")
    return tuple([_span(span, text, where, key, i, report) for i, span in enumerate(spans)])


def _span(record: Any, text: str, where: str, key: str, index: int, report: Report) -> Span:
    name = (key, index)  # made into a string only for a message
    if type(record) is not dict:
        _wrong(where, name, record, '{"start": …, "end": …, "label": …}')
    get = record.get
    start, end, label = get("start"), get("end"), get("label")
    if type(start) is not int:
        _wrong(where, (*name, "start"), start, "an integer", missing="start" not in record)
    if type(end) is not int:
        _wrong(where, (*name, "end"), end, "an integer", missing="end" not in record)
    if type(label) is not str or not label:
        _wrong(where, (*name, "label"), label, "a string that is not empty", missing="label" not in record)
    if len(record) == 3:
        return Span(start, end, label, text=text[start:end])
    score, source, kb_id, surface = get("score"), get("source"), get("kb_id"), get("text")
    if score is not None and not (type(score) in (int, float) and 0 <= score <= 1):
        _wrong(where, (*name, "score"), score, "a number from 0 to 1")
    for optional in ("source", "kb_id", "text"):
        if optional in record and type(record[optional]) not in (str, NoneType):
            _wrong(where, (*name, optional), record[optional], "a string")
    if unknown := record.keys() - _SPAN_KEYS:
        report.note("keys of spans left out", where, f'{key}[{index}]: the key "{min(unknown)}" is not known')
    return Span(start, end, label, score, source, kb_id, text[start:end] if surface is None else surface)


def _ranges(record: dict[str, Any], key: str, where: str) -> tuple[Range, ...] | None:
    ranges = record.get(key)
    if ranges is None:
        return None
    if type(ranges) is not list:
        _wrong(where, f'"{key}"', ranges, "a list of [start, end]")
    for i, pair in enumerate(ranges):
        if not (type(pair) is list and len(pair) == 2 and type(pair[0]) is type(pair[1]) is int):
            _wrong(where, f"{key}[{i}]", pair, "[start, end]")
    return tuple([(start, end) for start, end in ranges])


def _wrong(where: str, name: str | tuple[object, ...], value: Any, fix: str, *, missing: bool = False) -> NoReturn:
    if not isinstance(name, str):
        key, index, *rest = name
        name = ".".join([f"{key}[{index}]", *map(str, rest)])
    wrong(where, name, value, fix, missing=missing)


def record_of(document: Document) -> dict[str, Any]:
    """What is written for a document, as JSON values.

    >>> record_of(Document("Ada left.", "notes:1", spans=(Span(0, 3, "PERSON"),)))
    {'id': 'notes:1', 'text': 'Ada left.', 'spans': [{'start': 0, 'end': 3, 'label': 'PERSON'}]}
    """
    meta = document.meta
    top = meta.top if isinstance(meta, _Meta) else frozenset()
    record: dict[str, Any] = {"id": document.id, "text": document.text}
    if inner := {key: value for key, value in meta.items() if key not in top}:
        record["meta"] = inner
    record["spans"] = [_span_record(span) for span in document.spans]
    if document.tokens is not None:
        record["tokens"] = document.tokens
    if document.sentences is not None:
        record["sentences"] = document.sentences
    if not document.complete:
        record["complete"] = False
    if document.negatives:
        record["negatives"] = [_span_record(span) for span in document.negatives]
    if document.known:
        record["known"] = document.known
    if document.unasked:
        record["unasked"] = document.unasked
    record.update({key: value for key, value in meta.items() if key in top})
    return record


def _span_record(span: Span) -> dict[str, Any]:
    record: dict[str, Any] = {"start": span.start, "end": span.end, "label": span.label}
    if span.score is not None:
        record["score"] = span.score
    if span.source is not None:
        record["source"] = span.source
    if span.kb_id is not None:
        record["kb_id"] = span.kb_id
    return record
