"""``livener calibrate``: from which score on a model's predictions may be accepted unseen."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import number_of, say, table
from livener.cli.evaluate import check_labels
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.learning.routing import Group


def calibrate(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    data: Annotated[
        list[str], typer.Option("--data", help="Annotated documents that training never saw; repeatable.")
    ],
    limit: Annotated[
        float, typer.Option("--limit", help="At most this share of what is accepted may be wrong.")
    ] = 0.02,
    confidence: Annotated[float, typer.Option("--confidence", help="How surely.")] = 0.95,
    audit: Annotated[
        float, typer.Option("--audit", help="The random share of the accepted that people see all the same.")
    ] = 0.05,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Find the thresholds that hold a limit on errors, and keep them with the model."""
    from livener.learning import calibration
    from livener.learning.acceptance import check_rates
    from livener.learning.routing import FILE, RoutingRules, model_key
    from livener.pipeline import load

    check_rates(limit=limit, confidence=confidence, audit=audit)
    if not model.is_dir():
        raise InputError("no such model", where=str(model), fix="a directory that `livener train` wrote")
    nlp = load(model)
    gold = list(documents(data, format=format, encoding=encoding, options=option))
    check_labels(gold, nlp.labels)
    rules = RoutingRules(limit=limit, confidence=confidence, audit_share=audit)
    routing = calibration.calibrate(nlp, gold, rules=rules, model=model_key(model))
    routing.save(model)
    groups = [*routing.labels.items(), ("whole sentences", routing.sentences)]
    if as_json:
        values = {
            "limit": limit,
            "confidence": confidence,
            "audit_share": audit,
            "labels": {label: _figures(group) for label, group in routing.labels.items()},
            "sentences": _figures(routing.sentences),
        }
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        typer.echo(table(_HEADER, [_row(name, group) for name, group in groups]))
    for name, group in groups:
        if group.acceptance.threshold is None:
            say(f"note: {name}: no threshold is shown to hold {limit:.2%}: {group.acceptance.why}")
    holding = sum(group.acceptance.threshold is not None for group in routing.labels.values())
    say(f"wrote {model / FILE}: {number_of(holding, 'label')} of {len(routing.labels):,} can be accepted unseen")
    if not holding and routing.sentences.acceptance.threshold is None:
        raise typer.Exit(1)


_HEADER = ["", "threshold", "accepted", "errors", "at most", "judged", "right", "mean score"]


def _row(name: str, group: "Group") -> list[object]:
    figures = _figures(group)
    rates = (figures["share"], figures["bound"], figures["right"], figures["mean_score"])
    share, bound, right, mean = ("–" if rate is None else f"{rate:.1%}" for rate in rates)
    threshold = "none" if figures["threshold"] is None else f"{figures['threshold']:.4f}"
    return [name, threshold, share, figures["errors"], bound, figures["judged"], right, mean]


def _figures(group: "Group") -> dict[str, Any]:
    acceptance, held_out = group.acceptance, group.held_out
    count = acceptance.judged
    return {
        "threshold": acceptance.threshold,
        "share": acceptance.share,
        "accepted": acceptance.accepted,
        "errors": acceptance.errors,
        "bound": None if acceptance.threshold is None else acceptance.bound,
        "judged": count,
        "right": 1 - held_out.errors / count if count else None,
        "mean_score": sum(held_out.scores) / count if count else None,
        "why": acceptance.why,
    }
