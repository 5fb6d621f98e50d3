"""``livener check``: what is wrong, or odd, in annotated documents."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import number_of, progress, say
from livener.cli.reading import Encoding, Format, Json, Option, documents

if TYPE_CHECKING:
    from livener.datasets.quality import Finding


def check(
    files: Annotated[list[str], typer.Argument(help="Annotated documents; '-' is standard input.")],
    against: Annotated[
        list[str] | None, typer.Option("--against", help="Documents of which none may be among them; repeatable.")
    ] = None,
    doubts: Annotated[
        bool, typer.Option("--doubts", help="Train models by cross-validation and tell what they doubt.")
    ] = False,
    shown: Annotated[int, typer.Option("--shown", min=0, help="How many of each kind are shown.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of the models.")] = 0,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Report the quality of annotated documents; exit with 1 where something is wrong."""
    from livener.datasets.doubts import doubts as doubted
    from livener.datasets.quality import FAULTS, REMARKS
    from livener.datasets.quality import check as find

    data = list(documents(files, format=format, encoding=encoding, options=option))
    found = find(data, against=documents(against or (), format=format, encoding=encoding, options=option))
    if doubts:
        with progress("doubts") as report:
            found += doubted(data, seed=seed, progress=report)
    counts = Counter(one.kind for one in found)
    if as_json:
        values = {
            "documents": len(data),
            "spans": sum(len(document.spans) for document in data),
            "faults": {kind: counts[kind] for kind in FAULTS},
            "remarks": {kind: counts[kind] for kind in REMARKS},
            "findings": [_values(one) for one in found],
        }
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        for kind, meaning in {**FAULTS, **REMARKS}.items():
            if not counts[kind]:
                continue
            typer.echo(f"{kind} ({counts[kind]:,}{', wrong' if kind in FAULTS else ''}): {meaning}")
            for one in [one for one in found if one.kind == kind][:shown]:
                typer.echo(f"  {_where(one)}: {one.message}")
            if counts[kind] > shown:
                typer.echo(f"  and {counts[kind] - shown:,} more")
    faults = sum(counts[kind] for kind in FAULTS)
    remarks = number_of(len(found) - faults, "remark")
    say(f"{number_of(len(data), 'document')}: {number_of(faults, 'fault')}, {remarks}")
    if faults:
        raise typer.Exit(1)


def _where(one: "Finding") -> str:
    return one.document + (f" [{one.span.start}, {one.span.end}) {one.span.label}" if one.span else "")


def _values(one: "Finding") -> dict[str, Any]:
    place = {"start": one.span.start, "end": one.span.end, "label": one.span.label} if one.span else None
    return {"kind": one.kind, "document": one.document, "span": place, "message": one.message}
