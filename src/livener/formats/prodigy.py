"""Prodigy's JSON Lines: tasks with spans, tokens and an ``answer``; offsets are code points.

In ``ner_manual`` data an accepted task is wholly annotated. A binary task (``ner.teach``) asks about one span: yes or
no to it says nothing about the rest of the text, so these become ``spans`` and ``negatives`` of documents with
``complete=False``, one for all answers to the same text.

Source: https://prodi.gy/docs/api-interfaces.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from livener.errors import InputError
from livener.formats.json_records import (
    document,
    encoded,
    first_record,
    identifier,
    label,
    optional,
    records,
    required,
    score,
)
from livener.formats.offset_units import located
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Range, Span

_MARKS = frozenset({"_input_hash", "_task_hash", "_view_id", "_is_binary"})
_ANSWERS = ("accept", "reject", "ignore")
_OWN = frozenset({"id", "text", "spans", "tokens", "meta", "answer", "relations", "_is_binary", "_view_id"})


@dataclass(slots=True)
class _Asked:
    """The yes and no to single spans of one text; a later answer to the same span replaces an earlier one."""

    where: str
    id: str
    text: str
    meta: dict[str, Any]
    tokens: tuple[Range, ...] | None
    answers: dict[tuple[int, int, str], tuple[Span, bool]] = field(default_factory=dict)


def recognises(head: str) -> bool:
    """Whether the first object has Prodigy's hashes, its view, or an answer.

    >>> recognises('{"text": "Ada left", "spans": [], "answer": "accept"}'), recognises('{"text": "Ada left"}')
    (True, False)
    """
    first = first_record(head)
    if type(first) is not dict or type(first.get("text")) is not str:
        return False
    return not _MARKS.isdisjoint(first) or first.get("answer") in _ANSWERS


def read(source: Source, report: Report) -> Iterator[Document]:
    """The accepted tasks, streaming, then the texts of binary tasks; hashes and sessions are kept as metadata.

    Ignored tasks are left out, and so are rejected ones that are not about a single span: what is wrong with them is
    not known.

    Raises:
        InputError: a task has no text, or a span, token or answer is not of the right kind.
    """
    asked: dict[tuple[str, str], _Asked] = {}
    for number, (where, record) in enumerate(records(source), 1):
        text = required(record, "text", str, where)
        answer = record.get("answer", "accept")
        if answer not in _ANSWERS:
            raise InputError(f"the answer is {answer!r}"[:80], where=where, fix=" | ".join(_ANSWERS))
        spans = _spans(record, text, where, report)
        binary = record.get("_is_binary", record.get("_view_id") == "ner") is True
        if record.get("relations"):
            report.note("relations left out", where, "relations are left out")
        if answer == "ignore" or (answer == "reject" and not binary):
            report.note(f"tasks with the answer {answer}", where, f"the answer is {answer}: the task is left out")
            continue
        meta = dict(optional(record, "meta", dict, where) or {})
        meta.update({key: value for key, value in record.items() if key not in _OWN})
        name, tokens = identifier(record.get("id"), f"{source.stem}:{number}"), _tokens(record, where)
        if not binary:
            yield document(where, text, name, meta, tuple(spans), tokens)
            continue
        key = (str(record.get("id", record.get("_input_hash"))), text)
        one = asked.setdefault(key, _Asked(where, name, text, meta, tokens))
        for span in spans:
            place = (span.start, span.end, span.label)
            if place in one.answers and one.answers[place][1] != (answer == "accept"):
                report.note("answers that contradict", where, f"{span.text!r} {span.label}: the later answer counts")
            one.answers[place] = (span, answer == "accept")
    for one in asked.values():
        right, wrong = ([span for span, yes in one.answers.values() if yes is wanted] for wanted in (True, False))
        yield document(
            one.where, one.text, one.id, one.meta, tuple(right), one.tokens, complete=False, negatives=tuple(wrong)
        )


def write(documents: Iterable[Document], report: Report) -> Iterator[str]:
    """A task a document, accepted; of one with ``complete=False`` a binary task for every span that was answered."""
    for one in documents:
        record: dict[str, Any] = {"id": one.id, "text": one.text} if one.id else {"text": one.text}
        top = {key: value for key, value in one.meta.items() if key.startswith("_") and key not in _MARKS}
        meta = {key: value for key, value in one.meta.items() if not key.startswith("_")}
        if one.tokens is not None:
            record["tokens"] = _token_records(one)
        end = {**({"meta": meta} if meta else {}), **top}
        if one.complete:
            if one.negatives:
                report.note("negatives left out", f"document {one.id!r}", "spans that are wrong are left out")
            spans = [_span_record(span, one.tokens) for span in one.spans]
            yield encoded({**record, "spans": spans, **end, "answer": "accept"}, one) + "\n"
            continue
        if not one.spans and not one.negatives:
            report.note("documents left out", f"document {one.id!r}", "nothing is known about the text")
        for answer, answered in (("accept", one.spans), ("reject", one.negatives)):
            for span in answered:
                binary = {"_is_binary": True, "_view_id": "ner", "answer": answer}
                yield encoded({**record, "spans": [_span_record(span, one.tokens)], **end, **binary}, one) + "\n"


def _spans(record: dict[str, Any], text: str, where: str, report: Report) -> list[Span]:
    spans = []
    for value in optional(record, "spans", list, where) or []:
        start, end = (required(value, key, int, where) for key in ("start", "end"))
        own = score(value.get("score"), where)
        source = value.get("source")
        surface = optional(value, "text", str, where) or ""
        spans.append(
            Span(
                start,
                end,
                label(value.get("label"), where),
                own,
                source if type(source) is str else None,
                text=surface,
            )
        )
    return [span for span in located(text, spans, where=where, report=report) if span]


def _tokens(record: dict[str, Any], where: str) -> tuple[Range, ...] | None:
    tokens = optional(record, "tokens", list, where)
    if tokens is None:
        return None
    return tuple([(required(each, "start", int, where), required(each, "end", int, where)) for each in tokens])


def _token_records(one: Document) -> list[dict[str, Any]]:
    return [
        {"text": one.text[start:end], "start": start, "end": end, "id": i, "ws": one.text[end : end + 1] == " "}
        for i, (start, end) in enumerate(one.tokens or ())
    ]


def _span_record(span: Span, tokens: tuple[Range, ...] | None) -> dict[str, Any]:
    record: dict[str, Any] = {"start": span.start, "end": span.end, "label": span.label}
    inside = [i for i, (start, end) in enumerate(tokens or ()) if span.start <= start and end <= span.end]
    if tokens and inside and (tokens[inside[0]][0], tokens[inside[-1]][1]) == (span.start, span.end):
        record |= {"token_start": inside[0], "token_end": inside[-1]}  # the last token, not the one after
    if span.score is not None:
        record["score"] = span.score
    if span.source is not None:
        record["source"] = span.source
    return record
