"""The CRF against python-crfsuite with equal features in the same run: strict F1, training time, tagging speed.

    python benchmarks/crf.py [SET …] [--data DIR] [--peer-iterations 100]

Word features are the same for both (form, affixes, shape, at −2 … +2); crfsuite is trained by L-BFGS with c1 = 0.05,
c2 = 0.01. livener stops early and calibrates on the dev split; the test split is only scored, at the end. Times are
CPU seconds of this process, medians of repeated runs; quote the ratios. "vectors" is livener with word vectors from
the offline encoder's input embeddings, which the peer has no equal of.
"""

import argparse
import gc
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from time import process_time

import pycrfsuite

from livener.formats import read
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.alignment import align
from livener.recognizers.crf import Crf
from livener.recognizers.crf.features import word_features
from livener.tagging.schemes import decode, encode
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

SETS = {
    "uner-en-ewt": ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
    "wnut17": ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
    "bc5cdr": ("train.tsv", "devel.tsv", "test.tsv"),
    "broad-twitter": ("btc.train", "btc.dev", "btc.test"),
}
REACH = 2


def cpu(work: Callable[[], object], times: int = 5) -> float:
    """Median CPU seconds; what was there before is not the garbage collector's business."""
    gc.collect()
    gc.freeze()
    seconds = []
    for _ in range(times):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return statistics.median(seconds)


def split(path: Path) -> tuple[list[Document], list[Sentence]]:
    documents = list(read(path, format="conll"))
    segmenter = Segmenter()
    return documents, [sentence for document in documents for sentence in segmenter.sentences(document)]


def strict_f1(documents: list[Document], sentences: list[Sentence], spans: list[list[Span]]) -> tuple[float, float]:
    """Strict F1 and expected calibration error of per-sentence predictions."""
    place = {id(document): i for i, document in enumerate(documents)}
    predicted: list[list[Span]] = [[] for _ in documents]
    for sentence, found in zip(sentences, spans, strict=True):
        predicted[place[id(sentence.document)]] += found
    result = evaluate([document.spans for document in documents], predicted)
    return result.strict.f1, result.calibration.ece if result.calibration else float("nan")


class Peer:
    """python-crfsuite with the features that livener uses."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self._known: dict[str, list[str]] = {}

    def features(self, words: list[str]) -> list[list[str]]:
        rows = [self._known.get(word) or self._known.setdefault(word, word_features(word)) for word in words]
        items = []
        for t in range(len(words)):
            item = []
            for offset in range(-REACH, REACH + 1):
                if 0 <= t + offset < len(words):
                    item += [f"{offset}:{feature}" for feature in rows[t + offset]]
                else:
                    item.append(f"{offset}:border")
            items.append(item)
        return items

    def fit(self, sentences: list[Sentence], path: str) -> float:
        trainer = pycrfsuite.Trainer(verbose=False)
        for sentence, gold in zip(sentences, align(sentences), strict=True):
            if sentence.tokens:
                tags = encode(gold.spans, len(sentence.tokens), "BIO")
                trainer.append(pycrfsuite.ItemSequence(self.features(sentence.words)), tags)
        trainer.set_params({"c1": 0.05, "c2": 0.01, "max_iterations": self.iterations})
        seconds = cpu(lambda: trainer.train(path), 1)
        self.tagger = pycrfsuite.Tagger()
        self.tagger.open(path)
        return seconds

    def predict(self, sentences: list[Sentence], items: list[object]) -> list[list[Span]]:
        found = []
        for sentence, item in zip(sentences, items, strict=True):
            tags = self.tagger.tag(item) if sentence.tokens else []
            tokens = sentence.tokens
            found.append(
                [sentence.span(tokens[i][0], tokens[j - 1][1], label) for i, j, label in decode(tags, "BIO")[0]]
            )
        return found


def run(name: str, folder: Path, iterations: int) -> None:
    train, dev, test = (split(folder / file) for file in SETS[name])
    print(f"\n{name}: {len(train[1]):,} / {len(dev[1]):,} / {len(test[1]):,} sentences")
    warm = Crf.create({"epochs": 1})
    warm.fit(train[1][:50], dev[1][:50])
    warm.predict(test[1][:50])
    peer = Peer(iterations)
    with tempfile.TemporaryDirectory() as scratch:
        peer_seconds = peer.fit(train[1], str(Path(scratch, "peer.crfsuite")))
        items = [pycrfsuite.ItemSequence(peer.features(sentence.words)) for sentence in test[1]]
        peer_f1, _ = strict_f1(test[0], test[1], peer.predict(test[1], items))
        peer_tag = cpu(lambda: [peer.tagger.tag(item) for item in items], 3)
        peer_full = cpu(lambda: peer.predict(test[1], [peer.features(one.words) for one in test[1]]), 3)
    count = len(test[1])
    print(f"  crfsuite   test F1 {peer_f1:.3f}   trained in {peer_seconds:6.1f} s   tags {count / peer_tag:9,.0f} /s "
          f"with features made, {count / peer_full:,.0f} /s from tokens")  # fmt: skip
    for title, settings in (("livener", {}), ("vectors", {"vectors": "offline"})):
        crf = Crf.create(settings)
        f1s: list[float] = []
        seconds = cpu(lambda: crf.fit(train[1], dev[1], progress=lambda _i, _n, f: f1s.append(f["dev_f1"])), 1)  # noqa: B023
        test_f1, ece = strict_f1(test[0], test[1], crf.predict(test[1]))
        tag = cpu(lambda: crf.predict(test[1]))  # noqa: B023
        print(f"  {title}    test F1 {test_f1:.3f}   trained in {seconds:6.1f} s   tags {count / tag:9,.0f} /s   "
              f"ECE {ece:.3f}   dev F1 {max(f1s):.3f}   ×{peer_seconds / seconds:.0f} training, "
              f"×{peer_tag / tag:.0f} tagging, ×{peer_full / tag:.0f} from tokens")  # fmt: skip
        if title == "livener" or name == "uner-en-ewt":
            speeds(crf, test[1], dev[1])


def speeds(crf: Crf, test: list[Sentence], dev: list[Sentence]) -> None:
    """Raw text to spans, cold and warm; and the time of an update."""
    texts = [sentence.text for sentence in test]
    pipeline = Pipeline(crf)

    def cold() -> None:
        crf.table.clear()
        list(pipeline.pipe(texts))

    cold_seconds = cpu(cold, 3)
    warm_seconds = cpu(lambda: list(pipeline.pipe(texts)))
    wrong = [s for s in dev if _keys(crf.predict([s])[0]) != _keys(s.document.spans)][:40]
    seconds, changed = [], 0
    for i in range(0, len(wrong) - 9, 10):
        batch = wrong[i : i + 10]
        before = crf.predict(batch)
        began = process_time()
        crf.update(batch)
        seconds.append(process_time() - began)
        changed += crf.predict(batch) != before
    print(f"             raw text to spans {len(texts) / warm_seconds:9,.0f} sentences/s warm, "
          f"{len(texts) / cold_seconds:,.0f} cold;   update on 10 sentences "
          f"{1000 * statistics.median(seconds):.0f} ms, predictions changed {changed}/{len(seconds)}")  # fmt: skip


def _keys(spans: Iterable[Span]) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in spans]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=list(SETS), help="default: all four")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--peer-iterations", type=int, default=100)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data}: no data sets here; give --data")
    for chosen in options.sets:
        run(chosen, options.data / chosen, options.peer_iterations)
