"""Whether a candidate may take the place of what serves: checks over held-out documents, and what changed in them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError
from livener.metrics import Comparison, Difference, compare, evaluate
from livener.text import Document, Span

_SHOWN = 200  # documents that changed, those with most that broke first
_CONTEXT = 40  # characters on each side of a span
_SAMPLES = 1000
_BINS = 10
_P = 0.05
_WORSE = ("lost", "added")

_Key = tuple[int, int, str]
_Points = Annotated[float, Field(ge=0, le=1)]


class GateRules(BaseModel):
    """What a gate asks for (``Project.settings["gate"]``).

    ``drop`` is how much strict F1 may fall; ``support`` how many gold spans a label needs to be judged alone;
    ``calibration`` how much the expected calibration error may rise; ``sentences_per_second`` what the profile needs
    that the model serves.

    >>> GateRules.of({"gate": {"drop": 0.01}}).drop
    0.01
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    drop: _Points = 0.02
    support: Annotated[int, Field(ge=1)] = 20
    calibration: _Points = 0.02
    sentences_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "GateRules":
        """Those of a project's settings.

        Raises:
            InputError: an unknown key or a value out of its range.
        """
        try:
            return cls.model_validate(settings.get("gate", {}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("gate", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model found in the documents, in their order, and how fast."""

    spans: Sequence[Sequence[Span]]
    sentences_per_second: float


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose ``spans`` must be found and whose ``negatives`` must not; ``found`` is what there was."""

    id: int
    document: Document
    found: Sequence[Span]
    note: str = ""

    @property
    def missing(self) -> list[Span]:
        """The required spans that were not found."""
        return [span for span in self.document.spans if _key(span) not in set(map(_key, self.found))]

    @property
    def forbidden(self) -> list[Span]:
        """The spans that were found and must not be."""
        return [span for span in self.document.negatives if _key(span) in set(map(_key, self.found))]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked, whether it holds, and the figures."""

    name: str
    passed: bool
    detail: str


def judge(
    gold: Sequence[Document],
    candidate: Reading,
    current: Reading | None,
    *,
    rules: GateRules,
    examples: Sequence[Example] = (),
) -> dict[str, Any]:
    """The report of a gate, as JSON values; ``passed`` is true when all ``checks`` passed.

    A label is worse when a paired bootstrap over documents and approximate randomisation both say so (see
    `livener.metrics.compare`), the p-values of all judged labels taken together (Holm 1979), so that twenty labels do
    not make one rejection by chance. Calibration is worse when its error rose by more than the limit, and more than
    chance explains (bootstrap over documents). Without ``current`` only speed and examples are asked.

    Raises:
        InputError: no documents.

    >>> gold = [Document("Acme rose.", "d1", spans=(Span(0, 4, "ORG"),))] * 30
    >>> right, wrong = Reading([document.spans for document in gold], 100.0), Reading([()] * 30, 100.0)
    >>> report = judge(gold, wrong, right, rules=GateRules())
    >>> [one["name"] for one in report["checks"] if not one["passed"]], report["changed"]["documents"]
    (['f1', 'labels'], 30)
    """
    expected = [document.spans for document in gold]
    support = Counter(span.label for spans in expected for span in spans)
    checks = [_speed(candidate, rules), _must_pass(examples)]
    overall, per_label, calibration, changed = None, {}, None, []
    if current is None:
        evaluation = evaluate(expected, candidate.spans)
    else:
        samples = max(_SAMPLES, 100 * len(support))  # fewer could show no label at the level of many
        compared = compare(expected, current.spans, candidate.spans, samples=samples)
        evaluation, overall = compared.b, asdict(compared.overall)
        per_label = {label: {**asdict(one), "support": support[label]} for label, one in compared.per_label.items()}
        calibration = _calibration(expected, current, candidate, compared)
        checks = [
            _f1(compared.overall, rules),
            _labels(compared, support, rules),
            _calibrated(calibration, compared, rules),
            *checks,
        ]
        changed = _changed(gold, current, candidate)
    return {
        "passed": all(check.passed for check in checks),
        "documents": len(gold),
        "checks": [asdict(check) for check in checks],
        "scores": {
            "strict": evaluation.strict.as_dict(),
            "labels": {label: one.as_dict() for label, one in evaluation.per_label.items()},
        },
        "overall": overall,
        "per_label": per_label,
        "calibration": calibration,
        "speed": {
            "before": current and current.sentences_per_second,
            "after": candidate.sentences_per_second,
            "needed": rules.sentences_per_second,
        },
        "must_pass": {
            "examples": len(examples),
            "failed": [_example(one) for one in examples if one.missing or one.forbidden],
        },
        "changed": {"documents": len(changed), "shown": changed[:_SHOWN]},
    }


def readable(report: Mapping[str, Any]) -> str:
    """The report for a person: the verdict, each check with its figures, and what changed in which document.

    >>> gold = [Document("Acme rose.", "d1", spans=(Span(0, 4, "ORG"),))]
    >>> reading = Reading([()], 100.0)
    >>> print(readable(judge(gold, reading, None, rules=GateRules())))
    passed: 1 document, strict F1 0.000
      speed        ok      100 sentences a second; no need is set
      must_pass    ok      no examples
    """
    strict, shown = report["scores"]["strict"], report["changed"]["shown"]
    documents = f"{report['documents']:,} document{'s' * (report['documents'] != 1)}"
    lines = [f"{'passed' if report['passed'] else 'REJECTED'}: {documents}, strict F1 {strict['f1']:.3f}"]
    for check in report["checks"]:
        lines.append(f"  {check['name']:<13}{'ok' if check['passed'] else 'FAILED':<8}{check['detail']}")
    for example in report["must_pass"]["failed"]:
        lines.append(f"must pass, example {example['id']}: {_one_line(example['text'])}")
        lines += [f"  missing  {_named(span)}" for span in example["missing"]]
        lines += [f"  must not be found  {_named(span)}" for span in example["forbidden"]]
    if shown:
        more = report["changed"]["documents"] - len(shown)
        lines.append(f"{report['changed']['documents']:,} documents changed{f', {len(shown)} shown' * (more > 0)}")
    for document in shown:
        lines.append(f"  {document['id']}")
        lines += [f"    {one['what']:<8}{_in_context(one)}" for one in document["spans"]]
    return "\n".join(lines)


def _f1(overall: Difference, rules: GateRules) -> Check:
    passed = overall.difference >= -rules.drop - 1e-12
    return Check("f1", passed, f"{_difference(overall)}; may fall by {rules.drop:.3f}")


def _labels(compared: Comparison, support: Counter[str], rules: GateRules) -> Check:
    judged = {label: one for label, one in compared.per_label.items() if support[label] >= rules.support}
    worse, left = [], len(judged)
    for label, one in sorted(judged.items(), key=lambda item: item[1].p_value):
        if one.p_value * left >= _P:  # Holm's step-down: none after the first that is not shown
            break
        left -= 1
        if one.verdict == "a":
            worse.append(f"{label} {_difference(one)}, {support[label]} spans")
    detail = f"worse: {'; '.join(worse)}" if worse else f"none of {len(judged)} is shown to be worse"
    return Check("labels", not worse, detail)


def _calibrated(found: Mapping[str, float] | None, compared: Comparison, rules: GateRules) -> Check:
    if found is None:
        lost = compared.a.calibration is not None and compared.b.strict.predicted > 0
        return Check("calibration", not lost, "the candidate gives no scores" if lost else "no scores to compare")
    passed = found["difference"] <= rules.calibration or found["low"] <= 0
    interval = f"95 % interval {found['low']:+.3f} … {found['high']:+.3f}"
    detail = f"error {found['before']:.3f} → {found['after']:.3f} ({interval}); may rise by {rules.calibration:.3f}"
    return Check("calibration", passed, detail)


def _speed(candidate: Reading, rules: GateRules) -> Check:
    speed, needed = candidate.sentences_per_second, rules.sentences_per_second
    need = f"needs {needed:,.0f}" if needed else "no need is set"
    return Check("speed", not needed or speed >= needed, f"{speed:,.0f} sentences a second; {need}")


def _must_pass(examples: Sequence[Example]) -> Check:
    failed = sum(bool(one.missing or one.forbidden) for one in examples)
    return Check("must_pass", not failed, f"{failed} of {len(examples)} fail" if examples else "no examples")


def _calibration(
    gold: Sequence[Sequence[Span]], current: Reading, candidate: Reading, compared: Comparison
) -> dict[str, float] | None:
    """The expected calibration error of both, and the interval of its rise; None where one has no scores."""
    if compared.a.calibration is None or compared.b.calibration is None:
        return None
    sides = [_gaps(gold, side.spans) for side in (current, candidate)]
    rng, rises = np.random.default_rng(0), []
    for _ in range(_SAMPLES):
        weights = np.bincount(rng.integers(len(gold), size=len(gold)), minlength=len(gold)).astype(np.float64)
        before, after = (np.abs(weights @ gaps).sum() / max(weights @ counts, 1.0) for gaps, counts in sides)
        rises.append(after - before)
    low, high = np.quantile(rises, (0.025, 0.975)).tolist()
    before, after = compared.a.calibration.ece, compared.b.calibration.ece
    return {"before": before, "after": after, "difference": after - before, "low": low, "high": high}


def _gaps(
    gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each document the sum of score − outcome in each bin, shape (documents, bins), and how many scores."""
    gaps, counts = np.zeros((len(gold), _BINS)), np.zeros(len(gold))
    for i, (expected, found) in enumerate(zip(gold, predicted, strict=True)):
        right = set(map(_key, expected))
        for span in found:
            if span.score is not None:
                gaps[i, min(int(span.score * _BINS), _BINS - 1)] += span.score - (_key(span) in right)
                counts[i] += 1
    return gaps, counts


def _changed(gold: Sequence[Document], current: Reading, candidate: Reading) -> list[dict[str, Any]]:
    """Each document that the two read differently, with what became of each span; those that broke most first."""
    changed = []
    for document, before, after in zip(gold, current.spans, candidate.spans, strict=True):
        right = set(map(_key, document.spans))
        old, new = set(map(_key, before)), set(map(_key, after))
        spans = [_change(document, key, _what(key in right, key in new)) for key in sorted(old ^ new)]
        if spans:
            changed.append({"id": document.id, "spans": spans})
    return sorted(changed, key=lambda one: -sum(span["what"] in _WORSE for span in one["spans"]))


def _what(right: bool, now: bool) -> str:
    return ("found" if now else "lost") if right else ("added" if now else "removed")


def _change(document: Document, key: _Key, what: str) -> dict[str, Any]:
    (start, end, label), text = key, document.text
    around = {"left": text[max(start - _CONTEXT, 0) : start], "right": text[end : end + _CONTEXT]}
    return {"start": start, "end": end, "label": label, "text": text[start:end], "what": what} | around


def _example(one: Example) -> dict[str, Any]:
    sides = {"missing": one.missing, "forbidden": one.forbidden}
    shown = {name: [_span(span) for span in spans] for name, spans in sides.items()}
    return {"id": one.id, "text": one.document.text, "note": one.note} | shown


def _span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label, "text": span.text}


def _key(span: Span) -> _Key:
    return span.start, span.end, span.label


def _difference(one: Difference) -> str:
    interval = f"95 % interval {one.low:+.3f} … {one.high:+.3f}"
    return f"{one.a:.3f} → {one.b:.3f} ({one.difference:+.3f}, {interval})"


def _in_context(one: Mapping[str, Any]) -> str:
    return _one_line(f"…{one['left']}[{one['text']}]{one['label']}{one['right']}…")


def _named(span: Mapping[str, Any]) -> str:
    return f"[{span['start']}, {span['end']}) {span['label']} {_one_line(span['text'])!r}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
