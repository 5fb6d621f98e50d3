"""``livener train``: annotated documents in, a model directory out."""

from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import counted, number_of, progress, say
from livener.cli.reading import Encoding, Format, Option, documents, settings
from livener.errors import InputError


def train(
    train: Annotated[list[str], typer.Option("--train", help="Annotated documents to learn from; repeatable.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model directory to write.")],
    dev: Annotated[
        list[str] | None,
        typer.Option("--dev", help="Annotated documents to stop on; without it, a tenth of --train is held out."),
    ] = None,
    recognizer: Annotated[str, typer.Option("--recognizer", help="The engine; crf when not given.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the engine; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
    model: Annotated[
        Path | None, typer.Option("--from", metavar="MODEL", help="Go on from this model; --train are corrections.")
    ] = None,
    replay: Annotated[
        list[str] | None,
        typer.Option("--replay", help="With --from: what it learned from before, not to be forgotten; repeatable."),
    ] = None,
    annotated: Annotated[
        list[str] | None,
        typer.Option("--annotated", metavar="LABEL", help="With --from: a label that was looked for; repeatable."),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option("--teacher", metavar="MODEL", help="A model that labels --unlabelled."),
    ] = None,
    unlabelled: Annotated[
        list[str] | None, typer.Option("--unlabelled", help="With --teacher: texts that nobody labelled; repeatable.")
    ] = None,
    search: Annotated[
        int, typer.Option("--search", metavar="N", min=0, help="Try N settings first, and train with the best.")
    ] = 0,
    hourly_cost: Annotated[
        float | None, typer.Option("--hourly-cost", min=0.0, help="What an hour of this machine costs.")
    ] = None,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Train a recognizer and write a model directory."""
    from livener import learning
    from livener.datasets import hold_out
    from livener.learning.search import search as find
    from livener.learning.training import unfinished
    from livener.pipeline import load
    from livener.recognizers.team import Team

    if model is None and (replay or annotated):
        raise InputError("--replay and --annotated go on from a model", fix="--from MODEL")
    if model is not None and (recognizer or set_):
        raise InputError("a model keeps its engine and its settings", fix="--from without --recognizer and --set")
    if (teacher is None) != (not unlabelled):
        raise InputError("a teacher needs texts, and they need a teacher", fix="--teacher MODEL --unlabelled FILE")
    if model is not None and (search or teacher):
        raise InputError("a model that learns on keeps its settings", fix="--from without --search and --teacher")
    learn = list(documents(train, format=format, encoding=encoding, options=option))
    if dev:
        stop = list(documents(dev, format=format, encoding=encoding, options=option))
    else:
        learn, stop = hold_out(learn)
        total = len(learn) + len(stop)
        say(f"no --dev: held out {len(stop):,} of {total:,} documents, chosen by a hash of their text")
    if teacher is not None:
        texts = documents(unlabelled or (), format=format, encoding=encoding, options=option)
        silver = list(learning.taught(load(teacher), counted(texts, "teacher")))
        say(f"{teacher} labelled {number_of(len(silver), 'text')} that it is sure of")
        learn += silver
    chosen = settings(set_ or ())
    if search:
        with progress("search") as report:
            best = find(recognizer or "crf", learn, stop, trials=search, fixed=chosen, seed=seed, progress=report)
        chosen = best.settings
        said = " ".join(f"{name}={value}" for name, value in chosen.items()) or "the defaults"
        say(f"best of {number_of(search, 'trial')}: strict F1 {best.f1:.3f} on dev with {said}")
    old = list(documents(replay or (), format=format, encoding=encoding, options=option))
    if unfinished(out).is_dir() and not resume:
        say("note: a training of it was interrupted; it begins anew, as there is no --resume")
    try:
        with progress("train") as report:
            if model is not None:
                result = learning.continue_(
                    *(model, learn, stop),
                    out=out,
                    replay=old,
                    annotated=annotated,
                    seed=seed,
                    progress=report,
                    resume=resume,
                    hourly_cost=hourly_cost,
                )
            else:
                result = learning.train(
                    *(recognizer or "crf", learn, stop),
                    out=out,
                    settings=chosen,
                    seed=seed,
                    progress=report,
                    resume=resume,
                    hourly_cost=hourly_cost,
                )
    except KeyboardInterrupt:
        if unfinished(out).is_dir():
            say("its state is kept: the same command with --resume goes on")
        raise
    if not Team.of().leads:
        return
    if result.cost["resumed"]:
        say("went on with the training that was interrupted")
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
