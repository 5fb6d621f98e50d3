"""``livener domains``: learn to tell the domain of a document, and what is from none that is known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from livener.cli.console import number_of, say, table
from livener.cli.reading import Encoding, Format, Json, Option, documents
from livener.errors import InputError

_HELD_OUT = 5  # every fifth document is held out to say how well it works


def domains(
    train: Annotated[
        list[str], typer.Option("--train", metavar="NAME=FILE", help="Documents of a domain; repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    other: Annotated[
        list[str] | None, typer.Option("--other", help="Documents of no domain, of many kinds; repeatable.")
    ] = None,
    encoder: Annotated[
        bool, typer.Option("--encoder", help="By an encoder (extra neural) instead of by words.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    as_json: Json = False,
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Learn the domains of documents, for the stage domain.v1 of a pipeline."""
    from livener.pipeline import domains as classifier
    from livener.pipeline import encoded_domains

    learn: Callable[..., classifier.Domains | encoded_domains.EncodedDomains]
    learn = encoded_domains.train if encoder else classifier.train
    known: dict[str, list[str]] = {}
    for pair in train:
        name, equals, path = pair.partition("=")
        if not (name and equals and path):
            raise InputError(f"--train {pair!r}", fix="--train NAME=FILE, such as news=news.conll")
        read = documents([path], format=format, encoding=encoding, options=option)
        known.setdefault(name, []).extend(document.text for document in read)
    others = [d.text for d in documents(other or [], format=format, encoding=encoding, options=option)]
    # How well it works is told from a classifier that did not see every fifth document; what is kept has seen all.
    part = {name: [text for i, text in enumerate(texts) if i % _HELD_OUT] for name, texts in known.items()}
    trial = learn(part, other=[text for i, text in enumerate(others) if i % _HELD_OUT], seed=seed)
    held = {**known, **({classifier.UNKNOWN: others} if others else {})}
    figures = {}
    for name, texts in held.items():
        judged = trial(texts[::_HELD_OUT])
        figures[name] = {
            "documents": len(texts),
            "held_out": len(judged),
            "right": sum(one.name == name for one in judged) / max(len(judged), 1),
            "unknown": sum(one.name == classifier.UNKNOWN for one in judged) / max(len(judged), 1),
        }
    learn(known, other=others, seed=seed).save(out)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        rows = [
            [name, one["documents"], one["held_out"], one["right"], one["unknown"]] for name, one in figures.items()
        ]
        typer.echo(table(["domain", "documents", "held out", "right", "called unknown"], rows))
    say(f"wrote {out}: {number_of(len(known), 'domain')}{' and other text' if others else ''}")
