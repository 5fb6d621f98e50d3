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
    from livener.pipeline import Pipeline


def explain(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    text: Annotated[str | None, typer.Argument(help="The text to explain.")] = None,
    transitions: Annotated[
        bool, typer.Option("--transitions", help="Print the learned steps between tags (crf).")
    ] = False,
    what_if: Annotated[
        str | None, typer.Option("--what-if", metavar="TEXT", help="The text with an edit: how the scores move.")
    ] = None,
    attention: Annotated[
        bool, typer.Option("--attention", help="What each word looks at most in the last layer (transformer).")
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
    if text and what_if:
        result["what_if"] = _what_if(nlp, text, what_if)
    if text and attention:
        result["attention"] = _attention(nlp, text)
    if transitions:
        result["transitions"] = steps_of(nlp.recognizer).as_dict()
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    parts = [_sentence_text(one) for one in result.get("sentences", ())]
    for name, text_of in (
        ("what_if", _what_if_text),
        ("attention", _attention_text),
        ("transitions", _transitions_text),
    ):
        if name in result:
            parts.append(text_of(result[name]))
    typer.echo("\n\n".join(parts))


def _what_if(nlp: "Pipeline", before: str, after: str) -> list[dict[str, Any]]:
    from livener.explain import what_if_text
    from livener.text import Document

    one, other = (nlp.segmenter.sentences(Document(text)) for text in (before, after))
    return [asdict(moved) for pair in what_if_text(nlp.recognizer, one, other) for moved in pair]


def _what_if_text(moves: list[dict[str, Any]]) -> str:
    rows = [
        [
            one["label"],
            *(
                "-" if text is None else f"{text} {score:.3f}{'' if found else ' (not found)'}"
                for text, score, found in zip(
                    (one["before"], one["after"]),
                    (one["score_before"], one["score_after"]),
                    one["predicted"],
                    strict=True,
                )
            ),
        ]
        for one in moves
    ]
    return table(["label", "before", "what if"], rows)


def _attention(nlp: "Pipeline", text: str) -> list[dict[str, Any]]:
    from livener.explain import attention
    from livener.recognizers.transformer import Transformer
    from livener.text import Document

    if not isinstance(nlp.recognizer, Transformer):
        raise InputError(f"{nlp.recognizer.name} has no attention", fix="a model of transformer")
    found = [attention(nlp.recognizer, one) for one in nlp.segmenter.sentences(Document(text)) if one.tokens]
    return [{"words": one.words, "weights": one.weights.round(4).tolist()} for one in found]


def _attention_text(found: list[dict[str, Any]]) -> str:
    import numpy as np

    from livener.explain import Attention

    rows = []
    for one in found:
        seen = Attention(tuple(one["words"]), np.array(one["weights"]))
        for i, word in enumerate(seen.words):
            rows.append([word, ", ".join(f"{other} {weight:.2f}" for other, weight in seen.strongest(i))])
    return table(["word", "looks at"], rows)


def _sentence_text(sentence: dict[str, Any]) -> str:
    lines = [" | ".join(sentence["tokens"])]
    if cut := [pieces for pieces in sentence.get("pieces", ()) if len(pieces) > 1]:
        lines.append("in pieces: " + ", ".join(" ".join(pieces) for pieces in cut))
    for span in sentence["spans"]:
        score = None if span["score"] is None else f"{span['score']:.3f}"
        about = [span["label"], score, span["source"], span["kb_id"]]
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
