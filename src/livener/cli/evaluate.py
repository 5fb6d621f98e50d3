"""``livener evaluate``: how good a model is on annotated documents, and where it is wrong."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import say, table
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.metrics import Evaluation
    from livener.pipeline import Pipeline
    from livener.text import Document

_SHOWN = 3  # errors of each kind in the text output


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    data: Annotated[list[str], typer.Option("--data", help="Annotated documents; repeatable.")],
    as_json: Json = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write one self-contained HTML page.")] = None,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Score a model on annotated documents, and show its errors."""
    from livener import metrics
    from livener.cli.report import report_page
    from livener.formats.target import write_text
    from livener.pipeline import load

    nlp = load(model)
    gold = list(documents(data, format=format, encoding=encoding, options=option))
    check_labels(gold, nlp.labels)
    predicted, speed = timed(nlp, gold)
    evaluation = metrics.evaluate([document.spans for document in gold], [document.spans for document in predicted])
    scores = evaluation.as_dict() | {"sentences_per_second": speed}
    if report:
        title = f"{model.resolve().name} on {', '.join(Path(one).name for one in data)}"
        write_text(report_page(title, scores, evaluation.errors, gold, nlp.recognizer.name), report)
        say(f"wrote {report}")
    typer.echo(json.dumps(scores, ensure_ascii=False) if as_json else summary(scores, evaluation, gold))


def timed(nlp: "Pipeline", gold: "Sequence[Document]") -> "tuple[list[Document], float]":
    """The predictions, and the sentences a second from raw documents to spans, once warm."""
    for document in gold[:1]:
        nlp(document)
    began = perf_counter()
    predicted = list(nlp.pipe(gold))
    seconds = perf_counter() - began
    return predicted, sum(len(nlp.segmenter.sentences(document)) for document in gold) / seconds


def check_labels(gold: "Sequence[Document]", labels: Sequence[str]) -> None:
    """Refuse gold that the model knows nothing of; tell of labels that it cannot find.

    Raises:
        InputError: no gold spans, or none of their labels is one of the model's.
    """
    wanted = {span.label for document in gold for span in document.spans}
    if not wanted:
        raise InputError("the documents have no annotated spans: nothing to compare with")
    if partial := sum(not document.complete for document in gold):
        say(f"note: {partial:,} documents are partly annotated: what they say nothing of counts as wrong")
    if unknown := sorted(wanted - set(labels)):
        if len(unknown) == len(wanted):
            raise InputError(
                f"the labels of the data ({', '.join(unknown)}) are all unknown to the model",
                fix=f"some of {', '.join(labels)}",
            )
        say(f"note: the model does not know the label{'s' * (len(unknown) > 1)} {', '.join(unknown)}")


def summary(scores: Mapping[str, Any], evaluation: "Evaluation", gold: "Sequence[Document]") -> str:
    """The evaluation as plain text."""
    from livener.metrics import MISSED, SPURIOUS

    parts = [
        table(_HEADER, [_row(name, scores[name]) for name in ("strict", "exact", "partial", "type", "macro")]),
        table(
            ["label (strict)", *_HEADER[1:], "predicted"],
            [[*_row(label, one), one["predicted"]] for label, one in scores["per_label"].items()],
        ),
        f"label right where the boundaries are: {scores['label_given_boundary']['accuracy']:.3f}",
        table(["errors", ""], [[kind.replace("_", " "), count] for kind, count in scores["error_types"].items()]),
    ]
    confused = [
        (count, wanted, found)
        for wanted, row in scores["confusion"].items()
        for found, count in row.items()
        if wanted not in (found, SPURIOUS) and found != MISSED
    ]
    if confused:
        rows = [[f"{wanted} taken for {found}", count] for count, wanted, found in sorted(confused, reverse=True)]
        parts.append(table(["confusion", ""], rows[:10]))
    if "calibration" in scores:
        parts.append(
            f"calibration: ECE {scores['calibration']['ece']:.3f}, Brier {scores['calibration']['brier']:.3f}"
        )
    if shown := _examples(evaluation, gold):
        parts.append(shown)
    parts.append(f"{scores['sentences_per_second']:,.0f} sentences a second")
    return "\n\n".join(parts)


_HEADER = ["", "precision", "recall", "f1", "support"]


def _row(name: str, score: Mapping[str, Any]) -> list[object]:
    return [name, score["precision"], score["recall"], score["f1"], score["support"]]


def _examples(evaluation: "Evaluation", gold: "Sequence[Document]") -> str:
    """The first few errors of each kind, one line each."""
    from livener.cli.report import context
    from livener.metrics import ERROR_KINDS

    lines = []
    for kind in ERROR_KINDS:
        for error in [error for error in evaluation.errors if error.kind == kind][:_SHOWN]:
            document = gold[error.document]
            start, end = context(document.text, error)
            sides = [
                f"{name} {span.text!r} {span.label}"
                for name, span in (("gold", error.gold), ("predicted", error.predicted))
                if span
            ]
            excerpt = " ".join(document.text[start:end].split())
            excerpt = f"{'… ' * (start > 0)}{excerpt}{' …' * (end < len(document.text))}"
            lines.append(f"{kind.replace('_', ' ')}: {', '.join(sides)}\n    {document.id}: {excerpt}")
    return "\n".join(lines)
