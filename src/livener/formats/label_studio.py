"""Label Studio: a JSON array of tasks, each with the annotations of people and the predictions of models.

``{"data": {"text": …}, "annotations": [{"result": [{"type": "labels", "value": {"start": 4, "end": 15, "text": …,
"labels": ["PER"]}}]}], "predictions": […]}``, and its flat export JSON_MIN. Offsets come in UTF-16 units from
browsers and in code points from programs; see `livener.formats.offset_units`.

Source: https://labelstud.io/guide/export and https://labelstud.io/guide/predictions.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from livener.formats.json_records import (
    checked,
    document,
    encoded,
    first_record,
    identifier,
    label,
    optional,
    records,
    refuse_shadows,
    required,
    score,
)
from livener.formats.offset_units import counted, located
from livener.formats.report import Report
from livener.formats.source import Source
from livener.text import Document, Span


def recognises(head: str) -> bool:
    """Whether the head is that of an array of tasks, of JSON_MIN, or of objects with nothing but text.

    >>> recognises('[{"data": {"text": "Ada left"}}]'), recognises('{"data": {"text": "Ada left"}}')
    (True, False)
    """
    first = first_record(head)
    if not head.lstrip().startswith("[") or type(first) is not dict:
        return False
    lists = [value for value in first.values() if type(value) is list]
    flat = "annotation_id" in first or all(map(_is_regions, lists))
    return type(first.get("data")) is dict or (type(first.get("text")) is str and flat)


def read(
    source: Source,
    report: Report,
    *,
    text: str = "text",
    predictions: bool = False,
    annotator: int | str | None = None,
) -> Iterator[Document]:
    """The tasks, each with the spans of its ground truth or else its latest annotation.

    ``text`` is the key of the text in the task's data. ``annotator`` (id or e-mail) takes that person's annotation
    only; with ``predictions`` the spans are those of the model. A task that nobody answered has no spans and is
    ``complete=False``; one that was skipped is left out.

    Raises:
        InputError: a task has no text, or a region no offsets or labels of the right kind.
    """
    for number, (where, task) in enumerate(records(source), 1):
        task = checked(task, dict, "the task", where)
        data = task if "data" not in task else required(task, "data", dict, where)
        content = required(data, text, str, where)
        given = _answers(task, data, predictions=predictions, where=where)
        kept = [each for each in given if each.get("was_cancelled") is not True]
        if annotator is not None:
            kept = [each for each in kept if annotator in _people(each)]
        if given and not kept:
            report.note("tasks skipped", where, "nobody that counts here answered the task: it is left out")
            continue
        if len(kept) > 1:
            report.note("several annotations", where, f"{len(kept)} annotations: the ground truth or latest is taken")
        if not kept and task.get("annotations" if predictions else "predictions"):
            other = "only annotations" if predictions else "only predictions; the option predictions reads them"
            report.note("tasks not answered", where, f"the task has {other}")
        chosen = max(kept, key=_rank, default=None)
        spans = [] if chosen is None else _spans(chosen, where, report)
        found = located(content, spans, unit="utf16", where=where, report=report)
        hidden = {text, "external_id"} | {key for key, value in data.items() if data is task and _is_regions(value)}
        yield document(
            where,
            content,
            identifier(data.get("external_id"), identifier(task.get("id"), f"{source.stem}:{number}")),
            {key: value for key, value in data.items() if key not in hidden},
            tuple([span for span in found if span]),
            complete=chosen is not None,
        )


def write(
    documents: Iterable[Document],
    report: Report,
    *,
    unit: Literal["utf16", "codepoint"] = "utf16",
    predictions: bool = False,
    from_name: str = "label",
    to_name: str = "text",
) -> Iterator[str]:
    """An array of tasks with one annotation each, or with ``predictions`` one prediction, scores included.

    ``from_name`` and ``to_name`` are the names in the project's labeling configuration of its ``Labels`` and its
    ``Text``.
    """
    yield "["
    for number, one in enumerate(documents):
        if not predictions or one.negatives or not one.complete:
            report.note_losses(one)
        refuse_shadows(one, ("text", "external_id"), "Label Studio")
        offsets = counted(one.text, unit)
        result = []
        for place, span in enumerate(one.spans, 1):
            value = {
                "start": offsets[span.start],
                "end": offsets[span.end],
                "text": span.text,
                "labels": [span.label],
            }
            region: dict[str, Any] = {"id": f"r{place}", "from_name": from_name, "to_name": to_name, "type": "labels"}
            if predictions and span.score is not None:
                region["score"] = span.score
            result.append({**region, "value": value})
        answer: dict[str, Any] = {"result": result}
        if predictions and (sources := {span.source for span in one.spans if span.source}):
            answer["model_version"] = ", ".join(sorted(sources))
        data = {**one.meta, "text": one.text, **({"external_id": one.id} if one.id else {})}
        task = {"data": data, "predictions" if predictions else "annotations": [answer]}
        yield (",\n" if number else "\n") + encoded(task, one)
    yield "\n]\n"


def _answers(task: dict[str, Any], data: dict[str, Any], *, predictions: bool, where: str) -> list[dict[str, Any]]:
    if data is not task:
        key = "predictions" if predictions else "annotations"
        return [
            checked(each, dict, f"{key}[{i}]", where) for i, each in enumerate(optional(task, key, list, where) or [])
        ]
    regions = [region for value in task.values() if _is_regions(value) for region in value]
    if not regions and "annotation_id" not in task:
        return []
    result = [{"type": "labels", "value": region} for region in regions]
    return [{"result": result, "completed_by": task.get("annotator")}]


def _rank(answer: dict[str, Any]) -> tuple[bool, str]:
    return answer.get("ground_truth") is True, str(answer.get("updated_at", ""))


def _is_regions(value: Any) -> bool:
    return type(value) is list and bool(value) and all(type(each) is dict and "labels" in each for each in value)


def _people(answer: dict[str, Any]) -> list[Any]:
    person = answer.get("completed_by")
    people = [person.get("email"), person.get("id")] if isinstance(person, dict) else [person]
    return [each for each in people if each is not None]


def _spans(answer: dict[str, Any], where: str, report: Report) -> list[Span]:
    """The spans in the unit of the file, one for every label of a region."""
    people = [answer["model_version"]] if answer.get("model_version") else _people(answer)
    spans = []
    for i, item in enumerate(required(answer, "result", list, where)):
        kind = str(checked(item, dict, f"result[{i}]", where).get("type"))
        value = item.get("value")
        labels = (value.get(kind) or value.get("labels")) if type(value) is dict else None
        if not kind.endswith("labels") or not labels:
            report.note("results left out", where, f"result[{i}] of the type {kind} is no labelled span")
            continue
        place = value
        if "globalOffsets" in value:
            place = required(value, "globalOffsets", dict, where)
            if not value.get("text"):
                report.note(
                    "spans left out", where, f"result[{i}] is a place in HTML without its text: it is left out"
                )
                continue
        start, end = required(place, "start", int, where), required(place, "end", int, where)
        surface = optional(value, "text", str, where) or ""
        sure = score(item.get("score"), where)
        for name in checked(labels, list, "the labels", where):
            spans.append(Span(start, end, label(name, where), sure, str(people[0]) if people else None, text=surface))
    return spans
