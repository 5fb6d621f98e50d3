"""Drift on Broad Twitter: false alarms, real shifts, a lost label, and whether text or model changed.

    python benchmarks/drift.py [--data DIR] [--windows 500] [--trials 200] [--peers] [--part lost]

The model is a CRF trained on section a; what it predicts for section b is the reference. Windows of the same section
are drawn from b without replacement, and the reference is then the rest of b, so that no document is on both sides.
Sections g, h, f and e come one window of 300 after the other, in the order of their files. For the lost label a fifth
of the PER are dropped at random in windows of 1,000 documents; b is too small for a reference and two such windows,
so that both are the half that is not the reference, with losses of their own: harder than two windows of different
documents. How small a loss can be seen depends on how many PER there are and on how much of their number the words
tell, so that three readings of b are tried: that model's, that of one trained on the five other sections, and the
gold spans. With the previous version's predictions beside them, documents are compared one by one. Beside livener, in
the same run: plain Kolmogorov–Smirnov on each column at 0.05, and with ``--peers``, which makes a virtual environment
for it, evidently's data drift preset on the same columns.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from livener.formats import read
from livener.monitoring.drift import Window, detect, measure
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document
from livener.text.segment import Segmenter

LABELS = ("LOC", "ORG", "PER")
SIZE, LARGE = 300, 1000
PARTS = ("alarms", "shifts", "lost", "verdicts")


def model(documents: list[Document], seed: int, **settings: object) -> Pipeline:
    segmenter = Segmenter()
    cut = len(documents) * 8 // 10
    parts = [[s for d in part for s in segmenter.sentences(d)] for part in (documents[:cut], documents[cut:])]
    crf = Crf.create(settings)
    crf.fit(*parts, seed=seed)
    return Pipeline(crf, segmenter)


def predicted(nlp: Pipeline, documents: list[Document]) -> Window:
    return measure(list(nlp.pipe(documents)), labels=LABELS)


def without(window: Window, label: str, share: float, rng: np.random.Generator) -> Window:
    """The window after a share of the spans of a label were lost, at random."""
    documents = [
        replace(d, spans=tuple(s for s in d.spans if s.label != label or rng.random() >= share))
        for d in window.documents
    ]
    return measure(documents, labels=window.labels)


def columns(window: Window) -> dict[str, np.ndarray]:
    """The window as a table of one row a document, the form that tools for tables take."""
    counts = window.counts
    scores = np.bincount(window.span_of, np.nan_to_num(window.scores), len(window))
    spans = np.maximum(counts.sum(1), 1)
    table = {label: counts[:, i].astype(float) for i, label in enumerate(window.labels)}
    return table | {
        "words": window.lengths.astype(float),
        "mean_score": scores / spans,
        "span_words": np.bincount(window.span_of, window.span_length, len(window)) / spans,
    }


def plain_ks(reference: Window, current: Window) -> list[str]:
    a, b = columns(reference), columns(current)
    return [name for name in a if stats.ks_2samp(a[name], b[name]).pvalue < 0.05]


def livener_names(reference: Window, current: Window) -> list[str]:
    found = detect(reference, current, shown=0)
    return [*found.labels, *(["text"] if found.drifted and not found.labels else [])]


class Evidently:
    """evidently's preset on the same columns, in a process of its own virtual environment."""

    CODE = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
for line in sys.stdin:
    a, b = map(pd.DataFrame, json.loads(line))
    done = Report([DataDriftPreset()]).run(b, a).dict()
    drifted = []
    for one in done["metrics"]:
        name = one.get("metric_id") or one.get("metric_name", "")
        config = one.get("config", {})
        if "ValueDrift" in name or "ValueDrift" in str(config.get("type", "")):
            method = config.get("method") or name
            limit = config.get("threshold") or 0.05
            value = float(one["value"])
            gone = value < limit if "p_value" in name or "p_value" in str(method) else value >= limit
            if gone:
                drifted.append(config.get("column") or name)
    print(json.dumps(drifted), flush=True)
