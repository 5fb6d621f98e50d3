"""CRF, MiniLM, and the cascade of both: strict F1 on the test split, and sentences a second beside each other.

    python benchmarks/cascade.py SET TRANSFORMER [--data DIR] [--sentences 0] [--plain] [--rounds 3]

``TRANSFORMER`` is a model directory that `benchmarks/neural.py train SET --keep DIR` wrote. A CRF with word vectors
(without them: ``--plain``) is trained on the train split; the cascade of both measures its frontier on dev. Of the
points that are 4.6 times as fast as MiniLM there the fastest that is as good as MiniLM on dev is taken, or else the
best. The test split is scored once by each; rates are per second of processor time, in turns, the median of the
rounds: quote the ratios. ``--sentences`` takes only so many documents of dev and test, for a trial. Aim: within 0.5
F1 of MiniLM at 4 times its throughput.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

from livener import Document, load
from livener.cli.console import table
from livener.formats import read
from livener.learning import train
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.cascade import Cascade
from livener.recognizers.registry import get
from livener.text import Segmenter, Sentence

SETS = {
    "uner-en-ewt": ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
    "bc5cdr": ("train.tsv", "devel.tsv", "test.tsv"),
}


def sentences_of(documents: list[Document]) -> list[Sentence]:
    return [sentence for document in documents for sentence in Segmenter().sentences(document)]


def seconds(engine: Pipeline, sentences: list[Sentence]) -> float:
    began = process_time()
    engine.recognizer.predict(sentences)
    return process_time() - began


def f1(documents: list[Document], nlp: Pipeline) -> float:
    found = [document.spans for document in nlp.pipe(document.with_spans(()) for document in documents)]
    return evaluate([document.spans for document in documents], found).strict.f1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("transformer", type=Path)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--sentences", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="give the CRF no word vectors")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.data / arguments.set
    if not folder.is_dir():
        sys.exit(f"no data set at {folder}: give --data")
    learn, dev, test = (list(read(next(folder.rglob(name)), format="conll")) for name in SETS[arguments.set])
    if arguments.sentences:
        dev, test = dev[: arguments.sentences], test[: arguments.sentences]
    with tempfile.TemporaryDirectory() as work:
        settings = {} if arguments.plain else {"vectors": "offline"}
        train("crf", learn, dev, out=Path(work, "crf"), settings=settings)
        fast, accurate = load(Path(work, "crf")), load(arguments.transformer)
        kind = get("cascade")
        assert issubclass(kind, Cascade)
        cascade = kind(fast.recognizer, accurate.recognizer)
        cascade.fit([], sentences_of(dev))
        alone = f1(dev, accurate)
        chosen = cascade.choose(speed=4.6 * cascade.frontier[-1].speed)
        if chosen.f1 >= alone:
            chosen = max((point for point in cascade.frontier if point.f1 >= alone), key=lambda point: point.speed)
            cascade.threshold = chosen.threshold
        print(f"advice {cascade.advice}, MiniLM on dev {alone:.3f}")
        frontier = [[f"{p.share:.0%}", p.f1, p.speed, "taken" if p == chosen else ""] for p in cascade.frontier]
        print(table(["read again, on dev", "F1", "sentences/s", ""], frontier))
        engines = {"CRF": fast, "MiniLM": accurate, "cascade": Pipeline(cascade)}
        asked = sentences_of(test)
        scores = {name: f1(test, nlp) for name, nlp in engines.items()}  # also the first, slower reading
        rounds = [{name: seconds(nlp, asked) for name, nlp in engines.items()} for _ in range(arguments.rounds)]
        took = {name: median(one[name] for one in rounds) for name in engines}
        faster = {name: median(one["MiniLM"] / one[name] for one in rounds) for name in engines}
        rows = [[name, scores[name], len(asked) / took[name], faster[name]] for name in engines]
        print(table([f"{arguments.set}, test", "F1", "sentences/s", "times MiniLM"], rows))


if __name__ == "__main__":
    main()
