"""``livener simulate``: what a budget of annotation would buy, by strategy."""

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import progress, say, table
from livener.cli.reading import Encoding, Format, Json, Option, documents, settings
from livener.cli.select import Unit, measured
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.learning.simulation import Mean, Point


def simulate(
    pool: Annotated[list[str], typer.Option("--pool", help="Annotated documents to ask from; repeatable.")],
    dev: Annotated[list[str], typer.Option("--dev", help="Annotated documents that stop training; repeatable.")],
    test: Annotated[list[str], typer.Option("--test", help="Annotated documents to measure on; repeatable.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The directory to write; an earlier run goes on there.")],
    strategy: Annotated[
        list[str] | None, typer.Option("--strategy", help="How to choose, or words; repeatable.")
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", min=1, help="Up to how many tokens (with --times: seconds).")
    ] = 20_000,
    start: Annotated[float, typer.Option("--start", min=1, help="What is spent at random at first.")] = 2000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="In how many steps.")] = 8,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many runs of each strategy.")] = 5,
    error_rate: Annotated[
        float, typer.Option("--error-rate", min=0, max=1, help="The share of spans that annotators get wrong.")
    ] = 0.0,
    random_share: Annotated[
        float, typer.Option("--random-share", min=0, max=1, help="The share that is drawn at random.")
    ] = 0.0,
    unit: Annotated[Unit, typer.Option("--unit", help="What is asked for at once.")] = Unit.sentence,
    recognizer: Annotated[str, typer.Option("--recognizer", help="The engine.")] = "crf",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the engine; repeatable.")
    ] = None,
    second: Annotated[
        str | None, typer.Option("--second", help="Another engine, trained on the same answers.")
    ] = None,
    times: Annotated[
        list[str] | None, typer.Option("--times", help="Documents with active_seconds, as `export` writes them.")
    ] = None,
    target: Annotated[
        float | None, typer.Option("--target", min=0, max=1, help="The F1 to tell the cost of.")
    ] = None,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Play annotators over annotated documents and draw learning curves."""
    from livener.cli.curves_page import curves_page
    from livener.formats.target import write_text
    from livener.learning.acquisition import Cost
    from livener.learning.simulation import Plan, cost_of, means
    from livener.learning.simulation import simulate as run
    from livener.text import Segmenter

    if unit is Unit.words:
        raise InputError("words are a strategy here", where="--unit", fix="--strategy words")
    parts = [list(documents(paths, format=format, encoding=encoding, options=option)) for paths in (pool, dev, test)]
    timed = list(documents(times or (), format=format, encoding=encoding, options=option))
    plan = Plan(
        tuple(dict.fromkeys(strategy or ("random", "token_entropy", "words"))),
        seeds,
        start,
        budget,
        rounds,
        error_rate=error_rate,
        random_share=random_share,
        recognizer=recognizer,
        settings=settings(set_ or ()),
        second=second,
        by_sentence=unit is Unit.sentence,
        cost=measured(timed, Segmenter()) if times else Cost(),
    )
    currency = "seconds" if times else "tokens"
    with progress("simulate") as report:
        done = 0

        def tell(point: "Point", total: int) -> None:
            nonlocal done
            done += 1
            report(done, total, {"f1": point.f1, currency: point.cost})

        points = run(plan, *parts, out=out, tell=tell)
    found = means(points)
    curves = {name: [mean for mean in found if mean.strategy == name] for name in plan.strategies}
    told = {name: cost_of(curve, target) for name, curve in curves.items()} if target is not None else {}
    values = {"currency": currency, "target": target, "cost_of_target": told, "curves": _values(found)}
    write_text([json.dumps(values, indent=2) + "\n"], out / "curves.json")
    write_text(_csv(found), out / "curves.csv")
    write_text(curves_page("Learning curves", curves, currency), out / "curves.html")
    if as_json:
        typer.echo(json.dumps(values))
    else:
        typer.echo(table(["strategy", currency, "F1", "±", *(["other F1"] if second else [])], _rows(found)))
        for name, cost in told.items():
            typer.echo(f"{name}: F1 {target:g} " + (f"after {cost:,.0f} {currency}" if cost else "is not reached"))
    say(f"wrote {out / 'curves.html'}, curves.csv and curves.json")


def _values(found: "list[Mean]") -> list[dict[str, object]]:
    from livener.learning.simulation.curves import as_rows

    return as_rows(found)


def _csv(found: "list[Mean]") -> list[str]:
    rows = _values(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return [text.getvalue()]


def _rows(found: "list[Mean]") -> list[list[object]]:
    return [
        [mean.strategy, round(mean.cost), mean.f1, mean.band, *([mean.other_f1] if mean.other_f1 is not None else [])]
        for mean in found
    ]
