"""``livener diagnose``: what is wrong with a model, what speaks for it, and what mends it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.reading import Encoding, Format, Json, Option, documents


def diagnose(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    data: Annotated[list[str], typer.Option("--data", help="Annotated documents; repeatable.")],
    train: Annotated[
        list[str] | None, typer.Option("--train", help="What the model was trained on; repeatable.")
    ] = None,
    before: Annotated[Path | None, typer.Option("--before", help="The model before it.")] = None,
    train_before: Annotated[
        list[str] | None, typer.Option("--train-before", help="What that was trained on; repeatable.")
    ] = None,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Find out what is wrong with a model.

    Exit 1 when something is.
    """
    from livener.monitoring import diagnosis
    from livener.pipeline import load

    gold, learned, earlier = (
        list(documents(paths or [], format=format, encoding=encoding, options=option))
        for paths in (data, train, train_before)
    )
    case = diagnosis.Case.of(
        load(model),
        gold,
        train=learned,
        before=load(before) if before else None,
        train_before=earlier,
        folder=model if model.is_dir() else None,
    )
    causes = diagnosis.diagnose(case)
    if as_json:
        strict = case.evaluation.strict
        values = {"f1": strict.f1, "documents": len(gold), "causes": [asdict(cause) for cause in causes]}
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        lines = [f"strict F1 {case.f1:.3f} on {len(gold):,} documents"]
        for cause in causes:
            lines += ["", f"{cause.name}: {cause.symptom}", *(f"  {said}" for said in cause.evidence)]
            lines.append(f"  → {cause.fix}")
        lines += [] if causes else ["", "nothing is found to be wrong"]
        typer.echo("\n".join(lines))
    if causes:
        raise typer.Exit(1)
