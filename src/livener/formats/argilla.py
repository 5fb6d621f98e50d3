"""Argilla: records with suggestions of models and responses of people, as its Python SDK and its server give them.

A response is ``submitted``, a ``draft`` or ``discarded``. Offsets are code points. The records of version 1
(``text``, ``prediction``, ``annotation``, the label first) are read as well. Written is what ``to_json`` of the SDK
writes and ``from_json`` reads.

Source: https://docs.argilla.io/latest/reference/argilla/records/records/.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from livener.errors import InputError
from livener.formats.json_records import (
    checked,
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
from livener.text import Document, Span

_USER = "00000000-0000-0000-0000-000000000000"  # the SDK needs a user for a response; livener knows none
_Answers = list[tuple[str, str | None, list[Any], list[Any]]]  # question, who, spans, their scores


def recognises(head: str) -> bool:
    """Whether the first object has fields with suggestions or responses, or is a record of version 1.

    >>> recognises('[{"fields": {"text": "Ada left"}, "responses": {}}]'), recognises('{"fields": {}}')
    (True, False)
    """
    first = first_record(head)
    if type(first) is not dict:
        return False
    if type(first.get("fields")) is dict:
        return not {"suggestions", "responses", "external_id"}.isdisjoint(first)
    return type(first.get("text")) is str and not {"annotation", "prediction"}.isdisjoint(first)


def read(
    source: Source,
    report: Report,
    *,
    text: str = "text",
    question: str | None = None,
    user: str | None = None,
    suggestions: bool = False,
) -> Iterator[Document]:
    """The records, each with the spans of its first submitted response.

    ``text`` is the field of the text, ``question`` the span question where there are several, ``user`` the id of the
    person whose responses are meant; with ``suggestions`` the spans are those of the model. A record without an
    answer has no spans and is ``complete=False``; one that was discarded is left out.

    Raises:
        InputError: a record has no text, several span questions and no option, or values that are no spans.
    """
    for number, (where, record) in enumerate(records(source), 1):
        record = checked(record, dict, "the record", where)
        old = "fields" not in record
        content = required(record if old else required(record, "fields", dict, where), text, str, where)
        if old:
            answers, skipped = _version_1(record, where, suggestions=suggestions)
        elif suggestions:
            answers, skipped = _suggestions(record, where), False
        else:
            answers, skipped = _responses(record, user, where)
        answers = [each for each in answers if _is_spans(each[2]) and question in (None, each[0])]
        names = sorted({name for name, _, values, _ in answers if values})  # an empty answer may be to another kind
        if len(names) > 1:
            raise InputError("there are several span questions", where=where, fix=f"question = {' | '.join(names)}")
        answers = [each for each in answers if not names or each[0] == names[0]]
        if skipped and not answers:
            report.note("records discarded", where, "the record was discarded: it is left out")
            continue
        if len(answers) > 1:
            report.note("several responses", where, f"{len(answers)} people answered: the first is taken")
        spans = _spans(answers[0], where) if answers else []
        found = located(content, spans, where=where, report=report)
        yield document(
            where,
            content,
            identifier(record.get("external_id"), identifier(record.get("id"), f"{source.stem}:{number}")),
            optional(record, "metadata", dict, where) or {},
            tuple([span for span in found if span]),
            complete=bool(answers),
        )


def write(
    documents: Iterable[Document], report: Report, *, question: str = "entities", suggestions: bool = False
) -> Iterator[str]:
    """An array of records with the spans as a response to ``question``, or as its suggestion with scores."""
    yield "["
    for number, one in enumerate(documents):
        if not suggestions or one.negatives or not one.complete:
            report.note_losses(one)
        value = [{"start": span.start, "end": span.end, "label": span.label} for span in one.spans]
        suggested: dict[str, Any] = {}
        if suggestions:
            scores = [span.score for span in one.spans]
            agents = sorted({span.source for span in one.spans if span.source})
            given = scores if scores and None not in scores else None
            suggested[question] = {"value": value, "score": given, "agent": ", ".join(agents) or None}
        record = {
            **({"id": one.id} if one.id else {}),
            "fields": {"text": one.text},
            "metadata": dict(one.meta),
            "suggestions": suggested,
            "responses": {} if suggestions else {question: [{"value": value, "user_id": _USER}]},
        }
        yield (",\n" if number else "\n") + encoded(record, one)
    yield "\n]\n"


def _responses(record: dict[str, Any], user: str | None, where: str) -> tuple[_Answers, bool]:
    """The submitted responses, grouped by question (SDK) or by user (server), and whether any was discarded."""
    found = record.get("responses") or []
    flat = []
    if type(found) is dict:
        for name, each in found.items():
            flat += [
                (name, checked(one, dict, f"responses.{name}", where)) for one in checked(each, list, name, where)
            ]
    for one in found if type(found) is list else []:
        values = optional(checked(one, dict, "a response", where), "values", dict, where) or {}
        shared = {"user_id": one.get("user_id"), "status": one.get("status")}
        flat += [(name, {**checked(value, dict, name, where), **shared}) for name, value in values.items()]
        flat += [] if values else [("", shared)]
    if user is not None:
        flat = [(name, one) for name, one in flat if one.get("user_id") == user]
    answers: _Answers = []
    for name, one in flat:
        if one.get("status") in (None, "submitted"):
            who = None if one.get("user_id") in (None, _USER) else str(one["user_id"])
            answers.append((name, who, one.get("value"), []))  # type: ignore[arg-type]
    return answers, any(one.get("status") == "discarded" for _, one in flat)


def _suggestions(record: dict[str, Any], where: str) -> _Answers:
    found = record.get("suggestions") or []
    named = (
        found.items() if type(found) is dict else [(None, one) for one in checked(found, list, "suggestions", where)]
    )
    answers: _Answers = []
    for name, one in named:
        scores = checked(one, dict, "a suggestion", where).get("score")
        agent = optional(one, "agent", str, where)
        name = name or str(one.get("question_name"))
        answers.append((name, agent, one.get("value"), scores if type(scores) is list else []))
    return answers


def _version_1(record: dict[str, Any], where: str, *, suggestions: bool) -> tuple[_Answers, bool]:
    key = "prediction" if suggestions else "annotation"
    values = optional(record, key, list, where)
    if values is None:
        return [], record.get("status") == "Discarded"
    spans = [
        dict(zip(("label", "start", "end", "score"), each, strict=False)) if type(each) is list else each
        for each in values
    ]
    agent = optional(record, f"{key}_agent", str, where)
    return [("", agent, spans, [])], record.get("status") == "Discarded"


def _is_spans(value: Any) -> bool:
    """Whether an answer is one to a span question: ratings and texts are others."""
    return type(value) is list and all(type(each) is dict and "start" in each for each in value)


def _spans(answer: tuple[str, str | None, list[Any], list[Any]], where: str) -> list[Span]:
    _, who, values, scores = answer
    spans = []
    for i, value in enumerate(values):
        start, end = required(value, "start", int, where), required(value, "end", int, where)
        sure = score(scores[i] if i < len(scores) else value.get("score"), where)
        spans.append(
            Span(
                start,
                end,
                label(value.get("label"), where),
                sure,
                who,
                text=optional(value, "text", str, where) or "",
            )
        )
    return spans
