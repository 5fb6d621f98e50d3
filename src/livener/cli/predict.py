"""``livener predict``: documents in, documents with spans out, streaming."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import counted, number_of, say
from livener.cli.reading import Encoding, Format, Option, documents, format_options, tell
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.formats import Report
    from livener.pipeline import Pipeline
    from livener.pipeline.executors import Executor
    from livener.text import Document


class Target(StrEnum):
    """What predictions can be written as."""

    jsonl = "jsonl"
    parquet = "parquet"
    conll = "conll"
    inline = "inline"
    html = "html"
    ansi = "ansi"


class Engine(StrEnum):
    """Where the work is done."""

    local = "local"
    processes = "processes"
    ray = "ray"


def predict(
    model: Annotated[Path, typer.Argument(help="A model directory, or a pipeline.toml that names its engines.")],
    files: Annotated[list[str] | None, typer.Argument(help="Documents; standard input when none or '-'.")] = None,
    to: Annotated[Target, typer.Option("--to", help="Output format.")] = Target.jsonl,
    out: Annotated[
        str | None,
        typer.Option("--out", help="Write into this directory or URL; what is finished there is skipped."),
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Every line of the input is a document of its own.")] = False,
    pipeline: Annotated[
        Path | None, typer.Option("--pipeline", help="A pipeline.toml to use with the model instead of its own.")
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help="Where neural engines run: auto, cpu, cuda, cuda:1 …")
    ] = "auto",
    trace: Annotated[
        bool,
        typer.Option("--trace", help="Tell on stderr what every stage did; in JSON Lines in the metadata too."),
    ] = False,
    engine: Annotated[Engine, typer.Option("--engine", help="Where to work, with --out.")] = Engine.local,
    workers: Annotated[int | None, typer.Option("--workers", help="How many; one for each processor else.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="A Ray cluster: auto, ray://host:10001.")] = None,
    partition: Annotated[
        float, typer.Option("--partition", metavar="MB", min=0.001, help="About how much is one output, with --out.")
    ] = 8.0,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what engines that cost would be asked; nothing is sent.")
    ] = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Find the entities of documents."""
    from livener.pipeline import load

    executor = _executor(engine, workers, address, out=out, trace=trace)
    options = [*(option or ()), *(["lines=true"] if lines else ())]
    format = "text" if lines and format is None else format
    nlp = load(model, pipeline=pipeline)
    nlp.to(device)
    files = files or ["-"]
    if estimate:
        _estimated(nlp, documents(files, format=format, encoding=encoding, options=options))
        return
    if out is None:
        if to is Target.parquet:
            raise InputError("--to parquet is not for standard output", fix="--out DIR")
        found = documents(files, format=format, encoding=encoding, options=options)
        _write(_traced(nlp, found, to) if trace else nlp.pipe(found), "-", to, nlp.labels)
        _say_counts(nlp)
        return
    from livener.pipeline.executors import Reading, predict_files

    if "-" in files and engine is not Engine.local:
        raise InputError("standard input is read by this process", fix="--engine local, or files")
    failed = 0
    for done in predict_files(
        model,
        files,
        out,
        pipeline=pipeline,
        reading=Reading(format, encoding, format_options(options, "--option")),
        to=to.value,
        executor=executor,
        partition=partition,
        nlp=nlp,
        writer=partial(_shown, to=to, labels=nlp.labels) if to in (Target.html, Target.ansi) else None,
    ):
        if done.outcome is None:
            say(f"{done.target} is finished, skipped")
            continue
        tell(done.outcome.report)
        failed += done.outcome.failed
        aside = f", {done.outcome.failed:,} set aside" if done.outcome.failed else ""
        say(f"wrote {done.target}: {number_of(done.outcome.documents, 'document')}{aside}")
    _say_counts(nlp)
    if failed:
        say(f"{number_of(failed, 'document')} set aside with the reason, in {out.rstrip('/')}/failed")
        raise typer.Exit(1)


def _executor(
    engine: Engine, workers: int | None, address: str | None, *, out: str | None, trace: bool
) -> "Executor":
    from livener.pipeline.executors import Here, Processes, RayActors

    if trace and out is not None:
        raise InputError("--trace is for documents that go to standard output", fix="--trace without --out")
    if engine is Engine.local:
        if workers is not None or address is not None:
            raise InputError("--workers and --address are for other engines", fix="--engine processes or ray")
        return Here(watch=counted)
    if out is None:
        raise InputError(f"--engine {engine} needs a place for its results", fix="--out DIR")
    if engine is Engine.ray:
        return RayActors(workers, address=address)
    if address is not None:
        raise InputError("--address is for Ray", fix="--engine ray")
    return Processes(workers)


def _estimated(nlp: "Pipeline", found: "Iterable[Document]") -> None:
    from livener.pipeline.run import batched

    totals: dict[str, Any] = {}
    for batch in batched(found):
        sentences = [sentence for document in batch for sentence in nlp.segmenter.sentences(document)]
        for engine in nlp.recognizers:
            if hasattr(engine, "estimate"):
                estimate = engine.estimate(sentences)
                totals[engine.name] = totals[engine.name] + estimate if engine.name in totals else estimate
    for name, total in totals.items():
        typer.echo(f"{name}: {total}")
    if not totals:
        say("no engine of this model is asked over a network: it costs nothing")


def _say_counts(nlp: "Pipeline") -> None:
    """What engines that are asked over a network were asked in this process, and what came of it."""
    for engine in nlp.recognizers:
        if counts := getattr(engine, "counts", None):
            say(f"{engine.name}: {', '.join(f'{what} {count:,}' for what, count in sorted(counts.items()))}")


def _traced(nlp: "Pipeline", found: "Iterable[Document]", to: Target) -> "Iterator[Document]":
    for document in found:
        trace = nlp.trace(document)
        say(f"{document.id}:")
        for line in str(trace).splitlines():
            typer.echo(f"  {line}", err=True)
        if to is Target.jsonl:
            yield replace(trace.document, meta={**trace.document.meta, "trace": trace.records()})
        else:
            yield trace.document


def _write(found: "Iterable[Document]", path: str, to: Target, labels: Iterable[str]) -> None:
    from livener.formats import Report, write

    report = Report()
    if to in (Target.html, Target.ansi):
        _shown(found, Path(path), report, to=to, labels=labels)
    else:
        write(found, path, format=to.value, report=report)
        tell(report)


def _shown(found: "Iterable[Document]", path: Path, _report: "Report", *, to: Target, labels: Iterable[str]) -> int:
    """Write for the eyes, and say how many documents."""
    from livener.cli.highlight import Colours, ansi_lines, html_page
    from livener.formats.target import write_text

    number = 0

    def numbered() -> "Iterator[Document]":
        nonlocal number
        for document in found:
            number += 1
            yield document

    colours = Colours(labels)
    page = html_page(numbered(), "Predictions", colours)
    write_text(page if to is Target.html else ansi_lines(numbered(), colours), path)
    return number