"""

    def __init__(self, python: Path) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self.process = subprocess.Popen(
            [python, "-c", self.CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def __call__(self, reference: Window, current: Window) -> list[str]:
        assert self.process.stdin
        assert self.process.stdout
        sides = [{k: v.tolist() for k, v in columns(side).items()} for side in (reference, current)]
        self.process.stdin.write(json.dumps(sides) + "\n")
        self.process.stdin.flush()
        return list(json.loads(self.process.stdout.readline()))


Judge = Callable[[Window, Window], list[str]]


def peers(folder: Path) -> Path:
    if not (folder / "bin" / "python").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", "evidently", "pandas<3"], check=True)
    return folder / "bin" / "python"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = os.environ.get("LIVENER_SHARED_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(shared) / "broad-twitter")
    parser.add_argument("--windows", type=int, default=500)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--peer-windows", type=int, default=100)
    parser.add_argument("--peers", action="store_true", help="make an environment with evidently, and run it")
    parser.add_argument("--python", type=Path, help="a Python with evidently, instead of a new environment")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; repeatable")
    arguments = parser.parse_args()
    parts = arguments.part or PARTS
    sections = {name: list(read(arguments.data / "sections" / f"{name}.conll", format="conll")) for name in "abefgh"}
    nlp = model(sections["a"], seed=0)
    windows = {name: predicted(nlp, documents) for name, documents in sections.items() if name != "a"}
    b = windows["b"]
    others = model([one for name in "aefgh" for one in sections[name]], seed=0)
    readings = {
        "the model of section a": b,
        "a model of the five other sections": predicted(others, sections["b"]),
        "the gold spans": measure(sections["b"], labels=LABELS),
    }
    for name, window in windows.items():
        rates = zip(LABELS, window.counts.mean(0), strict=True)
        print(f"section {name}: {', '.join(f'{rate:.2f} {label}' for label, rate in rates)} per document")
    judges: dict[str, tuple[Judge, int]] = {"livener": (livener_names, 1), "plain KS": (plain_ks, 1)}
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.peers or arguments.python:
            few = max(1, arguments.windows // arguments.peer_windows)
            python = arguments.python or peers(Path(scratch) / "evidently")
            judges["evidently"] = (Evidently(python), few)
        for reading in list(readings)[:2] if "alarms" in parts else ():
            false_alarms(reading, readings[reading], judges, arguments.windows)
        if "shifts" in parts:
            shifts(windows, judges)
        for reading, window in readings.items() if "lost" in parts else ():
            lost_label(reading, window, judges, arguments.trials, previous=window is b)
    if "verdicts" in parts:
        verdicts(sections, nlp, arguments.trials)


def false_alarms(reading: str, b: Window, judges: dict[str, tuple[Judge, int]], windows: int) -> None:
    print(f"\nfalse alarms per window of {SIZE} documents of the same section, by {reading}")
    for name, (judge, every) in judges.items():
        rng = np.random.default_rng(1)
        alarms = seen = 0
        for k in range(windows):
            order = rng.permutation(len(b))
            if k % every == 0:
                alarms += bool(judge(b.take(order[SIZE:]), b.take(order[:SIZE])))
                seen += 1
        print(f"  {name}: {alarms / seen:.1%} of {seen} windows", flush=True)


def shifts(windows: dict[str, Window], judges: dict[str, tuple[Judge, int]]) -> None:
    print(f"\nfirst window of {SIZE} documents in which another section is noticed")
    for name, (judge, _) in judges.items():
        line = []
        for section in "ghfe":
            whole = windows[section]
            cuts = [whole.take(range(i, min(i + SIZE, len(whole)))) for i in range(0, len(whole), SIZE)]
            found = next((i + 1 for i, cut in enumerate(cuts) if len(cut) >= 100 and judge(windows["b"], cut)), None)
            line.append(f"{section}: {found or 'never'}")
        print(f"  {name}: {', '.join(line)}")


def lost_label(reading: str, b: Window, judges: dict[str, tuple[Judge, int]], trials: int, *, previous: bool) -> None:
    rate = b.counts[:, b.labels.index("PER")].mean()
    print(f"\na fifth of PER lost in {LARGE} documents, by {reading} ({rate:.2f} PER a document)")
    print("  noticed within two windows; PER named first; only PER named")
    compared = {"livener, with the previous version's": (livener_names, 0)} if previous else {}
    for name, (judge, every) in {**judges, **compared}.items():
        rng = np.random.default_rng(2)
        noticed = named = alone = calm = seen = 0
        for k in range(trials):
            order = rng.permutation(len(b))
            reference, whole = b.take(order[:LARGE]), b.take(order[LARGE:])
            lost = [without(whole, "PER", 0.2, rng) for _ in range(2)]
            if every and k % every:
                continue
            seen += 1
            if every:
                found, quiet = [judge(reference, window) for window in lost], judge(reference, whole)
            else:
                found = [list(detect(reference, window, previous=whole, shown=0).labels) for window in lost]
                quiet = list(detect(reference, whole, previous=whole, shown=0).labels)
            noticed += any(found)
            named += any(one[:1] == ["PER"] for one in found)
            alone += any(one == ["PER"] for one in found)
            calm += bool(quiet)
        print(
            f"  {name}: {noticed / seen:.1%}; {named / seen:.1%}; {alone / seen:.1%} "
            f"(an alarm where nothing is lost: {calm / seen:.1%}) of {seen} trials",
            flush=True,
        )


def verdicts(sections: dict[str, list[Document]], nlp: Pipeline, trials: int) -> None:
    """Text, model, both or neither changed; the other model is the same engine, trained on a third of the text."""
    other = model(sections["a"][: len(sections["a"]) // 3], seed=5)
    old = {name: predicted(nlp, documents) for name, documents in sections.items() if name in "bghf"}
    new = {name: predicted(other, documents) for name, documents in sections.items() if name in "bghf"}
    rng = np.random.default_rng(3)
    right: dict[str, list[bool]] = {}
    for _ in range(trials):
        truth = str(rng.choice(["text", "model", "both", "neither"]))
        order = rng.permutation(len(old["b"]))
        reference = old["b"].take(order[SIZE:])
        section = str(rng.choice(list("ghf"))) if truth in ("text", "both") else "b"
        chosen = order[:SIZE] if section == "b" else rng.permutation(len(old[section]))[:SIZE]
        before = old[section].take(chosen)
        now = (new if truth in ("model", "both") else old)[section].take(chosen)
        found = detect(reference, now, previous=before, shown=0).verdict
        right.setdefault(truth, []).append(found is not None and found.what == truth)
    every = [one for ones in right.values() for one in ones]
    print(f"\ntext or model changed: right in {np.mean(every):.1%} of {len(every)} trials")
    for truth in sorted(right):
        print(f"  {truth}: {np.mean(right[truth]):.1%} of {len(right[truth])}")


if __name__ == "__main__":
    sys.exit(main())
