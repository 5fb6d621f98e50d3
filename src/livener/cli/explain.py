"""``livener explain``: why a model says what it says."""

import json
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import table
from livener.cli.reading import Json


def explain(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    text: Annotated[str, typer.Argument(help="The text to explain.")],
    as_json: Json = False,
) -> None:
    """Show how a text was split and what was found in it."""
    from livener.pipeline import load
    from livener.text import Document

    nlp = load(model)
    found = nlp(Document(text))
    spans = [[span.text, span.label, span.score] for span in found.spans]
    words = [sentence.words for sentence in nlp.segmenter.sentences(Document(text))]
    if as_json:
        typer.echo(json.dumps({"sentences": words, "spans": spans}, ensure_ascii=False))
        return
    for number, sentence in enumerate(words, start=1):
        typer.echo(f"sentence {number}: {' | '.join(sentence)}")
    typer.echo(table(["span", "label", "score"], spans))
