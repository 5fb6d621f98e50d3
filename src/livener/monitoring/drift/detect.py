"""Whether a window has drifted from a reference: all tests at once, corrected, and with a least size that matters."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from livener.errors import InputError
from livener.monitoring.drift.embedding import newest
from livener.monitoring.drift.expected import expectations, residuals
from livener.monitoring.drift.measures import Measure
from livener.monitoring.drift.registry import USUAL, get
from livener.monitoring.drift.significance import benjamini_hochberg
from livener.monitoring.drift.times import since
from livener.monitoring.drift.verdict import Verdict, judge, version_measures
from livener.monitoring.drift.window import Floats, Window

LEVEL = 0.01
FEWEST = 20
"""Documents of a window before anything is said of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure, the false discovery rate at which it would just be called, and whether it is: sure and large enough.

    ``about`` is that of its test, or ``"model"`` where two versions were compared. ``since`` is the day from which it
    holds, where documents carry a ``time``; ``where`` the domain or source in which most of it lies, where they carry
    those.
    """

    measure: Measure
    about: str
    q_value: float
    drifted: bool
    since: str | None = None
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A document of the current window that moved with the findings: its position, how far, and in what."""

    index: int
    id: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found, the surest first. ``verdict`` is there where the previous version's predictions were given."""

    findings: tuple[Finding, ...]
    documents: tuple[Moved, ...]
    reference: int
    current: int
    level: float
    verdict: Verdict | None = None
    labels: tuple[str, ...] = field(default=())

    @property
    def drifted(self) -> bool:
        """Whether anything has drifted."""
        return any(finding.drifted for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "drifted": self.drifted,
            "labels": list(self.labels),
            "verdict": None if self.verdict is None else asdict(self.verdict),
            "documents": {"reference": self.reference, "current": self.current},
            "level": self.level,
            "findings": [_as_dict(finding) for finding in self.findings],
            "moved": [asdict(one) for one in self.documents],
        }


def detect(
    reference: Window,
    current: Window,
    *,
    previous: Window | None = None,
    tests: Sequence[str] | None = None,
    level: float = LEVEL,
    shown: int = 20,
) -> Drift:
    """Compare ``current`` with ``reference``, which were measured with the same labels.

    ``previous``: the documents of ``current`` as the model version behind ``reference`` predicts them. The two are
    then compared document by document too, which shows the smallest losses, and it is told apart whether the text or
    the model has changed. ``level``: the false discovery rate (Benjamini and Hochberg); where nothing has moved it is
    also how often an alarm is false. ``tests``: names of the registry, the usual ones when not given.
    ``shown``: so many documents that moved most.

    Raises:
        InputError: a window of fewer than 20 documents, windows of different labels, or a test that is not known.

    >>> from livener.monitoring.drift.window import measure
    >>> from livener.text import Document, Span
    >>> calm = [Document("Ada met him.", spans=(Span(0, 3, "PER", 0.9),)), Document("It rained.")] * 100
    >>> lost = [document.with_spans(()) for document in calm]
    >>> found = detect(measure(calm), measure(lost, labels=["PER"]))
    >>> found.drifted, found.labels
    (True, ('PER',))
    """
    for name, window in (("reference", reference), ("current window", current)):
        if len(window) < FEWEST:
            raise InputError(f"{len(window)} documents in the {name}", fix=f"at least {FEWEST}")
    if reference.labels != current.labels:
        raise InputError("windows with different labels", fix="measure(…, labels=…) with the labels of both")
    if not 0.0 < level < 1.0:
        raise InputError(f"the level is {level:g}", fix="0 < level < 1, such as 0.01")
    measured = [(measure, test.about) for test in map(get, tests or USUAL) for measure in test(reference, current)]
    if previous is not None:
        measured += [(measure, "model") for measure in version_measures(previous, current)]
    q_values = benjamini_hochberg([measure.p_value for measure, _ in measured])
    findings = [
        Finding(measure, about, q, bool(q <= level and abs(measure.effect) >= measure.minimum))
        for (measure, about), q in zip(measured, q_values, strict=True)
    ]
    findings = [_placed(one, reference, current) if one.drifted else one for one in findings]
    findings.sort(key=lambda one: (not one.drifted, one.measure.p_value, -abs(one.measure.effect)))
    known = set(reference.labels)
    labels = tuple(dict.fromkeys(f.measure.subject for f in findings if f.drifted and f.measure.subject in known))
    verdict = None
    if previous is not None:
        text = detect(reference, previous, tests=tests, level=level, shown=0)
        verdict = judge(
            previous,
            current,
            text=text.drifted,
            labels={one.measure.subject for one in findings if one.drifted and one.about == "model"},
        )
    moved = _moved(findings, labels, reference, current)[:shown] if any(one.drifted for one in findings) else []
    return Drift(tuple(findings), tuple(moved), len(reference), len(current), level, verdict, labels)


