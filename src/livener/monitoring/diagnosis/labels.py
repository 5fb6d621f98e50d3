"""Labels that never fire, that are exchanged, and common words that are taken for entities."""

import re
from collections import Counter

from livener.monitoring.diagnosis.case import FEWEST, Case, Cause, examples

_MANY = 10  # gold spans of a label before its absence says anything
_FEW = 20  # training examples that are too few
_WORD = re.compile(r"[^\W\d_]+")


def never(case: Case) -> list[Cause]:
    """Labels that are in the documents and are never predicted, and why."""
    causes = []
    pairs = case.pairs()
    if not any(document.spans for document in case.predicted):
        return []  # nothing is found at all: that has other causes
    gold = Counter(span.label for _, span, _ in pairs)
    found = Counter(span.label for document in case.predicted for span in document.spans)
    trained = Counter(span.label for document in case.train for span in document.spans)
    for label, count in sorted(gold.items()):
        if count < _MANY or found[label]:
            continue
        instead = Counter(
            one.label
            for _, span, others in pairs
            if span.label == label
            for one in others
            if (one.start, one.end) == (span.start, span.end)
        )
        other, times = instead.most_common(1)[0] if instead else ("", 0)
        weight = count / len(pairs)
        said = f"{count} gold spans of {label}, none predicted"
        if times >= count / 2 and not gold[other]:
            cause = Cause(
                "label_mapped_wrongly",
                f"{label} never fires",
                (said, f"{times} of them are found as {other}, which no document has"),
                f"one name for both: livener convert with {other} renamed to {label}, and training again",
                weight,
            )
        elif label not in case.nlp.labels:
            cause = Cause(
                "label_absent",
                f"{label} never fires",
                (said, f"the model knows {', '.join(case.nlp.labels)}"),
                f"training on documents that have {label}: livener train --train …",
                weight,
            )
        elif (cut := _cut(case, label)) >= count / 2:
            cause = Cause(
                "label_split_by_tokens",
                f"{label} never fires",
                (said, f"{cut} of them begin or end inside a token"),
                "tokens in the data as the annotators have them, or annotations of whole tokens",
                weight,
            )
        elif case.train and trained[label] < _FEW:
            cause = Cause(
                "label_few_examples",
                f"{label} never fires",
                (said, f"{trained[label]} examples of it in training, and {_FEW} are few"),
                f"more of it: livener select MODEL --pool … --strategy rare, or livener augment, for {label}",
                weight,
            )
        else:
            cause = Cause(
                "label_never_fires",
                f"{label} never fires",
                (said, "the model knows the label, and it is on whole tokens"),
                "its training documents, given as --train",
                weight,
            )
        causes.append(cause)
    return causes


def exchanged(case: Case) -> list[Cause]:
    """Boundaries are right and labels are consistently others: their indices have shifted."""
    pairs = [
        (span.label, one.label)
        for _, span, found in case.pairs()
        for one in found
        if (one.start, one.end) == (span.start, span.end)
    ]
    counts = Counter(pairs)
    gold = {label for label, _ in pairs}
    known = gold & set(case.nlp.labels)
    moved = {}
    for label in sorted(known):
        row = Counter({other: n for (wanted, other), n in counts.items() if wanted == label})
        other, times = row.most_common(1)[0]
        if other != label and other in known and times >= 0.7 * row.total() and times >= FEWEST:
            moved[label] = other
    if len(moved) < 2 or len(set(moved.values())) != len(moved):
        return []
    wrong = sum(n for (wanted, other), n in counts.items() if moved.get(wanted) == other)
    return [
        Cause(
            "labels_shifted",
            "boundaries are right and labels are exchanged",
            (f"{wrong} of {len(pairs)}: " + ", ".join(f"{a} is called {b}" for a, b in moved.items()),),
            "the order of the labels in the model's files as it was in training; else livener train again",
            wrong / max(len(pairs), 1),
        )
    ]


def common_words(case: Case) -> list[Cause]:
    """False positives that are words of everyday: the same word is there in lower case."""
    outside: Counter[str] = Counter()
    for document in (*case.gold, *case.train):
        outside.update(_WORD.findall(document.text))
    wrong = []
    for document, found in zip(case.gold, case.predicted, strict=True):
        for one in found.spans:
            if not any(one.overlaps(span) for span in document.spans):
                wrong.append(one.text)
    common = [text for text in wrong if _WORD.fullmatch(text) and outside[text.casefold()] >= 2]
    if len(common) < max(FEWEST, 0.3 * len(wrong)):
        return []
    predicted = sum(len(document.spans) for document in case.predicted)
    return [
        Cause(
            "common_words",
            "words of everyday are taken for entities",
            (f"{len(common)} of {len(wrong)} false positives, such as {examples(common)}",),
            'a list of them in pipeline.toml: use = "listed.v1", policy = "veto"; and training on them',
            len(common) / max(predicted, 1),
        )
    ]


def _cut(case: Case, label: str) -> int:
    """Gold spans of the label whose boundaries fall inside a token."""
    cut = 0
    for document in case.gold:
        spans = [span for span in document.spans if span.label == label]
        if not spans:
            continue
        starts, ends = set(), set()
        for sentence in case.nlp.segmenter.sentences(document):
            for start, end in sentence.tokens:
                first, last = sentence.original(start, end)
                starts.add(first)
                ends.add(last)
        cut += sum(span.start not in starts or span.end not in ends for span in spans)
    return cut
