"""Worse after retraining; sure and wrong; judged on what was trained on; slow."""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from time import perf_counter

import numpy as np

from livener.monitoring.diagnosis.case import FEWEST, Case, Cause, examples
from livener.monitoring.drift import detect, measure
from livener.monitoring.drift.significance import jensen_shannon
from livener.text import Document

_WORSE = 0.03  # of F1
_SURE, _BAND = 0.9, 0.1
_SLOW = 100.0  # sentences a second
_TEXTS = ("embedding", "unknown_words", "languages")


def retraining(case: Case) -> list[Cause]:
    """Why a model is worse than the one before it, where it is."""
    before = case.before_evaluation
    if before is None or before.strict.f1 - case.f1 < _WORSE:
        return []
    loss = before.strict.f1 - case.f1
    said = f"strict F1 {before.strict.f1:.3f} before, {case.f1:.3f} now"
    causes = []
    new, old = _counts(case.train), _counts(case.train_before)
    forgotten = [
        label
        for label, score in before.per_label.items()
        if score.support >= FEWEST
        and score.f1 - (case.evaluation.per_label[label].f1 if label in case.evaluation.per_label else 0.0) > 0.3
    ]
    gone = [label for label in forgotten if case.train and new[label] < 0.1 * max(old[label], FEWEST)]
    if gone or (forgotten and not case.train):
        lost = gone or forgotten
        evidence = "; ".join(f"{one}: {new[one]} examples in training, {old[one]} before" for one in lost)
        causes.append(
            Cause(
                "forgotten_labels",
                "a label is forgotten after retraining",
                (said, evidence if case.train else f"F1 fell by more than 0.3 for {', '.join(lost)}"),
                "training on the old documents too: livener train --train old --train new",
                loss,
            )
        )
    conflicts = _conflicts(case.train_before, case.train)
    if len(conflicts) >= FEWEST:
        causes.append(
            Cause(
                "conflicting_annotations",
                "worse after retraining: old and new annotations disagree",
                (
                    said,
                    f"{len(conflicts)} surface forms had another label before: {examples(conflicts)}",
                ),
                "livener check on both, and one decision in the guidelines",
                loss,
            )
        )
    if case.train and case.train_before and not gone:
        labels = sorted({*new, *old})
        moved = jensen_shannon(np.array([old[one] for one in labels]), np.array([new[one] for one in labels]))
        if moved > 0.02:
            shares = [f"{one} {old[one] / old.total():.0%} → {new[one] / new.total():.0%}" for one in labels]
            causes.append(
                Cause(
                    "moved_proportions",
                    "worse after retraining: the proportions of the labels have moved",
                    (said, ", ".join(shares)),
                    "new documents at random, beside the chosen ones: livener select --random-share 0.5",
                    loss,
                )
            )
    return causes


def overlap(case: Case) -> list[Cause]:
    """The documents that judge the model were trained on."""
    seen = {" ".join(document.text.casefold().split()) for document in case.train}
    both = [document.id for document in case.gold if " ".join(document.text.casefold().split()) in seen]
    if len(both) < max(1, 0.05 * len(case.gold)):
        return []
    return [
        Cause(
            "golden_overlaps_training",
            "the figures are too good: what judges was trained on",
            (f"{len(both)} of {len(case.gold)} documents are in training: {examples(both)}",),
            "livener train without them; a golden set of the project is kept apart by the store",
            len(both) / len(case.gold),
        )
    ]


def overconfidence(case: Case) -> list[Cause]:
    """High scores of spans that are wrong, and whether another kind of text explains them.

    It weighs half: whatever makes spans wrong, their scores do not know of it.
    """
    judged = case.evaluation.calibration
    if judged is None:
        return []
    scores, right = [], []
    for document, found in zip(case.gold, case.predicted, strict=True):
        keys = {(span.start, span.end, span.label) for span in document.spans}
        for one in found.spans:
            if one.score is not None:
                scores.append(one.score)
                right.append((one.start, one.end, one.label) in keys)
    sure = [not good for score, good in zip(scores, right, strict=True) if score >= _SURE]
    gap = sum(scores) / max(len(scores), 1) - sum(right) / max(len(right), 1)
    if gap < _BAND or sum(sure) < FEWEST:
        return []
    said = (
        f"mean score {sum(scores) / len(scores):.2f}, right {sum(right) / len(right):.2f}, ECE {judged.ece:.2f}",
        f"{sum(sure)} of {len(sure)} spans with a score of {_SURE} or more are wrong",
    )
    if len(case.train) >= 20 and len(case.gold) >= 20:
        windows = [measure(_bare(part)) for part in (case.train, case.gold)]
        drift = detect(windows[0], windows[1], tests=_TEXTS, shown=0)
        moved = [one.measure for one in drift.findings if one.drifted]
        if moved:
            evidence = f"the text is another one than in training: {moved[0].quantity} {moved[0].current:.2f}"
            return [
                Cause(
                    "domain_shift",
                    "sure and wrong, on text of another kind",
                    (*said, evidence),
                    "livener domains and a stage domain.v1; documents of the new kind: livener select",
                    gap / 2,
                )
            ]
    return [
        Cause(
            "miscalibrated",
            "sure and wrong, on text like that of training",
            said,
            "livener calibrate MODEL --data F, on documents that training never saw",
            gap / 2,
        )
    ]


def slow(case: Case) -> list[Cause]:
    """Fewer sentences a second than anything here should need, and what takes the time."""
    if case.sentences_per_second >= _SLOW:
        return []
    said = f"{case.sentences_per_second:.0f} sentences a second"
    parts = list(islice(case.gold, 20))
    count = sum(len(case.nlp.segmenter.sentences(document)) for document in parts)
    sentences = [one for document in parts for one in case.nlp.segmenter.sentences(document)]
    began = perf_counter()
    case.nlp.recognizer.predict(sentences)
    engine = perf_counter() - began
    began = perf_counter()
    list(case.nlp.pipe(parts))
    whole = perf_counter() - began
    share = engine / max(whole, 1e-9)
    evidence = f"the engine {case.nlp.recognizer.name} takes {share:.0%} of the time of {count} sentences"
    threads = os.environ.get("OMP_NUM_THREADS")
    cores = os.cpu_count() or 1
    hint = f"; OMP_NUM_THREADS is {threads} on {cores} cores" if threads == "1" and cores > 1 else ""
    name = "slow_engine" if share > 0.5 else "slow_stages"
    fix = (
        "a cascade (livener train --recognizer cascade), int8 export, a GPU, or more threads"
        if name == "slow_engine"
        else "livener predict --trace shows what each stage does; without the slow ones"
    )
    return [Cause(name, "slow", (said, evidence + hint), fix, 0.5)]


def _counts(documents: Sequence[Document]) -> Counter[str]:
    return Counter(span.label for document in documents for span in document.spans)


def _conflicts(old: Sequence[Document], new: Sequence[Document]) -> list[str]:
    """Surface forms whose usual label has changed."""
    sides: list[dict[str, Counter[str]]] = []
    for documents in (old, new):
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            for span in document.spans:
                seen[span.text][span.label] += 1
        sides.append(seen)
    usual = [{text: counts.most_common(1)[0][0] for text, counts in side.items()} for side in sides]
    return [
        f"{text}: {usual[0][text]} → {usual[1][text]}"
        for text in sorted(usual[0].keys() & usual[1].keys())
        if usual[0][text] != usual[1][text]
    ]


def _bare(documents: Sequence[Document]) -> list[Document]:
    return [Document(document.text, document.id) for document in documents]
