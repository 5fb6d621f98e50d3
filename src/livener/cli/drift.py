"""``livener drift``: what has moved from one file of predictions to another, by how much and how surely."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import number_of, say, table
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.monitoring.drift import Drift, Finding
    from livener.text import Document

_SHOWN = 5


def drift(
    reference: Annotated[str, typer.Argument(metavar="A", help="Predictions of a time when all was well.")],
    current: Annotated[str, typer.Argument(metavar="B", help="Predictions of now.")],
    previous: Annotated[
        str | None,
        typer.Option(
            "--previous",
            metavar="MODEL_OR_FILE",
            help="The model that made A, or what it predicts for B: has the text or the model changed?",
        ),
    ] = None,
    test: Annotated[list[str] | None, typer.Option("--test", help="Only this test; repeatable.")] = None,
    level: Annotated[float, typer.Option("--level", help="The rate of false alarms.")] = 0.01,
    same_weekday: Annotated[
        bool, typer.Option("--same-weekday", help="Compare only with the same weekdays of A.")
    ] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write one self-contained HTML page.")] = None,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Tell whether predictions have drifted: labels, lengths, scores, words, text.

    Exit 1 when they have.
    """
    from livener.monitoring.drift import detect, measure, same_weekdays

    sides = [
        list(documents([path], format=format, encoding=encoding, options=option)) for path in (reference, current)
    ]
    before = _rescored(previous, sides[1], encoding=encoding) if previous else None
    labels = {span.label for side in (*sides, before or []) for document in side for span in document.spans}
    if not labels:
        raise InputError("neither file has predicted spans", fix="what `livener predict --to jsonl` writes")
    windows = [measure(side, labels=sorted(labels)) for side in sides]
    if same_weekday:
        windows[0] = same_weekdays(windows[0], windows[1])
    found = detect(
        windows[0],
        windows[1],
        previous=None if before is None else measure(before, labels=sorted(labels)),
        tests=test,
        level=level,
    )
    if report:
        from livener.cli.drift_page import drift_page
        from livener.formats.target import write_text

        title = f"{Path(current).name} against {Path(reference).name}"
        write_text(drift_page(title, found, windows[0], windows[1]), report)
        say(f"wrote {report}")
    typer.echo(json.dumps(found.as_dict(), ensure_ascii=False) if as_json else summary(found))
    if found.drifted:
        raise typer.Exit(1)


def summary(found: "Drift") -> str:
    """The drift as plain text."""
    moved = [finding for finding in found.findings if finding.drifted]
    sizes = f"{number_of(found.reference, 'document')} and {number_of(found.current, 'document')}"
    if not moved:
        return f"no drift ({sizes}, {number_of(len(found.findings), 'comparison')})"
    parts = [f"drift ({sizes})", table(_HEADER, [_row(finding) for finding in moved])]
    notes = [
        f"{finding.measure.subject}: {', '.join(told)}"
        for finding in moved
        if (told := [*([f"since {finding.since}"] if finding.since else []), *_origin(finding)])
    ]
    parts += ["\n".join(dict.fromkeys(notes))] if notes else []
    parts += [verdict(found)] if found.verdict else []
    if found.documents:
        rows = [[one.id, one.why] for one in found.documents[:_SHOWN]]
        parts.append(table(["moved most", ""], rows))
    return "\n\n".join(parts)


def verdict(found: "Drift") -> str:
    """The verdict as a sentence."""
    if found.verdict is None:
        return ""
    return f"{found.verdict.words} ({found.verdict.disagreement:.1%} of the spans differ between the two versions)"


_HEADER = ["moved", "what", "before", "now", "effect", "", "q"]


def _row(finding: "Finding") -> list[object]:
    one = finding.measure
    effect = f"{one.effect:+.1%}" if one.scale == "relative" else f"{one.effect:+.3f}"
    return [one.subject, one.quantity, one.reference, one.current, effect, one.scale, f"{finding.q_value:.2g}"]


def _origin(finding: "Finding") -> list[str]:
    where = finding.where
    return [f"{where['share']:.0%} of it in {where['key']} {where['value']}"] if where else []


def _rescored(previous: str, current: "Sequence[Document]", *, encoding: str) -> "list[Document]":
    if Path(previous).is_dir():
        from livener.pipeline import load

        return list(load(previous).pipe(current))
    return list(documents([previous], format=None, encoding=encoding))
