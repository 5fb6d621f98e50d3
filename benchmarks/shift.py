"""A model in a domain that it has not seen: what do 100 sentences bring, chosen and at random?

    python benchmarks/shift.py [--seeds 5] [--first 0] [--data DIR]

A CRF has learned PER, ORG, LOC and MISC from WikiGold and UNER-EWT, whole, under the names that CrossNER gives them.
The pool is the train and dev split of CrossNER ai, 450 sentences, as its train split alone has 100; strict F1 over
all 14 labels is measured on the test split. 100 sentences are chosen in four rounds of 25, by token entropy (summed,
not over the length, as sentences are counted here), after each of which the model learns on with 400 sentences of
what it knew, in which new labels are left open. "random" learns the same way from 100 random ones. Nothing stops the
training: there are no development data. Tokens are told, as chosen sentences are longer.

Reads ../shared/data, or that of $LIVENER_SHARED_DATA.
"""

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from livener.formats import read
from livener.learning.acquisition import Predictions, create, select, sentences_of
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter, Sentence

NAMES = {"PER": "person", "ORG": "organisation", "LOC": "location", "MISC": "misc"}
BASE = ("wikigold/wikigold.conll.txt", "uner-en-ewt/en_ewt-ud-train.derived.iob2")
ROUNDS, EACH, REPLAY = 4, 25, 400
SEGMENTER = Segmenter()


def cut(documents: list[Document]) -> list[Sentence]:
    return [sentence for document in documents for sentence in SEGMENTER.sentences(document)]


def f1(nlp: Pipeline, test: list[Document]) -> float:
    return evaluate([d.spans for d in test], [d.spans for d in nlp.pipe(test)]).strict.f1


def renamed(document: Document) -> Document:
    return replace(document, spans=tuple(replace(span, label=NAMES[span.label]) for span in document.spans))


def learned(folder: Path, base: list[Sentence], new: list[Document], seed: int) -> Pipeline:
    """The model of the folder after it learned on."""
    crf = Crf.load(folder)
    again = np.random.default_rng(seed).choice(len(base), REPLAY, replace=False)
    crf.adapt(cut(new), [base[number] for number in again.tolist()], [], open_replay=True, seed=seed)
    return Pipeline(crf, SEGMENTER)


def chosen(nlp: Pipeline, folder: Path, base: list[Sentence], pool: list[Document], seed: int) -> list[Document]:
    """100 sentences, in rounds."""
    known: list[Document] = []
    left = list(range(len(pool)))
    for _ in range(ROUNDS):
        given = Predictions(nlp, [replace(pool[number], spans=()) for number in left], known=known)
        rng = np.random.default_rng([seed, len(known)])
        taken = [
            left[choice.number]
            for choice in select(
                given, create("token_entropy", {"power": 0.0}), rng=rng, count=EACH, random_share=0.0
            )
        ]
        known += [pool[number] for number in taken]
        left = [number for number in left if number not in taken]
        nlp = learned(folder, base, known, seed)
    return known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", beside)))
    arguments = parser.parse_args()
    base = cut([renamed(one) for name in BASE for one in read(arguments.data / name, format="conll")])
    folder = arguments.data / "crossner" / "ai"
    pool = [one for part in ("train.txt", "dev.txt") for one in sentences_of(read(folder / part, format="conll"))]
    test = list(sentences_of(read(folder / "test.txt", format="conll")))
    rows = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        crf = Crf.create({})
        crf.fit(base, [], seed=seed)
        nlp = Pipeline(crf, SEGMENTER)
        with tempfile.TemporaryDirectory() as work:
            crf.save(Path(work))
            best = chosen(nlp, Path(work), base, pool, seed)
            order = np.random.default_rng(seed).permutation(len(pool))[: ROUNDS * EACH].tolist()
            by_chance = [pool[number] for number in order]
            after = [f1(learned(Path(work), base, those, seed), test) for those in (best, by_chance)]
        rows.append((f1(nlp, test), *after))
        tokens = [sum(len(one.tokens or ()) for one in those) for those in (best, by_chance)]
        print(
            f"seed {seed}: {rows[-1][0]:.3f} before, {after[0]:.3f} after 100 chosen ({tokens[0]:,} tokens), "
            f"{after[1]:.3f} after 100 random ({tokens[1]:,} tokens)",
            flush=True,
        )
    before, best_f1, random_f1 = np.mean(rows, axis=0)
    print(f"mean: {before:.3f} before, {best_f1:.3f} chosen, {random_f1:.3f} random")


if __name__ == "__main__":
    main()
