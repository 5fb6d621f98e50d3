"""``livener train``: annotated documents in, a model directory out."""

from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import number_of, progress, say
from livener.cli.reading import Encoding, Format, Option, documents, settings


def train(
    train: Annotated[list[str], typer.Option("--train", help="Annotated documents to learn from; repeatable.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model directory to write.")],
    dev: Annotated[
        list[str] | None,
        typer.Option("--dev", help="Annotated documents to stop on; without it, a tenth of --train is held out."),
    ] = None,
    recognizer: Annotated[str, typer.Option("--recognizer", help="The engine.")] = "crf",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the engine; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Train a recognizer and write a model directory."""
    from livener import learning
    from livener.datasets import hold_out

    learn = list(documents(train, format=format, encoding=encoding, options=option))
    if dev:
        stop = list(documents(dev, format=format, encoding=encoding, options=option))
    else:
        learn, stop = hold_out(learn)
        total = len(learn) + len(stop)
        say(f"no --dev: held out {len(stop):,} of {total:,} documents, chosen by a hash of their text")
    with progress("train") as report:
        result = learning.train(
            recognizer, learn, stop, out=out, settings=settings(set_ or ()), seed=seed, progress=report
        )
    if result.unaligned:
        identity, span = result.unaligned[0]
        say(
            f"note: {number_of(len(result.unaligned), 'training span')} could not be learned, as no token begins or "
            f"ends there, such as [{span.start}, {span.end}) {span.text!r} in document {identity!r}"
        )
    wanted = {span.label for document in stop for span in document.spans}
    if unknown := sorted(wanted - set(result.pipeline.labels)):
        say(f"note: dev has labels that nothing was learned of: {', '.join(unknown)}")
    strict = result.metrics["strict"]
    say(
        f"wrote {out}: {number_of(len(result.pipeline.labels), 'label')}, strict F1 {strict['f1']:.3f} on "
        f"{number_of(strict['support'], 'span')} of dev, fitted in {result.seconds:.1f} s"
    )
