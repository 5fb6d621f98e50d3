"""The neural recognizers: strict F1 on test splits, and speed beside transformers and torch in the same run.

    python benchmarks/neural.py train SET [--recognizer transformer] [--set NAME=VALUE …] [--keep DIR] [--tune]
                                      [--resume DIR]
    python benchmarks/neural.py speed DIR [--device cuda] [--data DIR] [--every 5]
    python benchmarks/neural.py epoch [--set NAME=VALUE …]

``train`` fits on the train split, stops and calibrates on dev, scores the test split once (never with ``--tune``),
and writes a model directory with ``--keep``; its state is kept in ``--resume``, where it goes on if it was stopped.
``speed`` takes a model directory: sentences a second on the UNER-EWT test text beside ``transformers.pipeline`` on
the same checkpoint at its best batch size and a loop of sorted batches in torch; the time of one sentence; a text of
a million characters; and the start of a new process. With ``--device cuda`` livener runs in torch on the GPU in
bfloat16, and so does the peer. With ``--every N`` rates are of every Nth sentence and per second of CPU, medians of
three runs, and neither the long text nor a new process is tried; F1 is of the whole text all the same.
``epoch`` compares one epoch of training with a bare loop in torch over the same batches. Times are wall clock; quote
the ratios.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from livener import Document, load
from livener.cli.reading import settings
from livener.formats import read
from livener.metrics import evaluate
from livener.pipeline import Pipeline, save
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.registry import get
from livener.text import Segmenter, Sentence

SETS = {
    "uner-en-ewt": ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
    "wnut17": ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
    "bc5cdr": ("train.tsv", "devel.tsv", "test.tsv"),
    "broad-twitter": ("btc.train", "btc.dev", "btc.test"),
}
START = """
import sys
from time import perf_counter, process_time
began = perf_counter()
import livener
nlp = livener.load(sys.argv[1])
spans = nlp("Ann Lee flew from Oslo to New York .").spans
print(f"{perf_counter() - began:.2f} s, {process_time():.2f} s of CPU, torch imported: {'torch' in sys.modules}")
"""


def split(folder: Path, name: str, part: int) -> tuple[list[Document], list[Sentence]]:
    documents = list(read(folder / name / SETS[name][part], format="conll"))
    segmenter = Segmenter()
    return documents, [sentence for document in documents for sentence in segmenter.sentences(document)]


def wall(work: Callable[[], object], times: int = 3, clock: Callable[[], float] = perf_counter) -> float:
    """The median of some runs."""
    found = []
    for _ in range(times):
        began = clock()
        work()
        found.append(clock() - began)
    return statistics.median(found)


def train(
    name: str,
    folder: Path,
    recognizer: str,
    chosen: dict[str, Any],
    keep: Path | None,
    *,
    tune: bool,
    resume: Path | None,
) -> None:
    parts = [split(folder, name, part) for part in range(2 if tune else 3)]
    model: Any = get(recognizer).create(chosen)  # type: ignore[attr-defined]
    f1s: list[float] = []

    def progress(done: int, total: int, figures: Any) -> None:
        if "dev_f1" in figures:
            f1s.append(figures["dev_f1"])
            print(f"  step {done:,} of {total:,}, {process_time() - cpu:,.0f} s of CPU: dev F1 {f1s[-1]:.4f}",
                  file=sys.stderr, flush=True)  # fmt: skip

    began, cpu = perf_counter(), process_time()
    checkpoints = Checkpoints(resume, key=f"{name} {recognizer} {chosen}") if resume else None
    model.fit(parts[0][1], parts[1][1], progress=progress, checkpoints=checkpoints)
    seconds, cpu = perf_counter() - began, process_time() - cpu
    pipeline = Pipeline(model, info={"settings": chosen, "seed": 0})
    if keep is not None:
        save(pipeline, keep)
    if tune:
        print(
            f"{name}, {recognizer} {chosen}: dev F1 {max(f1s):.4f}   fitted in {seconds:,.0f} s ({cpu:,.0f} s of CPU)"
        )
        return
    documents = parts[2][0]
    found = evaluate([one.spans for one in documents], [one.spans for one in pipeline.pipe(documents)])
    ece = found.calibration.ece if found.calibration else float("nan")
    print(f"{name}, {recognizer} {chosen}: test F1 {found.strict.f1:.3f}   dev F1 {max(f1s):.3f}   ECE {ece:.3f}   "
          f"fitted in {seconds:,.0f} s ({cpu:,.0f} s of CPU)   quantised: {model.plan}")  # fmt: skip


def speed(path: Path, folder: Path, device: str, every: int) -> None:
    nlp = load(path)
    model: Any = nlp.recognizer
    model.to(device)
    documents, sentences = split(folder, "uner-en-ewt", 2)
    clock = perf_counter if every == 1 else process_time
    sentences = sentences[::every]
    texts = [sentence.text for sentence in sentences]
    count = len(sentences)
    own = wall(lambda: model.predict(sentences), clock=clock)
    print(
        f"livener           {count / own:7,.0f} sentences/s from tokens, quantised: {model.plan}, {device}",
        flush=True,
    )
    alone = []
    for sentence in sentences[::10]:
        began = clock()
        model.predict([sentence])
        alone.append(clock() - began)
    print(f"one sentence      p50 {1000 * statistics.median(alone):.1f} ms", flush=True)
    if not hasattr(model, "pieces"):
        return  # a BiLSTM-CRF has no peer here
    gold = [one.spans for one in documents]
    f1 = evaluate(gold, [one.spans for one in nlp.pipe(documents)]).strict.f1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for size in (250_000, 1_000_000) if every == 1 else ():
        text = (" ".join(texts) * 5)[:size]
        seconds = wall(lambda: nlp(text), 1)  # noqa: B023
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
        print(f"one text of {size:,} characters: {seconds:.1f} s, {more:,.0f} MB more at its peak", flush=True)
    for _ in range(2 if device == "cpu" and every == 1 else 0):
        print("new process       ", subprocess.check_output([sys.executable, "-c", START, path], text=True), end="")
    model.to("cpu")
    plain = model._torch(device)
    if device != "cpu":
        plain = type(plain)(plain.network, plain.device)  # in 32-bit floats
    times = 1 if every == 1 else 3
    loop = wall(lambda: model.scores(sentences, plain), times, clock)
    model.run_by(plain)
    exact = evaluate(gold, [one.spans for one in nlp.pipe(documents)]).strict.f1
    print(f"sorted torch loop {count / loop:7,.0f} sentences/s: livener ×{loop / own:.1f}, F1 {f1:.4f} against "
          f"{exact:.4f} in 32-bit floats", flush=True)  # fmt: skip
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    peer: Any = transformers.pipeline("token-classification", model=str(path / "recognizer"), device=device)
    sizes = (1, 8, 32) if device == "cpu" else (32, 128, 512)
    if device != "cpu":
        peer.model.bfloat16()
    took = {size: wall(lambda: list(peer(texts, batch_size=size)), times, clock) for size in sizes}  # noqa: B023
    best = min(took.values())
    rates = ", ".join(f"batch of {size}: {count / seconds:,.0f}/s" for size, seconds in took.items())
    print(f"transformers.pipeline: {rates}: livener ×{best / own:.1f}")


def epoch(folder: Path, chosen: dict[str, Any], count: int = 1_500) -> None:
    """One epoch of ours beside forward, backward and step over the same batches, in CPU seconds, or on a GPU in
    seconds."""
    import torch

    from livener.recognizers.neural import fitting
    from livener.recognizers.neural.network import device_of
    from livener.recognizers.neural.windows import collate, pack
    from livener.tagging.schemes import TagSet

    model: Any = get("transformer").create({"epochs": 1} | chosen)  # type: ignore[attr-defined]
    device = device_of(model.settings.device)
    gpu = device.type == "cuda"
    clock = perf_counter if gpu else process_time
    sentences = split(folder, "uner-en-ewt", 0)[1][: None if gpu else count]
    fitting.export_best = lambda *_: None  # the bare loop exports nothing
    if gpu:
        model.fit(sentences[:200], [])  # what a GPU does once
    began = clock()
    model.fit(sentences, [])
    own = clock() - began
    model.tagset = TagSet(model.labels, "BIO")
    began = clock()
    network = model.begin(sentences, 0).train().to(device)
    rows = model.rows(sentences)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    half = model.settings.precision == "bfloat16"
    for batch in pack([row.length for row in rows], model.settings.batch):
        arrays = collate([rows[i] for i in batch], model.padding)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            scores = network(*(torch.from_numpy(arrays[name]).to(device) for name in network.inputs))
        gold = torch.zeros(scores[..., 0].numel(), dtype=torch.long, device=device)
        torch.nn.functional.cross_entropy(scores.float().flatten(0, 1), gold).backward()
        optimizer.step()
        optimizer.zero_grad()
    if gpu:
        torch.cuda.synchronize()
    bare = clock() - began
    print(
        f"an epoch of {len(sentences):,} sentences {chosen}: {own:.1f} s, a bare loop {bare:.1f} s: ×{own / bare:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "speed", "epoch"), nargs="?", default="epoch")
    parser.add_argument("which", nargs="?", help="a data set, or a model directory")
    parser.add_argument("--recognizer", default="transformer")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tune", action="store_true", help="leave the test split alone")
    parser.add_argument("--resume", type=Path, metavar="DIR")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    home = os.environ.get("LIVENER_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(home))
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data}: no data sets here; give --data")
    warnings.simplefilter("ignore")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if options.what == "train":
        chosen = settings(options.set)
        train(
            options.which,
            options.data,
            options.recognizer,
            chosen,
            options.keep,
            tune=options.tune,
            resume=options.resume,
        )
    elif options.what == "speed":
        speed(Path(options.which), options.data, options.device, options.every)
    else:
        epoch(options.data, settings(options.set))
