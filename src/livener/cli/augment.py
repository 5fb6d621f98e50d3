"""``livener augment``: more documents from those that there are, each checked."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.apart import Project, apart
from livener.cli.console import number_of, say
from livener.cli.reading import Encoding, Format, Option, documents
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.text import Document


def augment(
    files: Annotated[list[str], typer.Argument(help="Annotated documents; '-' is standard input.")],
    out: Annotated[str, typer.Option("--out", "-o", help="Where to write what was made.")] = "-",
    copies: Annotated[int, typer.Option("--copies", min=1, help="How many of each document or template.")] = 1,
    share: Annotated[
        float, typer.Option("--share", min=0, max=1, help="The share of the spans that get another name.")
    ] = 0.5,
    names: Annotated[
        list[Path] | None, typer.Option("--names", help="Term lists with more names of the labels; repeatable.")
    ] = None,
    templates: Annotated[
        Path | None, typer.Option("--templates", help="Sentences with places, such as {PER}, instead of documents.")
    ] = None,
    translator: Annotated[
        str | None, typer.Option("--translator", help="Translate there and back by this one instead.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Leave out what this model is sure is something else.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="Documents that must not come out; repeatable.")
    ] = None,
    project: Project = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="At most so many in all.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Make more annotated documents, and write those that hold every check."""
    import numpy as np

    from livener import formats
    from livener.datasets import augmentation
    from livener.pipeline import load
    from livener.recognizers.gazetteer.terms import read_terms

    if templates and translator:
        raise InputError("templates are not translated", where="--translator", fix="one of the two")
    given = apart(list(documents(files, format=format, encoding=encoding, options=option)), project)
    excluded = documents(exclude or (), format=format, encoding=encoding, options=option)
    inspection = augmentation.Inspection.of(given, excluded=excluded, model=load(model) if model else None)
    known = augmentation.names_of(given)
    for path in names or ():
        for term in read_terms(path):
            known.setdefault(term.label, []).append(term.text)
    rng = np.random.default_rng(seed)
    made: Iterable[Document]
    if translator:
        made = augmentation.back_translated(given, *augmentation.translator(translator))
    elif templates:
        lines = templates.read_text(encoding="utf-8").splitlines()
        made = augmentation.filled(filter(str.strip, lines), known, rng=rng, copies=copies)
    else:
        made = augmentation.other_names(given, known, rng=rng, share=share, copies=copies)
    sound = list(islice(apart(list(inspection(made)), project), most))
    if not sound:
        counts = ", ".join(f"{reason} {count:,}" for reason, count in inspection.rejected.items())
        raise InputError(f"nothing could be made of {number_of(len(given), 'document')}: {counts or 'no spans'}")
    formats.write(sound, out, format=None if out != "-" else "jsonl")
    rejected = sum(inspection.rejected.values())
    why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(inspection.rejected.items()))
    say(f"made {number_of(len(sound), 'document')}" + (f", left out {rejected:,} ({why})" if rejected else ""))
