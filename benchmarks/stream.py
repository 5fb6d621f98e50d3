"""Memory over an endless stream: the resident size of a process that recognises sentence after sentence.

    python benchmarks/stream.py [--sentences 10_000_000]

The sentences are the sample's, each with one word that was never seen before, so that nothing that is kept per word
may grow without bound.
"""

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from livener.demo import outermost, sample
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text.segment import Segmenter


def resident() -> float:
    """Megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=10_000_000)
    count = parser.parse_args().sentences
    segmenter = Segmenter()
    train, dev = (
        [sentence for document in sample(split) for sentence in segmenter.sentences(outermost(document))]
        for split in ("train", "dev")
    )
    crf = Crf.create({})
    crf.fit(train, dev)

    def texts() -> Iterator[str]:
        for number, sentence in enumerate(itertools.islice(itertools.cycle(train), count)):
            yield f"{sentence.text} Word{number}x."

    began, spans = process_time(), 0
    for number, document in enumerate(Pipeline(crf, segmenter).pipe(texts()), start=1):
        spans += len(document.spans)
        if number % (count // 10) == 0:
            seconds = process_time() - began
            print(
                f"{number:12,} texts  {resident():6.0f} MB  {number / seconds:8,.0f} /s  {spans:,} spans", flush=True
            )


if __name__ == "__main__":
    main()
