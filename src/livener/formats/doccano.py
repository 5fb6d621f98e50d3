"""doccano's JSON Lines: ``{"text": …, "label": [[4, 15, "PER"], …]}``, or with relations ``"entities"``.

Offsets are UTF-16 units, as doccano counts them unless a project counts graphemes; a line has no surface forms that
would tell, so a file written by another program needs the option ``unit``.

Source: https://doccano.github.io/doccano/ and https://github.com/doccano/doccano/issues/2290.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from livener.formats.json_records import (
    document,
    encoded,
    first_record,
    identifier,
    records,
    refuse_shadows,
    required,
    wrong,
)
from livener.formats.offset_units import counted, located
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Span

_KEYS = ("label", "labels", "entities")
_EXPECTED = '[start, end, "LABEL"] or {"start_offset": …, "end_offset": …, "label": …}'


def recognises(head: str) -> bool:
    """Whether the first object has a text and a list of labelled offsets.

    >>> recognises('{"text": "Ada left", "label": [[0, 3, "PER"]]}'), recognises('{"text": "Ada", "label": ["good"]}')
    (True, False)
    """
    first = first_record(head)
    if type(first) is not dict or type(first.get("text")) is not str:
        return False
    return any(type(first.get(key)) is list and all(map(_is_span, first[key])) for key in _KEYS)


def read(
    source: Source,
    report: Report,
    *,
    text: str = "text",
    label: str | None = None,
    unit: Literal["utf16", "grapheme", "codepoint"] = "utf16",
) -> Iterator[Document]:
    """The documents, streaming; other keys are their metadata, relations and comments are left out.

    ``text`` and ``label`` are the columns that hold text and spans, by default ``label``, ``labels`` or ``entities``.

    Raises:
        InputError: a line has no text or no spans, or a span is none or not inside the text.
    """
    for number, (where, record) in enumerate(records(source), 1):
        content = required(record, text, str, where)
        key = label or next((key for key in _KEYS if key in record), _KEYS[0])
        spans = [_span(value, f"{key}[{i}]", where) for i, value in enumerate(required(record, key, list, where))]
        if record.get("relations"):
            report.note("relations left out", where, "relations are left out")
        hidden = {text, key, "id", "external_id", "relations", "Comments", "comments"}
        yield document(
            where,
            content,
            identifier(record.get("external_id"), identifier(record.get("id"), f"{source.stem}:{number}")),
            {key: value for key, value in record.items() if key not in hidden},
            tuple([span for span in located(content, spans, unit=unit, where=where, report=report) if span]),
        )


def write(
    documents: Iterable[Document], report: Report, *, unit: Literal["utf16", "codepoint"] = "utf16"
) -> Iterator[str]:
    """One line a document; its id is the key ``external_id``, which doccano keeps, as it keeps the metadata.

    Spans that overlap need a project that allows them.
    """
    for one in documents:
        report.note_losses(one)
        refuse_shadows(one, ("id", "data", "text", "external_id", *_KEYS), "doccano")
        offsets = counted(one.text, unit)
        labels = [[offsets[span.start], offsets[span.end], span.label] for span in one.spans]
        yield (
            encoded(
                {"text": one.text, "label": labels, **({"external_id": one.id} if one.id else {}), **one.meta}, one
            )
            + "\n"
        )


def _is_span(value: Any) -> bool:
    if type(value) is dict:
        return "start_offset" in value
    return type(value) is list and len(value) == 3 and type(value[0]) is int


def _span(value: Any, name: str, where: str) -> Span:
    if type(value) is dict:
        value = [value.get("start_offset"), value.get("end_offset"), value.get("label")]
    kinds = [type(each) for each in value] if type(value) is list else []
    if kinds != [int, int, str] or not value[2]:
        wrong(where, name, value, _EXPECTED)
    return Span(*value)
