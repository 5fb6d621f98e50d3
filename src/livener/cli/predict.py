"""``livener predict``: documents in, documents with spans out, streaming."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import counted, number_of, say
from livener.cli.reading import Encoding, Format, Option, documents, tell
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.pipeline import Pipeline
    from livener.text import Document


class Target(StrEnum):
    """What predictions can be written as."""

    jsonl = "jsonl"
    conll = "conll"
    inline = "inline"
    html = "html"
    ansi = "ansi"


def predict(
    model: Annotated[Path, typer.Argument(help="A model directory, or a pipeline.toml that names its engines.")],
    files: Annotated[list[str] | None, typer.Argument(help="Documents; standard input when none or '-'.")] = None,
    to: Annotated[Target, typer.Option("--to", help="Output format.")] = Target.jsonl,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write one file per input into this directory; finished ones are skipped."),
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Every line of the input is a document of its own.")] = False,
    pipeline: Annotated[
        Path | None, typer.Option("--pipeline", help="A pipeline.toml to use with the model instead of its own.")
    ] = None,
    trace: Annotated[
        bool,
        typer.Option("--trace", help="Tell on stderr what every stage did; in JSON Lines in the metadata too."),
    ] = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Find the entities of documents."""
    from livener.pipeline import load

    options = [*(option or ()), *(["lines=true"] if lines else ())]
    format = "text" if lines and format is None else format
    nlp = load(model, pipeline=pipeline)

    def spans_of(paths: Iterable[str]) -> "Iterator[Document]":
        found = documents(paths, format=format, encoding=encoding, options=options)
        return _traced(nlp, found, to) if trace else nlp.pipe(found)

    files = files or ["-"]
    if out is None:
        _write(spans_of(files), "-", to, nlp.labels)
        return
    targets = _targets(files, out, to)
    made_with = model if model.is_file() else model / "model.json"
    began = _began(out, made_with.read_bytes() + repr((format, encoding, options, nlp.version, trace)).encode())
    for source, target in targets.items():
        if _finished(source, target, began):
            say(f"{target} is finished, skipped")
        else:
            count = _write(counted(spans_of([source]), source), str(target), to, nlp.labels)
            say(f"wrote {target}: {number_of(count, 'document')}")


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


def _targets(files: Iterable[str], out: Path, to: Target) -> dict[str, Path]:
    targets: dict[str, Path] = {}
    for file in files:
        target = out / f"{'stdin' if file == '-' else Path(file).stem}.{to}"
        if target in targets.values():
            raise InputError(f"two inputs would both be written to {target}", where=file, fix="different names")
        if file != "-" and Path(file).stat() and target.exists() and target.samefile(file):
            raise InputError(f"would be overwritten by its own predictions {target}", where=file, fix="another --out")
        targets[file] = target
    out.mkdir(parents=True, exist_ok=True)
    return targets


def _began(out: Path, made_with: bytes) -> int:
    """When the predictions of this model with these options were begun in ``out``: now, if others were made last."""
    stamp, digest = out / ".made-with", hashlib.sha256(made_with).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        stamp.write_text(digest, encoding="utf-8")
    return stamp.stat().st_mtime_ns


def _finished(source: str, target: Path, began: int) -> bool:
    """Whether the output is there and younger than what it came from; outputs appear only when they are whole."""
    if source == "-" or not target.exists():
        return False
    return target.stat().st_mtime_ns >= max(began, Path(source).stat().st_mtime_ns)


def _write(found: "Iterable[Document]", path: str, to: Target, labels: Iterable[str]) -> int:
    from livener.cli.highlight import Colours, ansi_lines, html_page
    from livener.formats import Report, write
    from livener.formats.target import write_text

    if to in (Target.html, Target.ansi):
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
    report = Report()
    number = write(found, path, format=to.value, report=report)
    tell(report)
    return number