def _placed(finding: Finding, reference: Window, current: Window) -> Finding:
    """The finding with the day since which, and the origin in which most of it lies."""
    subject = finding.measure.subject
    if subject not in reference.labels:
        return finding
    label = reference.labels.index(subject)
    a, b = reference.counts[:, label], current.counts[:, label]
    day = since(float(a.mean()), b, current.meta("time"))
    where = None
    for key in ("domain", "source"):
        where = where or _origin(key, a, b, reference, current)
    return Finding(finding.measure, finding.about, finding.q_value, finding.drifted, day, where)


def _origin(
    key: str, a: "np.ndarray[Any, Any]", b: "np.ndarray[Any, Any]", reference: Window, current: Window
) -> dict[str, Any] | None:
    """The value of ``key`` whose documents hold most of the difference to what the reference leads to expect."""
    before, now = np.array(reference.meta(key)), np.array(current.meta(key))
    gaps = {}
    for value in sorted(set(now.tolist()) - {""}):
        same = before == value
        usual = float(a[same].mean()) if same.any() else float(a.mean())
        gaps[value] = float(b[now == value].sum()) - usual * int((now == value).sum())
    total = float(b.sum()) - float(a.mean()) * len(b)
    along = {value: gap for value, gap in gaps.items() if gap * total > 0}
    if not along:
        return None
    most = max(along, key=lambda value: abs(along[value]))
    return {"key": key, "value": most, "share": abs(along[most]) / sum(map(abs, along.values()))}


def _moved(findings: Sequence[Finding], labels: Sequence[str], reference: Window, current: Window) -> list[Moved]:
    """The documents of the current window, those that moved most first."""
    score: Floats = np.zeros(len(current))
    why: list[list[str]] = [[] for _ in range(len(current))]
    if labels:
        expected_a, expected_b = expectations(reference, current)
        for label in labels:
            i = reference.labels.index(label)
            a, b = reference.counts[:, i].astype(np.float64), current.counts[:, i].astype(np.float64)
            left_a, left_b = residuals(a, expected_a[:, i], b, expected_b[:, i])
            rate = float(a.mean())
            direction = 1.0 if b.mean() >= rate else -1.0
            gap = np.maximum(direction * left_b, 0.0) / max(float(left_a.std()), 1e-9)
            score += gap
            for k in np.flatnonzero(gap > 1.0).tolist():
                why[k].append(f"{int(b[k])} {label} where {max(b[k] - left_b[k], 0.0):.1f} were to be expected")
    if any(finding.drifted and finding.about == "text" for finding in findings):
        new = newest(reference, current)
        place = np.argsort(np.argsort(new)) / len(new)
        score += 2.0 * place
        for k in np.flatnonzero(place >= 0.9).tolist():
            why[k].append("its words look new")
    order = np.argsort(-score, kind="stable").tolist()
    return [Moved(k, current.documents[k].id, float(score[k]), "; ".join(why[k])) for k in order if score[k] > 0]


def _as_dict(finding: Finding) -> dict[str, Any]:
    values = asdict(finding.measure)
    if not np.isfinite(values["effect"]):
        values["effect"] = None  # from nothing: JSON knows no infinity
    values["extra"] = dict(values["extra"])
    rest: dict[str, Any] = {
        "about": finding.about,
        "q_value": finding.q_value,
        "drifted": finding.drifted,
        "since": finding.since,
        "where": finding.where,
    }
    return values | rest
