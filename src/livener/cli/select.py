"""``livener select``: what to label next."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livener.cli.apart import Project, apart
from livener.cli.console import number_of, say
from livener.cli.reading import Encoding, Format, Option, documents, settings
from livener.errors import InputError

if TYPE_CHECKING:
    from livener.learning.acquisition import Choice, Cost, Predictions, Question
    from livener.pipeline import Pipeline
    from livener.text import Document, Segmenter


class Unit(StrEnum):
    """What is asked for at once."""

    document = "document"
    sentence = "sentence"
    words = "words"


def select(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    pool: Annotated[list[str], typer.Option("--pool", help="Documents to choose from; repeatable.")],
    number: Annotated[int | None, typer.Option("-n", "--number", min=1, help="How many to choose.")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="Instead of -n: how many tokens (with --times: seconds).")
    ] = None,
    strategy: Annotated[str, typer.Option("--strategy", help="How to choose.")] = "token_entropy",
    unit: Annotated[Unit, typer.Option("--unit", help="What is asked for at once.")] = Unit.document,
    random_share: Annotated[
        float, typer.Option("--random-share", min=0, max=1, help="The share that is drawn at random.")
    ] = 0.1,
    known: Annotated[
        list[str] | None, typer.Option("--known", help="Documents that the model learned from; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="Documents that must not be chosen; repeatable.")
    ] = None,
    project: Project = None,
    errors: Annotated[
        list[str] | None, typer.Option("--errors", help="Annotated documents; what the model gets wrong in them.")
    ] = None,
    committee: Annotated[
        list[Path] | None, typer.Option("--committee", help="Another model, for disagreement; repeatable.")
    ] = None,
    times: Annotated[
        list[str] | None, typer.Option("--times", help="Documents with active_seconds, as `export` writes them.")
    ] = None,
    vectors: Annotated[
        str, typer.Option("--vectors", help="How sentences become vectors: auto, encoder, words, features.")
    ] = "auto",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the strategy; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")] = 0,
    out: Annotated[str, typer.Option("--out", "-o", help="Where to write them, as JSON Lines.")] = "-",
    format: Format = None,
    encoding: Encoding = "utf-8",
    option: Option = None,
) -> None:
    """Choose what to label next from a pool of documents."""
    import numpy as np

    from livener import formats
    from livener.learning import acquisition
    from livener.pipeline import load

    def read(paths: Iterable[str] | None) -> "list[Document]":
        return list(documents(paths or (), format=format, encoding=encoding, options=option))

    function = acquisition.create(strategy, settings(set_ or ()))
    nlp = load(model)
    candidates = apart(_candidates(apart(read(pool), project), read(exclude), nlp, unit), project)
    if not candidates:
        raise InputError("every document of the pool is left out")
    predictions = acquisition.Predictions(
        nlp,
        candidates,
        known=apart(read(known), project),
        errors=_errors(nlp, apart(read(errors), project)),
        committee=[load(path) for path in committee or ()],
        vectors=vectors,
        seed=seed,
    )
    if unit is Unit.words:
        if times:
            raise InputError("questions about words are counted in tokens", where="--times")
        asked = acquisition.questions(
            predictions,
            rng=np.random.default_rng(seed),
            count=number,
            budget=None if budget is None else int(budget),
            random_share=random_share,
        )
        formats.write(_asked(asked, predictions), out, format="jsonl")
        say(f"chose {number_of(len(asked), 'question')}, {sum(one.tokens for one in asked):,} tokens")
        return
    cost = measured(read(times), nlp.segmenter) if times else acquisition.Cost()
    chosen = acquisition.select(
        predictions,
        function,
        rng=np.random.default_rng(seed),
        count=number,
        budget=budget,
        cost=cost,
        random_share=random_share,
    )
    found = nlp.pipe(choice.document for choice in chosen)
    formats.write(_told(chosen, found, strategy, "seconds" if times else "tokens"), out, format="jsonl")
    spent = sum(choice.cost for choice in chosen)
    say(
        f"chose {number_of(len(chosen), unit.value)} of {len(candidates):,}, "
        f"{spent:,.0f} {'seconds' if times else 'tokens'}, {sum(choice.random for choice in chosen):,} at random"
    )
    if number is not None and len(chosen) < number:
        say("note: the rest of the pool is nearly the same as what was chosen or known, or has no text")


def _candidates(pool: "list[Document]", exclude: "list[Document]", nlp: "Pipeline", unit: Unit) -> "list[Document]":
    """The pool in units, without the texts to leave out, whatever their case and spacing."""
    from livener.datasets.splits import text_key
    from livener.learning.acquisition import sentences_of

    left_out = {text_key(one.text) for one in [*exclude, *sentences_of(exclude, nlp.segmenter)]}
    whole = [document for document in pool if text_key(document.text) not in left_out]
    units = whole if unit is not Unit.sentence else list(sentences_of(whole, nlp.segmenter))
    return [document for document in units if text_key(document.text) not in left_out]


def _errors(nlp: "Pipeline", annotated: "list[Document]") -> "list[tuple[Document, int, int]]":
    from livener.metrics import evaluate

    predicted = list(nlp.pipe(annotated))
    found = []
    for error in evaluate([one.spans for one in annotated], [one.spans for one in predicted]).errors:
        span = error.gold or error.predicted
        assert span is not None
        found.append((annotated[error.document], span.start, span.end))
    return found


def measured(annotated: "list[Document]", segmenter: "Segmenter") -> "Cost":
    """What documents cost in seconds, by those that say how long people were active over them."""
    from livener.learning.acquisition import Cost

    tokens, spans, seconds = [], [], []
    for document in annotated:
        if isinstance(measured := document.meta.get("active_seconds"), int | float):
            tokens.append(sum(len(sentence.tokens) for sentence in segmenter.sentences(document)))
            spans.append(len(document.spans))
            seconds.append(measured)
    return Cost.measured(tokens, spans, seconds)


def _asked(questions: "Iterable[Question]", predictions: "Predictions") -> "Iterator[Document]":
    """A document for each question, of which only the range that is asked for counts as known."""
    for rank, one in enumerate(questions, start=1):
        spans = tuple(
            span for span in predictions.spans[one.number] if one.start <= span.start and span.end <= one.end
        )
        why = {
            "rank": rank,
            "strategy": "random" if one.random else "token_entropy",
            "score": round(one.score, 6),
            "tokens": one.tokens,
        }
        yield replace(
            one.document,
            meta={**one.document.meta, "selected": why},
            spans=spans,
            negatives=(),
            complete=False,
            known=((one.start, one.end),),
        )


def _told(chosen: "list[Choice]", found: "Iterable[Document]", strategy: str, currency: str) -> "Iterator[Document]":
    """The chosen documents with what the model finds in them, and why they were chosen."""
    for rank, (choice, document) in enumerate(zip(chosen, found, strict=True), start=1):
        why: dict[str, Any] = {
            "rank": rank,
            "strategy": "random" if choice.random else strategy,
            "score": round(choice.score, 6),
            currency: round(choice.cost, 3),
        }
        yield replace(document, meta={**document.meta, "selected": why})
