"""``livener explain``: why a model says what it says."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.console import table
from livener.cli.reading import Json
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.explain import SpanExplanation, Transitions
    from livener.pipeline import Pipeline
    from livener.recognizers.transformer import Transformer
    from livener.text import Sentence


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
    from livener.pipeline import load
    from livener.text import Document

    if not (text and text.strip()) and not transitions:
        raise InputError("there is nothing to explain", fix="a TEXT, or --transitions")
    nlp = load(model)
    result: dict[str, Any] = {}
    if text:
        result["sentences"] = [_explained(nlp, one, top) for one in nlp.segmenter.sentences(Document(text))]
    if transitions:
        result["transitions"] = _transitions(nlp)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    parts = [_sentence_text(one) for one in result.get("sentences", ())]
    typer.echo("\n\n".join([*parts, *([_transitions_text(result["transitions"])] if transitions else ())]))


def _explained(nlp: "Pipeline", sentence: "Sentence", top: int) -> dict[str, Any]:
    from livener.recognizers.crf import Crf
    from livener.recognizers.transformer import Transformer

    recognizer = nlp.recognizer
    if isinstance(recognizer, Transformer):
        pieces = [recognizer.pieces.texts(word) for word in recognizer.pieces(sentence.words)]
        return {"tokens": sentence.words, "pieces": pieces, "spans": _with_attributions(recognizer, sentence, top)}
    if isinstance(nlp.recognizer, Crf):
        from livener.explain import explain_spans

        spans = [_with_contributions(one, top) for one in explain_spans(nlp.recognizer, sentence)]
    else:
        spans = [asdict(span) for span in nlp.recognizer.predict([sentence])[0]]
    return {"tokens": sentence.words, "spans": spans}


def _with_contributions(one: "SpanExplanation", top: int) -> dict[str, Any]:
    return asdict(one.span) | {"contributions": [asdict(part) for part in one.contributions[:top]]}


def _with_attributions(model: "Transformer", sentence: "Sentence", top: int) -> list[dict[str, Any]]:
    """The spans with the words that speak most for or against them, where torch is there to ask."""
    from importlib.util import find_spec

    from livener.explain import attributions

    spans = [asdict(span) for span in model.predict([sentence])[0]]
    for one, span in zip(attributions(model, sentence) if find_spec("torch") else (), spans, strict=False):
        words = sorted(zip(one.weights, sentence.words, strict=True), key=lambda part: -abs(part[0]))
        span["words"] = [{"weight": weight, "word": word} for weight, word in words[:top]]
    return spans


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


def _transitions(nlp: "Pipeline") -> dict[str, Any]:
    from livener.explain import transitions
    from livener.recognizers.crf import Crf

    if not isinstance(nlp.recognizer, Crf):
        raise InputError(f"{nlp.recognizer.name} has no transitions", fix="a model of crf")
    found: Transitions = transitions(nlp.recognizer)
    return {
        "tags": found.tags,
        "weights": [[weight if weight > -1e300 else None for weight in row] for row in found.weights.tolist()],
        "counts": found.counts.tolist(),
        "unseen": found.unseen,
    }


def _transitions_text(found: dict[str, Any]) -> str:
    rows = [
        [tag, *("·" if weight is None else f"{weight:+.2f}" for weight in row)]
        for tag, row in zip(found["tags"], found["weights"], strict=True)
    ]
    text = table(["from, to", *found["tags"]], rows) + "\n(· is forbidden by the scheme)"
    if found["unseen"]:
        text += "\n\nlegal, but never seen in training: " + ", ".join(f"{a} → {b}" for a, b in found["unseen"])
    return text
