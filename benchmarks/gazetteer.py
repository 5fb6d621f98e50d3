"""A million terms: seconds to load, and megabytes of text a second, beside two peers in the same run.

    python benchmarks/gazetteer.py [--terms 1000000] [--megabytes 5] [--seed 0]

Peers: an Aho–Corasick automaton (ahocorasick-rs, overlapping matches, then the filter by word boundary and the
leftmost longest), and a plain Python dict of terms tried from every word, longest first. All three find the same
spans; where they do not, this fails. Terms and text are made from the seed: names of one to three words out of
60,000, and sentences whose words follow Zipf's law over 200,000 words, with a name in every second sentence. Times
are processor times of one core, speeds medians of five passes. What was loaded is frozen for the garbage collector,
which would otherwise walk through the peers' million strings in everybody's time.
"""

import argparse
import gc
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from livener.recognizers.gazetteer import Gazetteer, Term
from livener.text import Document, Sentence

T = TypeVar("T")
Found = list[tuple[int, int]]
WORD = re.compile(r"\w+")
SYLLABLES = [c + v + e for c in "bcdfghjklmnprstvwz" for v in "aeiou" for e in ("", "", "n", "r", "s", "l")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terms", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    terms, texts = make(options.terms, int(options.megabytes * 1e6), random.Random(options.seed))
    sentences = [Sentence(text, [], Document(text)) for text in texts]
    megabytes = sum(map(len, texts)) / 1e6
    print(f"{len(terms):,} terms, {len(texts):,} sentences, {megabytes:.1f} MB")

    Gazetteer([Term("warm", "UP")]).predict(sentences[:1])
    gazetteer, built = timed(lambda: Gazetteer([Term(term, "NAME", str(row)) for row, term in enumerate(terms)]))
    with tempfile.TemporaryDirectory() as folder:
        gazetteer.save(Path(folder))
        _, loaded = timed(lambda: Gazetteer.load(Path(folder)))
    print(f"livener         built {built:6.1f} s   saved file loaded {loaded:.1f} s")
    automaton, automaton_built = timed(lambda: aho_corasick(terms))
    print(f"ahocorasick-rs  built {automaton_built:6.1f} s")
    trie, dict_built = timed(lambda: dictionary(terms))
    print(f"dict            built {dict_built:6.1f} s")

    gc.freeze()
    speeds: dict[str, list[float]] = {"livener": [], "ahocorasick-rs": [], "dict": []}
    for _ in range(5):
        spans, seconds = timed(lambda: gazetteer.predict(sentences))
        speeds["livener"].append(megabytes / seconds)
        ours = [[(span.start, span.end) for span in found] for found in spans]
        for name, search in (("ahocorasick-rs", automaton), ("dict", trie)):
            theirs, seconds = timed(lambda search=search: [search(text) for text in texts])
            speeds[name].append(megabytes / seconds)
            if theirs != ours:
                raise SystemExit(f"livener and {name} differ")
    best = statistics.median(speeds["livener"])
    print(f"{sum(map(len, ours)):,} spans; the same from all three")
    for name, values in speeds.items():
        speed = statistics.median(values)
        print(f"{name:15} {speed:6.1f} MB/s   livener / {name}: {best / speed:.1f}")


def make(terms: int, characters: int, generator: random.Random) -> tuple[list[str], list[str]]:
    vocabulary: dict[str, None] = {}
    while len(vocabulary) < 200_000:
        vocabulary["".join(generator.choices(SYLLABLES, k=generator.choice((1, 2, 2, 3, 3, 4))))] = None
    words = list(vocabulary)
    named = words[-60_000:]
    names: dict[str, None] = {}
    while len(names) < terms:
        names[" ".join(generator.choices(named, k=generator.choice((1, 2, 2, 2, 3)))).title()] = None
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    listed = list(names)
    texts: list[str] = []
    length = 0
    while length < characters:
        chosen = generator.choices(words, cum_weights=weights, k=generator.randint(8, 30))
        if generator.random() < 0.5:
            chosen.insert(generator.randrange(len(chosen)), generator.choice(listed))
        texts.append(" ".join(chosen).capitalize() + ".")
        length += len(texts[-1])
    return listed, texts


def aho_corasick(terms: list[str]) -> Callable[[str], Found]:
    automaton = AhoCorasick([term.lower() for term in terms], MatchKind.Standard, store_patterns=False)

    def search(text: str) -> Found:
        found, end = [], 0
        hits = automaton.find_matches_as_indexes(text.lower(), overlapping=True)
        for first, last in sorted(((first, last) for _, first, last in hits), key=lambda hit: (hit[0], -hit[1])):
            whole = not (first and text[first - 1].isalnum()) and not text[last : last + 1].isalnum()
            if whole and first >= end:
                found.append((first, last))
                end = last
        return found

    return search


def dictionary(terms: list[str]) -> Callable[[str], Found]:
    longest: dict[str, int] = {}
    for term in terms:
        words = term.lower().split()
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    known = {term.lower() for term in terms}

    def search(text: str) -> Found:
        return list(matches(text.lower()))

    def matches(text: str) -> Iterator[tuple[int, int]]:
        words = [match.span() for match in WORD.finditer(text)]
        position = 0
        while position < len(words):
            start, end = words[position]
            step = 1
            for length in range(longest.get(text[start:end], 0), 0, -1):
                last = words[min(position + length, len(words)) - 1][1]
                if text[start:last] in known:
                    yield start, last
                    step = min(length, len(words) - position)
                    break
            position += step

    return search


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


if __name__ == "__main__":
    main()
