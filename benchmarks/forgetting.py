"""What a model loses of the old when it learns the new: CrossNER, one domain after the other, and one label more.

    python benchmarks/forgetting.py [--recognizer crf] [--seeds 5] [--set NAME=VALUE …] [--workers 1]
        [--part domains] [--part labels] [--data DIR]

"domains": politics → science → music → literature → ai. A model is trained on the first; at each step it learns on
from the train split of the next domain. The strict F1 on the test split of a domain when it was learned is compared
with that at the end. "with replay" all earlier train splits are replayed; "without" only the new one is seen, the
usual fine-tuning; "anew" is a training from the beginning on all five. The best epoch is chosen on the dev splits of
the domains so far, a hundred sentences of each. Each domain was annotated for its own labels in full, so that what is
replayed is complete.

"labels": a model of politics without one of its labels learns it from the same sentences, in which now only that
label is marked (``annotated``), with the old annotation replayed. The F1 of the other labels on test, before and
after; the F1 of the new label beside that of a model that had it from the beginning. Each label with at least 200
test spans.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener import Document
from livener.cli.reading import settings
from livener.formats import read
from livener.learning import continue_, train
from livener.metrics import evaluate
from livener.pipeline import Pipeline

DOMAINS = ("politics", "science", "music", "literature", "ai")
LEAST = 200  # test spans of a label
Parts = dict[str, list[Document]]


def strict(nlp: Pipeline, documents: Sequence[Document], labels: set[str] | None = None) -> float:
    """F1 in percent; of some ``labels`` only where they are given."""

    def of(one: Document) -> list[Any]:
        return [span for span in one.spans if labels is None or span.label in labels]

    found = evaluate([of(one) for one in documents], [of(one) for one in nlp.pipe(documents)])
    return 100.0 * found.strict.f1


@dataclass(frozen=True)
class Trial:
    """One series of trainings; ``data`` are the splits of each domain."""

    data: Path
    recognizer: str
    chosen: dict[str, Any]
    seed: int
    way: str

    def __call__(self) -> Any:
        data = {domain: splits(self.data, domain) for domain in DOMAINS}
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "m")
            if self.way == "anew":
                return self.anew(data, out)
            if self.way in ("with replay", "without"):
                return self.along(data, out)
            return self.one_more(data[DOMAINS[0]], out)

    def along(self, data: dict[str, Parts], out: Path) -> Any:
        """The F1 of each domain when it was learned, and in the end."""
        first = data[DOMAINS[0]]
        nlp = self._train(first["train"], first["dev"], out)
        then = {DOMAINS[0]: strict(nlp, first["test"])}
        for i, domain in enumerate(DOMAINS[1:], 1):
            seen = [data[one] for one in DOMAINS[:i]] if self.way == "with replay" else []
            dev = [one for parts in (*seen, data[domain]) for one in parts["dev"]]
            replay = [one for parts in seen for one in parts["train"]]
            learn = data[domain]["train"]
            nlp = continue_(nlp, learn, dev, out=out, replay=replay, relabelled=True, seed=self.seed).pipeline
            then[domain] = strict(nlp, data[domain]["test"])
        return then, {domain: strict(nlp, data[domain]["test"]) for domain in DOMAINS}

    def anew(self, data: dict[str, Parts], out: Path) -> dict[str, float]:
        """The F1 of each domain, from a training on all."""
        learn, dev = ([one for parts in data.values() for one in parts[part]] for part in ("train", "dev"))
        nlp = self._train(learn, dev, out)
        return {domain: strict(nlp, data[domain]["test"]) for domain in DOMAINS}

    def one_more(self, parts: Parts, out: Path) -> list[float]:
        """The others' F1 before and after; the new label's, and its in a model that had it from the beginning."""
        label = self.way
        others = {span.label for one in parts["train"] for span in one.spans} - {label}
        old, old_dev = (only(parts[part], label, without=True) for part in ("train", "dev"))
        nlp = self._train(old, old_dev, out)
        before = strict(nlp, parts["test"], others)
        marked = [one for one in only(parts["train"], label, without=False) if one.spans]
        nlp = continue_(nlp, marked, parts["dev"], out=out, replay=old, annotated=[label], seed=self.seed).pipeline
        whole = self._train(parts["train"], parts["dev"], out)
        after = strict(nlp, parts["test"], others)
        return [before, after, strict(nlp, parts["test"], {label}), strict(whole, parts["test"], {label})]

    def _train(self, learn: list[Document], dev: list[Document], out: Path) -> Pipeline:
        return train(self.recognizer, learn, dev, out=out, settings=self.chosen, seed=self.seed).pipeline


def splits(folder: Path, domain: str) -> Parts:
    parts = {part: list(read(folder / "crossner" / domain / f"{part}.txt", format="conll"))
             for part in ("train", "dev", "test")}  # fmt: skip
    return parts | {"dev": parts["dev"][:100]}


def only(documents: list[Document], label: str, *, without: bool) -> list[Document]:
    return [one.with_spans(tuple(s for s in one.spans if (s.label == label) != without)) for one in documents]


def run(trial: Trial) -> Any:
    warnings.simplefilter("ignore")
    return trial()


def main(options: argparse.Namespace) -> None:
    test = splits(options.data, DOMAINS[0])["test"]
    counts = Counter(span.label for one in test for span in one.spans)
    labels = sorted(label for label, count in counts.items() if count >= LEAST)
    domains = ["with replay", "without", "anew"] if "domains" in options.part else []
    labels = labels if "labels" in options.part else []
    ways = [*domains, *labels]
    trials = [
        Trial(options.data, options.recognizer, settings(options.set), seed, way)
        for way in ways
        for seed in range(options.seeds)
    ]
    with ProcessPoolExecutor(options.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(run, trials))
    found = {way: results[i * options.seeds : (i + 1) * options.seeds] for i, way in enumerate(ways)}
    print(f"{options.recognizer}, {options.seeds} seeds: strict F1 on test when learned → in the end (change)")
    for domain in DOMAINS if domains else ():
        cells = []
        for way in ("with replay", "without"):
            then, end = ([one[i][domain] for one in found[way]] for i in (0, 1))
            change = [b - a for a, b in zip(then, end, strict=True)]
            cells.append(f"{way} {_mean(then)} → {_mean(end)} ({_mean(change)}, worst {min(change):+.1f})")
        cells.append(f"anew {_mean([one[domain] for one in found['anew']])}")
        print(f"  {domain:10} " + "   ".join(cells))
    print("one label more: the others before → after (change); the new label, had it from the beginning")
    for label in labels:
        before, after, new, whole = ([one[i] for one in found[label]] for i in range(4))
        change = [b - a for a, b in zip(before, after, strict=True)]
        print(f"  {label:14} {_mean(before)} → {_mean(after)} ({_mean(change)}, worst {min(change):+.1f})   "
              f"{_mean(new)} {_mean(whole)}")  # fmt: skip


def _mean(values: Sequence[float]) -> str:
    return f"{statistics.mean(values):+.1f}" if min(values) < 0 else f"{statistics.mean(values):.1f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recognizer", default="crf")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--part", action="append", choices=["domains", "labels"], help="both by default; repeatable")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    home = os.environ.get("LIVENER_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(home))
    given = parser.parse_args()
    if not given.data.is_dir():
        sys.exit(f"{given.data}: no data sets here; give --data")
    given.part = given.part or ["domains", "labels"]
    main(given)
