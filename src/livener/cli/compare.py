"""``livener compare``: whether one model or prediction file is better than another, and how surely."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import table
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.metrics import Difference
    from livener.text import Document


def compare(
    a: Annotated[str, typer.Argument(help="A model directory or a file of predictions: what is there.")],
    b: Annotated[str, typer.Argument(help="A model directory or a file of predictions: the candidate.")],
    data: Annotated[list[str], typer.Option("--data", help="Annotated documents; repeatable.")],
    as_json: Json = False,
    samples: Annotated[int, typer.Option("--samples", min=100, help="Bootstrap samples.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of the samples.")] = 0,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Compare two models or files of predictions: is B better?

    Exit 1 when B is shown to be worse.
    """
    from livener import metrics

    gold = list(documents(data, format=format, encoding=encoding, options=option))
    sides = [_predictions(path, gold, encoding=encoding) for path in (a, b)]
    result = metrics.compare(
        [document.spans for document in gold],
        *([document.spans for document in side] for side in sides),
        samples=samples,
        seed=seed,
    )
    if as_json:
        typer.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        rows = [_row("all", result.overall), *(_row(*item) for item in result.per_label.items())]
        typer.echo(table(["strict F1", "A", "B", "B − A", "95 % interval", "p", "better"], rows))
        typer.echo(
            f"\n{_VERDICTS.get(result.verdict, result.verdict)} ({len(gold):,} documents, {samples:,} samples)"
        )
    if result.verdict == "a":
        raise typer.Exit(1)


_VERDICTS = {"a": "A is better", "b": "B is better"}


def _row(name: str, one: "Difference") -> list[object]:
    interval = f"{one.low:+.3f} … {one.high:+.3f}"
    better = one.verdict.upper() if one.verdict in _VERDICTS else ""
    return [name, one.a, one.b, f"{one.difference:+.3f}", interval, one.p_value, better]


def _predictions(path: str, gold: "Sequence[Document]", *, encoding: str) -> "list[Document]":
    """The spans that the model, or the file, gives for the gold documents, in their order."""
    if Path(path).is_dir():
        from livener.cli.evaluate import check_labels
        from livener.pipeline import load

        nlp = load(path)
        check_labels(gold, nlp.labels)
        return list(nlp.pipe(gold))
    found = list(documents([path], format=None, encoding=encoding))
    if [document.text for document in found] == [document.text for document in gold]:
        return found
    by_id = {document.id: document for document in found}
    for document in gold:
        if document.id not in by_id:
            raise InputError(f"no prediction for document {document.id!r}", where=path, fix="the documents of --data")
        if by_id[document.id].text != document.text:
            raise InputError(f"document {document.id!r} has another text than in --data", where=path)
    return [by_id[document.id] for document in gold]
