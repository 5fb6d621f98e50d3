"""``livener explain``: why a model says what it says."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from livener.cli.console import table
from livener.cli.reading import Json
from livener.errors import InputError


def explain(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    text: Annotated[str | None, typer.Argument(help="The text to explain.")] = None,
    transitions: Annotated[
        bool, typer.Option("--transitions", help="Print the learned steps between tags (crf).")
    ] = False,
    top: Annotated[int, typer.Option("--top", min=1, help="How many contributions to print of a span.")] = 8,
    as_json: Json = False,
) -> None:
    """Show what was found in a text, and why."""
    from livener.explain import explained
    from livener.explain import transitions as steps_of
    from livener.pipeline import load
    from livener.text import Document

    if not (text and text.strip()) and not transitions:
        raise InputError("there is nothing to explain", fix="a TEXT, or --transitions")
    nlp = load(model)
    result: dict[str, Any] = {}
    if text:
        result["sentences"] = [
            explained(nlp.recognizer, one, top=top) for one in nlp.segmenter.sentences(Document(text))
        ]
    if transitions:
        result["transitions"] = steps_of(nlp.recognizer).as_dict()
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    parts = [_sentence_text(one) for one in result.get("sentences", ())]
    typer.echo("\n\n".join([*parts, *([_transitions_text(result["transitions"])] if transitions else ())]))


def _sentence_text(sentence: dict[str, Any]) -> str:
    lines = [" | ".join(sentence["tokens"])]
    if cut := [pieces for pieces in sentence.get("pieces", ()) if len(pieces) > 1]:
        lines.append("in pieces: " + ", ".join(" ".join(pieces) for pieces in cut))
    for span in sentence["spans"]:
        about = [span["label"], f"{span['score']:.3f}", span["source"], span["kb_id"]]
        lines.append(f"\n{span['text']!r}: {' '.join(filter(None, about))}")
        rows = [
            [f"{part['weight']:+.2f}", _place(part["place"]), part["word"], part["feature"]]
            for part in span.get("contributions", ())
        ]
        if rows:
            lines.append(table(["nats", "where", "word", "feature"], rows))
        if words := [[f"{part['weight']:+.2f}", part["word"]] for part in span.get("words", ())]:
            lines.append(table(["weight", "word"], words))
    return "\n".join(lines)


def _place(place: int) -> str:
    return "inside" if not place else f"{abs(place)} {'before' if place < 0 else 'after'}"


def _transitions_text(found: dict[str, Any]) -> str:
    rows = [
        [tag, *("·" if weight is None else f"{weight:+.2f}" for weight in row)]
        for tag, row in zip(found["tags"], found["weights"], strict=True)
    ]
    text = table(["from, to", *found["tags"]], rows) + "\n(· is forbidden by the scheme)"
    if found["unseen"]:
        text += "\n\nlegal, but never seen in training: " + ", ".join(f"{a} → {b}" for a, b in found["unseen"])
    return text
