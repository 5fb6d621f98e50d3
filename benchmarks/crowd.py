"""One gold from a crowd: majority vote beside Dawid–Skene, against the gold of experts.

    python benchmarks/crowd.py

1. Real people: the raw crowd judgements of the Broad Twitter Corpus (Derczynski et al. 2016), where two workers
   selected the tokens of one entity type in each tweet. There are no boundaries in it, so each selected token is a
   span of its own, and the score is F1 of tokens against the published corpus, in the tweets found there by their
   tokens. "Any" keeps what either worker selected: the published gold of section b is nearly that, so whatever finds
   more wins there.
2. Simulated people: eight of them with different error rates, three to a tweet, on 2,000 tweets of the training
   split; strict F1 of spans. The estimated reliability of each is printed beside the true one. "Merged" is what a
   reviewer starts from: positions where people overlap, by vote, and not spans that must be equal.

Reads ../shared/data/broad-twitter, or that of $LIVENER_SHARED_DATA.
"""

import json
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter

from livener.datasets import Aggregation, dawid_skene, majority
from livener.formats import read
from livener.metrics import evaluate
from livener.review.adjudication import align, premerge
from livener.text import Document, Span

DATA = Path(os.environ.get("LIVENER_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
CORPUS = DATA / "broad-twitter"
TYPES = {"per": "PER", "loc": "LOC", "org": "ORG"}
RATES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)  # of the spans that a simulated person gets wrong


def words(document: Document) -> tuple[str, ...]:
    return tuple(document.text[start:end] for start, end in document.tokens or ())


def selected(document: Document, label: str) -> set[int]:
    """The tokens in spans of the label."""
    spans = [span for span in document.spans if span.label == label]
    tokens = enumerate(document.tokens or ())
    return {at for at, (start, end) in tokens if any(span.start < end and start < span.end for span in spans)}


def crowd(path: Path) -> Iterator[dict[str, Document]]:
    for line in path.open(encoding="utf-8"):
        unit = json.loads(line)
        text = " ".join(unit["tokens"])
        tokens, at = [], 0
        for token in unit["tokens"]:
            tokens.append((at, at + len(token)))
            at += len(token) + 1
        yield {
            one["worker"]: Document(
                text,
                spans=tuple(Span(*tokens[chosen], unit["type"]) for chosen in sorted(set(one["tokens_selected"]))),
                tokens=tuple(tokens),
            )
            for one in unit["judgments"]
        }


def token_f1(found: Iterable[set[int]], gold: Iterable[set[int]]) -> float:
    right = size = 0
    for one, other in zip(found, gold, strict=True):
        right += len(one & other)
        size += len(one) + len(other)
    return 2 * right / size


def real_people() -> None:
    print("section type  tweets  with gold  workers   majority  Dawid–Skene  any   (token F1)")
    for section in "ab":
        gold = {words(document): document for document in read(CORPUS / f"sections/{section}.conll", format="conll")}
        for name, label in TYPES.items():
            units = list(crowd(CORPUS / f"crowd/{section}.{name}.jsonl"))
            known = [number for number, unit in enumerate(units) if words(next(iter(unit.values()))) in gold]
            truth = [selected(gold[words(next(iter(units[number].values())))], label) for number in known]
            scores = [
                token_f1([selected(found.documents[number], label) for number in known], truth)
                for found in (majority(units), dawid_skene(units))
            ]
            either = [set().union(*(selected(one, label) for one in units[number].values())) for number in known]
            workers = len({who for unit in units for who in unit})
            print(
                f"{section:7} {label:5}{len(units):7,}{len(known):11,}{workers:9}"
                f"{scores[0]:11.3f}{scores[1]:13.3f}{token_f1(either, truth):6.3f}"
            )


def spoilt(document: Document, rate: float, rng: random.Random) -> Document:
    """As a person annotates it who gets this share of spans wrong: half of them missed, a quarter with another label,
    a quarter with another boundary; and who marks three in a hundred times as many words that are nothing."""
    tokens = document.tokens or ()
    starts, ends = ({edges[side]: at for at, edges in enumerate(tokens)} for side in (0, 1))
    taken: set[int] = set()
    found = []
    for span in document.spans:
        first, last, label = starts[span.start], ends[span.end] + 1, span.label
        chance = rng.random() / rate
        if chance < 0.5:
            continue
        if chance < 0.75:
            label = rng.choice([other for other in TYPES.values() if other != label])
        elif chance < 1:
            shrink = [(1, 0), (0, -1)] if last - first > 1 else []
            before, after = rng.choice([(-1, 0), (0, 1), *shrink, *shrink])
            first, last = max(first + before, 0), min(last + after, len(tokens))
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            found.append(Span(tokens[first][0], tokens[last - 1][1], label))
    for start, end in (token for at, token in enumerate(tokens) if at not in taken):
        if rng.random() < 0.03 * rate:
            found.append(Span(start, end, rng.choice(list(TYPES.values()))))
    return document.with_spans(tuple(found))


def strict(gold: list[Document], found: list[Document]) -> float:
    return evaluate([one.spans for one in gold], [one.spans for one in found]).strict.f1


def simulated_people() -> None:
    rng = random.Random(0)
    gold = rng.sample(list(read(CORPUS / "btc.train", format="conll")), 2000)
    units = [{str(who): spoilt(one, RATES[who], rng) for who in rng.sample(range(len(RATES)), 3)} for one in gold]
    found: list[Aggregation] = []
    for method in (majority, dawid_skene):
        began = perf_counter()
        found.append(method(units))
        print(
            f"{found[-1].method}: strict F1 {strict(gold, found[-1].documents):.3f}, {perf_counter() - began:.1f} s"
        )
    known = {who: score.f1 for who, score in found[-1].reliability.items()}
    positions = [align(unit) for unit in units]
    for strategy in ("majority", "weighted"):
        merged = [
            one.with_spans(tuple(premerge(some, strategy=strategy, reliabilities=known)))
            for one, some in zip(gold, positions, strict=True)
        ]
        print(f"merged, {strategy}: strict F1 {strict(gold, merged):.3f}")
    print("person  error rate  true F1  estimated F1: majority  Dawid–Skene")
    for who, rate in enumerate(RATES):
        own = [(one, unit[str(who)]) for one, unit in zip(gold, units, strict=True) if str(who) in unit]
        estimates = [one.reliability[str(who)].f1 for one in found]
        true = strict(*map(list, zip(*own, strict=True)))
        print(f"{who:6}{rate:12.2f}{true:9.3f}{estimates[0]:24.3f}{estimates[1]:13.3f}")


if __name__ == "__main__":
    if not CORPUS.is_dir():
        raise SystemExit(f"needs the data set broad-twitter in {DATA}, or in $LIVENER_SHARED_DATA")
    real_people()
    print()
    simulated_people()
