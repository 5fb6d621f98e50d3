"""What the rule stages cost: time per sentence of a pipeline with all of them, beside the CRF's own pipeline.

    python benchmarks/pipeline.py [--data DIR] [--rounds 25]

Both read the raw texts of the UNER-EWT development split with one CRF trained on the training split. Of the names of
the training split all are listed (with a vote), every tenth overrides, and those in capitals are in the table of
acronyms. The two pipelines take turns; CPU seconds of this process, the fastest of several rounds of each batch, and
the median of the rounds' ratios; quote the ratios.
Aim: all rule stages together add at most 25 %.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from time import process_time

from livener.cli.console import table
from livener.formats import read
from livener.learning import train
from livener.pipeline import Batch, Pipeline, load
from livener.pipeline.run import batched
from livener.text import Document

HEAD = "".join(f'[[stage]]\nuse = "{name}"\n' for name in ("normalise", "split", "tokenise", "recognise"))
RULES = {
    "valid": "",
    "thresholds": "default = 0.1",
    "join": "",
    "trim": 'articles = "exclude"\ntitles = "exclude"\nsuffixes = "include"',
    "override": 'terms = ["overrides.csv"]',
    "listed": 'terms = ["terms.csv"]\npolicy = "vote"',
    "acronyms": 'tables = ["acronyms.toml"]',
    "numbers": 'rules = ["AGE", "WEIGHT", "LENGTH", "VOLUME", "TEMPERATURE", "AREA", "REFERENCE"]',
    "consistency": "",
    "overlaps": "",
}


def cpu(nlp: Pipeline, batches: list[list[Document]]) -> list[float]:
    """Seconds of each batch."""
    seconds = []
    for batch in batches:
        began = process_time()
        nlp.run(batch)
        seconds.append(process_time() - began)
    return seconds


def fastest(rounds: list[list[float]]) -> float:
    """The sum over the batches of the fastest round of each: a longer piece is disturbed more often by others."""
    return sum(map(min, zip(*rounds, strict=True)))


def by_stage(nlp: Pipeline, batches: list[list[Document]], rounds: int) -> dict[str, float]:
    """Seconds of each stage, of the fastest round of each batch."""
    seconds: dict[str, list[list[float]]] = {stage.name: [] for stage in nlp.stages}
    for _ in range(rounds):
        for times in seconds.values():
            times.append([])
        for documents in batches:
            batch = Batch(documents)
            for stage in nlp.stages:
                began = process_time()
                batch = stage(batch)
                seconds[stage.name][-1].append(process_time() - began)
    return {name: fastest(times) for name, times in seconds.items()}


def load_documents(texts: list[str]) -> list[Document]:
    return [Document(text) for text in texts]


def main() -> None:
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    folder = arguments.data / "uner-en-ewt"
    if not folder.is_dir():
        sys.exit(f"no data set at {folder}: give --data")
    learn, dev = (
        list(read(next(folder.rglob(name)), format="conll"))
        for name in ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2")
    )
    texts = [document.text for document in dev]
    with tempfile.TemporaryDirectory() as work:
        model = Path(work, "model")
        train("crf", learn, dev, out=model)
        names = sorted(
            {(span.text, span.label) for document in learn for span in document.spans if len(span.text) > 2}
        )
        for file, part in (("terms.csv", names), ("overrides.csv", names[::10])):
            lines = [f'"{name.replace(chr(34), "")}",{label}' for name, label in part]
            Path(work, file).write_text("\n".join(["term,label", *lines]), encoding="utf-8")
        acronyms = [f"[[acronym]]\nacronym = '{n}'\nlabel = 'ORG'\n" for n, _ in names if n.isupper() and n.isalpha()]
        Path(work, "acronyms.toml").write_text("\n".join(acronyms), encoding="utf-8")
        del learn, dev  # or the collector looks through them again and again
        rules = "".join(f'[[stage]]\nuse = "{name}"\n{settings}\n' for name, settings in RULES.items())
        Path(work, "all.toml").write_text(HEAD + rules, encoding="utf-8")
        plain, ruled = load(model), load(model, pipeline=Path(work, "all.toml"))
        batches = list(batched(iter(load_documents(texts))))
        seconds: dict[Pipeline, list[list[float]]] = {plain: [], ruled: []}
        for nlp in seconds:
            cpu(nlp, batches)
        for _ in range(arguments.rounds):
            for nlp, times in seconds.items():
                times.append(cpu(nlp, batches))
        sentences = sum(len(plain.segmenter.sentences(document)) for document in load_documents(texts))
        print(f"{len(texts)} documents, {sentences} sentences, {len(names)} terms, {len(acronyms)} acronyms")
        before, after = (1e6 * fastest(times) / sentences for times in seconds.values())
        rows = [["CRF alone", before, ""], ["with all rule stages", after, f"+{100 * (after / before - 1):.0f} %"]]
        print(table(["", "µs per sentence", ""], rows))
        ratios = [sum(b) / sum(a) for a, b in zip(*seconds.values(), strict=True)]
        print(f"median of {len(ratios)} rounds: +{100 * (statistics.median(ratios) - 1):.0f} %")
        parts = by_stage(ruled, batches, arguments.rounds)
        print(table(["stage", "µs per sentence"], [[name, 1e6 * value / sentences] for name, value in parts.items()]))


if __name__ == "__main__":
    main()
