"""How many tokens must be annotated until a CRF is nearly as good as with all of them?

    python benchmarks/selection.py [SET …] [--seeds 5] [--out DIR] [--data DIR]
    python benchmarks/selection.py bc5cdr --upto 8000 --rounds 4 --strategy random --strategy token_entropy

The pool is the train split, sentence by sentence; the dev split stops the training and is not counted; the test split
is only measured on, and nothing was chosen by it. Every strategy begins with the same 2,000 random tokens of a seed,
and the CRF is trained from the beginning at each point. "words" asks for unsure words only and counts the tokens of
which it gets an answer, not those that a person reads around them. The target is 95 % of the mean F1 over the same
seeds with the whole train split; costs between two points are interpolated. "behind" is by how much the strategy was
at most below random at the same cost, beside random's confidence band there. ``--upto`` plays only the beginning,
and asks for no target.

Stopped, it goes on where it was when started again with the same --out. Reads ../shared/data, or that of
$LIVENER_SHARED_DATA.
"""

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from livener.formats import read
from livener.learning.acquisition import sentences_of
from livener.learning.simulation import Mean, Plan, cost_of, f1_at, means, simulate
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter

SETS = {
    "uner-en-ewt": ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
    "bc5cdr": ("train.tsv", "devel.tsv", "test.tsv"),
}
PLANS = {
    "uner-en-ewt": Plan(
        ("random", "token_entropy", "sequence_entropy", "words"),
        budget=40_000,
        budgets={"random": 160_000, "words": 20_000},
        rounds=8,
    ),
    "bc5cdr": Plan(
        ("random", "token_entropy", "words"),
        budget=80_000,
        budgets={"random": 100_000, "words": 30_000},
        rounds=8,
    ),
}
SHARE = 0.95


def full(train: list[Document], dev: list[Document], test: list[Document], seeds: int) -> list[float]:
    """The F1 of each seed with everything."""
    segmenter = Segmenter()
    cut = [[s for document in part for s in segmenter.sentences(document)] for part in (train, dev)]
    scores = []
    for seed in range(seeds):
        crf = Crf.create({})
        crf.fit(*cut, seed=seed)
        found = [document.spans for document in Pipeline(crf, segmenter).pipe(test)]
        scores.append(evaluate([document.spans for document in test], found).strict.f1)
    return scores


def behind(curve: list[Mean], random: list[Mean]) -> tuple[float, float]:
    """How far the curve is at most below random, and random's band there."""
    gaps = [(mean.f1 - at[0], mean.band) for mean in random if (at := f1_at(curve, mean.cost))]
    return max(gaps, default=(0.0, 0.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=list(SETS), help=", ".join(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--upto", type=float, default=None, metavar="TOKENS")
    parser.add_argument("--rounds", type=int, default=None)
    parser.add_argument("--strategy", action="append", default=None, help="those of the set by default; repeatable")
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", beside)))
    arguments = parser.parse_args()
    out = arguments.out or Path(tempfile.mkdtemp())
    for name in arguments.sets:
        train, dev, test = (
            list(sentences_of(read(arguments.data / name / part, format="conll"))) for part in SETS[name]
        )
        everything = [] if arguments.upto else full(train, dev, test, arguments.seeds)
        target = SHARE * float(np.mean(everything)) if everything else 1.0
        plan = PLANS[name]
        plan = replace(plan, seeds=arguments.seeds, rounds=arguments.rounds or plan.rounds)
        if arguments.upto:
            plan = replace(plan, budget=arguments.upto, budgets={})
        if arguments.strategy:
            plan = replace(plan, strategies=tuple(arguments.strategy))
        points = simulate(
            plan,
            train,
            dev,
            test,
            out=out / name,
            tell=lambda point, total: print(f"    {point}", flush=True),  # noqa: ARG005
        )
        curves = {s: [mean for mean in means(points) if mean.strategy == s] for s in plan.strategies}
        of_random = cost_of(curves.get("random", []), target)
        if everything:
            print(f"{name}: F1 {np.mean(everything):.3f} with everything, the target is {target:.3f}")
        for strategy, curve in curves.items():
            cost = cost_of(curve, target)
            own = [
                cost_of([m for m in means(p for p in points if p.seed == seed) if m.strategy == strategy], target)
                for seed in range(arguments.seeds)
            ]
            gap, band = behind(curve, curves.get("random", []))
            share = f"{cost / of_random:.0%}" if cost and of_random else "–"
            shown = " ".join("–" if one is None else f"{one:,.0f}" for one in own)
            print(
                f"  {strategy:18}{f'{cost:,.0f}' if cost else '–':>10} tokens, {share} of random; by seed {shown}; "
                f"behind {gap:.3f} (band {band:.3f})"
            )
            print("    " + " ".join(f"{mean.cost:,.0f}:{mean.f1:.3f}±{mean.band:.3f}" for mean in curve))


if __name__ == "__main__":
    main()
