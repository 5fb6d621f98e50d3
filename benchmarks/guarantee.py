"""Does a stated limit on the errors of accepted predictions hold on predictions that nobody looked at?

    python benchmarks/guarantee.py [SET …] [--limit 0.02] [--splits 200] [--data DIR]

A CRF learns from nine tenths of the train split and stops and calibrates on the last tenth. What it predicts on the
dev and test splits is cut at random, by documents, into two halves: thresholds come from the one, the realised error
among the accepted of the other is counted. "over" is the share of all cuts in which that error is over the limit; "of
both halves" the same for the error among the accepted of both, which is nearer to the rate that the guarantee is for.

Beside livener: "observed", the usual way, the lowest threshold whose error on the first half is at most the limit;
"uncorrected", the lowest one whose Clopper-Pearson bound there is, as if it were the only one looked at; and the
"oracle", which sees the second half and takes the lowest threshold whose error there is at most the limit.

"spans" are those accepted by all labels together, each label with a threshold of its own; beside it the label that
was over most often. Reads ../shared/data, or that of $LIVENER_SHARED_DATA. The first three sets were looked at when
the procedure was written, ncbi-disease was not.
"""

import argparse
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livener.datasets import hold_out
from livener.formats import read
from livener.learning.acceptance import binomial_tail, lowest_threshold
from livener.learning.calibration import judge
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text.segment import Segmenter

SETS = {
    "bc5cdr": ("train.tsv", "devel.tsv", "test.tsv"),
    "uner-en-ewt": ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
    "broad-twitter": ("btc.train", "btc.dev", "btc.test"),
    "ncbi-disease": ("train.tsv", "devel.tsv", "test.tsv"),
}
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Way = Callable[[Floats, Bools, float], float]
RISK = 0.05  # of what lowest_threshold promises when nothing else is asked for
NONE = 2.0  # a threshold that accepts nothing


def livener(scores: Floats, right: Bools, limit: float) -> float:
    threshold = lowest_threshold(scores, right, limit=limit).threshold
    return NONE if threshold is None else threshold


def lowest(
    scores: Floats, right: Bools, good: Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], Bools]
) -> float:
    """The lowest threshold for which ``good(errors, accepted)`` is true."""
    if not len(scores):
        return NONE
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(ordered[1:] < ordered[:-1], True)
    passed = np.flatnonzero(good(np.cumsum(~right[order]), np.arange(1, len(scores) + 1)) & last)
    return float(ordered[passed[-1]]) if len(passed) else NONE


def observed(scores: Floats, right: Bools, limit: float) -> float:
    return lowest(scores, right, lambda errors, count: errors <= limit * count)


def uncorrected(scores: Floats, right: Bools, limit: float) -> float:
    most = int(limit * len(scores)) + 1
    counts = np.array([needed(errors, limit) for errors in range(most + 1)])
    return lowest(scores, right, lambda errors, count: count >= counts[np.minimum(errors, most)])


@cache
def needed(errors: int, limit: float) -> int:
    """How many must be accepted for the bound to hold."""
    low, high = errors, int((errors + 20) * 3 / limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_tail(errors, middle, limit) <= RISK else (middle, high)
    return high


WAYS: dict[str, Way] = {"livener": livener, "observed": observed, "uncorrected": uncorrected, "oracle": observed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=list(SETS), help=", ".join(SETS))
    parser.add_argument("--limit", type=float, default=0.02)
    parser.add_argument("--splits", type=int, default=200)
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", beside)))
    arguments = parser.parse_args()
    limit = arguments.limit
    print(f"limit {limit:.1%}, confidence 95 %, {arguments.splits} cuts")
    for name in arguments.sets:
        train, dev, test = (list(read(arguments.data / name / part, format="conll")) for part in SETS[name])
        segmenter, crf = Segmenter(), Crf.create({})
        crf.fit(*([s for document in part for s in segmenter.sentences(document)] for part in hold_out(train)))
        held_out = list(judge(Pipeline(crf, segmenter), dev + test))
        flat = [(i, one) for i, verdicts in enumerate(held_out) for one in verdicts]
        groups = {}
        for label in [*sorted({str(one.label) for _, one in flat if one.label}), None]:
            those = [(i, one.score, one.right) for i, one in flat if one.label == label]
            where, scores, right = (np.array(column) for column in zip(*those, strict=True))
            groups[label] = (where, scores, right)
            error, over_all = 1 - right.mean(), observed(scores, right, limit)
            share = (scores >= over_all).mean()
            print(
                f"  {name} {label or 'sentences'}: {len(those):,}, {error:.1%} wrong, {share:.1%} could be accepted"
            )
        for way, choose in WAYS.items():
            rng = np.random.default_rng(0)
            kinds = ("spans", "sentences")
            over = {**dict.fromkeys(groups, 0), "spans": 0}
            long_run = dict.fromkeys(groups, 0)
            shares: dict[str, list[float]] = {kind: [] for kind in kinds}
            nothing = dict.fromkeys(kinds, 0)
            for _ in range(arguments.splits):
                first = rng.random(len(held_out)) < 0.5
                sums = {kind: np.zeros(3) for kind in kinds}
                for label, (where, scores, right) in groups.items():
                    seen = first[where]
                    source = ~seen if way == "oracle" else seen
                    accepted = scores >= choose(scores[source], right[source], limit)
                    long_run[label] += (~right[accepted]).sum() > limit * accepted.sum()
                    taken = ~seen & accepted
                    errors, count = int((~right[taken]).sum()), int(taken.sum())
                    sums["spans" if label else "sentences"] += errors, count, int((~seen).sum())
                    over[label] += errors > limit * count
                over["spans"] += sums["spans"][0] > limit * sums["spans"][1]
                for kind, (_, some, every) in sums.items():
                    shares[kind].append(some / every)
                    nothing[kind] += some == 0
            worst = max((label for label in groups if label), key=lambda label: over[label])
            rate = {label: f"{count / arguments.splits:6.1%}" for label, count in over.items()}
            both = {label: f"{count / arguments.splits:6.1%}" for label, count in long_run.items()}
            print(
                f"  {name:14}{way:12} spans: over {rate['spans']}, accepted {np.mean(shares['spans']):6.1%}, nothing"
                f" {nothing['spans'] / arguments.splits:4.0%};"
                f" {worst}: over {rate[worst]}, of both halves {both[worst]};"
                f" sentences: over {rate[None]}, of both halves {both[None]}, accepted"
                f" {np.mean(shares['sentences']):6.1%}, nothing {nothing['sentences'] / arguments.splits:4.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
