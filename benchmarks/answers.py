"""How much of what full correction teaches do yes and no to single spans teach?

    python benchmarks/answers.py [SET …] [--seeds 5] [--data DIR]

A CRF learns from random sentences of the train split. Then 200 (bc5cdr) or 400 sentences, chosen by token entropy,
are answered for in three ways, and the CRF is trained again with what is known then: "full", every span of them; "yes
and no", one answer after the other about every span of the 30 best readings to which the model gives 2 to 98 %,
unless it overlaps one that was right; "one each", a single answer about the sentence's least sure predicted span.
What is not answered stays unknown. The share is that of the gain in strict F1 on the test split that full correction
of the same sentences brings, of the means over seeds. The dev split stops all trainings.

Reads ../shared/data, or that of $LIVENER_SHARED_DATA.
"""

import argparse
import os
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from livener.formats import read
from livener.learning.acquisition import Predictions, create, select, sentences_of
from livener.learning.acquisition.readings import asked, candidates
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter, Sentence, Span

SETS = {
    "bc5cdr": (("train.tsv", "devel.tsv", "test.tsv"), 10_000, 200),
    "uner-en-ewt": (("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"), 20_000, 400),
}
SEGMENTER = Segmenter()


def cut(documents: list[Document]) -> list[Sentence]:
    return [sentence for document in documents for sentence in SEGMENTER.sentences(document)]


def fit(train: list[Document], dev: list[Sentence], seed: int) -> Pipeline:
    crf = Crf.create({})
    crf.fit(cut(train), dev, seed=seed)
    return Pipeline(crf, SEGMENTER)


def f1(nlp: Pipeline, test: list[Document]) -> float:
    return evaluate([d.spans for d in test], [d.spans for d in nlp.pipe(test)]).strict.f1


def key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def run(
    train: list[Document], dev: list[Sentence], test: list[Document], tokens: int, sentences: int, seed: int
) -> dict[str, float]:
    """The figures of one seed."""
    rng = np.random.default_rng(seed)
    first: list[Document] = []
    pool: list[Document] = []
    spent = 0
    for number in rng.permutation(len(train)).tolist():
        (first if spent < tokens else pool).append(train[number])
        spent += len(train[number].tokens or ())
    nlp = fit(first, dev, seed)
    before = f1(nlp, test)
    bare = [replace(document, spans=()) for document in pool]
    given = Predictions(nlp, bare, known=first)
    chosen = select(given, create("token_entropy", {"power": 0.5}), rng=rng, count=sentences, random_share=0.0)
    full = [pool[choice.number] for choice in chosen]
    part = Predictions(nlp, [choice.document for choice in chosen])
    gold = [{key(span) for span in document.spans} for document in full]
    answers, single, answered = 0, [], []
    for number, group in groupby(candidates(part), key=lambda one: one.number):
        document, count = asked(
            part.documents[number], [one.span for one in group], lambda span, n=number: key(span) in gold[n]
        )
        answered.append(document)
        answers += count
    for number, spans in enumerate(part.spans):
        if spans:
            least = min(spans, key=lambda span: abs((span.score or 0.0) - 0.5))
            single.append(asked(part.documents[number], [least], lambda span, n=number: key(span) in gold[n])[0])
    return {
        "before": before,
        "full": f1(fit([*first, *full], dev, seed), test) - before,
        "yes and no": f1(fit([*first, *answered], dev, seed), test) - before,
        "one each": f1(fit([*first, *single], dev, seed), test) - before,
        "answers": answers,
        "single": len(single),
        "spans": sum(map(len, gold)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=list(SETS), help=", ".join(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", beside)))
    arguments = parser.parse_args()
    for name in arguments.sets:
        files, tokens, sentences = SETS[name]
        train, dev, test = (list(sentences_of(read(arguments.data / name / f, format="conll"))) for f in files)
        stop = cut(dev)
        runs = []
        for seed in range(arguments.seeds):
            runs.append(run(train, stop, test, tokens, sentences, seed))
            print(f"    seed {seed}: {runs[-1]}", flush=True)
        mean = {figure: float(np.mean([one[figure] for one in runs])) for figure in runs[0]}
        shares = [f"{way} {mean[way]:+.3f} ({mean[way] / mean['full']:.0%})" for way in ("yes and no", "one each")]
        print(
            f"{name}: F1 {mean['before']:.3f}; {sentences} sentences with {mean['spans']:.0f} spans: "
            f"full {mean['full']:+.3f}, {', '.join(shares)}; {mean['answers']:.0f} and {mean['single']:.0f} answers"
        )


if __name__ == "__main__":
    main()
