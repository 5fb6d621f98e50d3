"""Where a submitted task goes: it is done, or a reviewer has to see it, and why."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livener.review.rules import Rules
from livener.store.models import TaskState

Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said: spans that are right, wrong, or undecided, as (start, end, label)."""

    spans: frozenset[Key]
    negatives: frozenset[Key] = frozenset()
    ignored: frozenset[Key] = frozenset()
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that a submitted task goes to (or stays in, for a reviewer) and the reason, for people to read."""

    state: TaskState
    reason: str


def route(
    task_id: int,
    said: Sequence[Said],
    predicted: Sequence[Mapping[str, Any]],
    rules: Rules,
    *,
    label_kappas: Mapping[str, float | None],
) -> Verdict:
    """Decide by what people said of the task, by its prediction, and by the rules of the project.

    >>> route(1, [Said(frozenset({(0, 4, "ORG")})), Said(frozenset())], [], Rules(), label_kappas={})
    Verdict(state=<TaskState.DISPUTED: 'disputed'>, reason='2 people disagree on 1 span')
    """
    up = rules.up
    if up.disagreement and (differing := _differing(said)):
        spans = "span" if len(differing) == 1 else "spans"
        return Verdict(TaskState.DISPUTED, f"{len(said)} people disagree on {len(differing)} {spans}")
    if up.flag and (flags := [one.flag for one in said if one.flag]):
        return Verdict(TaskState.SUBMITTED, f"flagged: {flags[0]}")
    labels = {label for one in said for _, _, label in one.spans} | {span["label"] for span in predicted}
    if found := sorted(labels & up.labels):
        return Verdict(TaskState.SUBMITTED, f"{found[0]} is always reviewed")
    if found := sorted({str(span.get("source")) for span in predicted} & up.sources):
        return Verdict(TaskState.SUBMITTED, f"spans of {found[0]} are always reviewed")
    if up.confidence_below is not None:
        scores = [span["score"] for span in predicted if span.get("score") is not None]
        if scores and min(scores) < up.confidence_below:
            return Verdict(TaskState.SUBMITTED, f"a score of {min(scores):.2f} is under {up.confidence_below:g}")
    if up.label_kappa_below is not None:
        for label in sorted(labels):
            kappa = label_kappas.get(label)
            if kappa is not None and kappa < up.label_kappa_below:
                return Verdict(TaskState.SUBMITTED, f"people agree on {label} at κ {kappa:.2f} only")
    if _draw(task_id) < up.share:
        return Verdict(TaskState.SUBMITTED, "one of a random share that is reviewed")
    return Verdict(TaskState.RESOLVED, "all agree" if len(said) > 1 else "nothing asks for a review")


def _differing(said: Sequence[Said]) -> set[Key]:
    """The spans that some say are there and others not. Who left one undecided does not disagree on it."""
    differing: set[Key] = set()
    for span in {span for one in said for span in one.spans | one.negatives}:
        votes = {span in one.spans for one in said if span not in one.ignored}
        if len(votes) > 1:
            differing.add(span)
    return differing


def _draw(task_id: int) -> float:
    """A number in [0, 1) that is the same whenever the task is asked for."""
    return int.from_bytes(hashlib.blake2b(str(task_id).encode(), digest_size=6).digest()) / 2**48
