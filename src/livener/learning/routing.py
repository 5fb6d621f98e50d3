"""Routing: which predictions are accepted unseen, which people see, and what audits of the accepted change.

Every label has a threshold of its own, and whole sentences have one: nothing in them is wrong, and nothing missed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from livener.errors import InputError
from livener.formats.target import write_text
from livener.learning.acceptance import Acceptance, binomial_tail, lowest_threshold, upper_bound
from livener.text import Span

FILE = "routing.json"
Tier = Literal["accept", "annotator", "reviewer", "expert"]
People = Literal["annotator", "reviewer", "expert"]
Rate = Annotated[float, Field(gt=0.0, lt=1.0)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one prediction of this score was right; ``label`` is ``None`` for a whole sentence."""

    label: str | None
    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of predictions and, by what people say, whether each was right."""

    scores: tuple[float, ...] = ()
    right: tuple[bool, ...] = ()

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> "Judged":
        """Those of verdicts on one label, or on sentences."""
        return cls(tuple(one.score for one in verdicts), tuple(one.right for one in verdicts))

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(self.scores + other.scores, self.right + other.right)

    def above(self, threshold: float) -> "Judged":
        """Those that a threshold accepts."""
        kept = [(score, right) for score, right in zip(self.scores, self.right, strict=True) if score >= threshold]
        return Judged(tuple(score for score, _ in kept), tuple(right for _, right in kept))

    @property
    def errors(self) -> int:
        """How many were wrong."""
        return len(self.right) - sum(self.right)


@dataclass(frozen=True, slots=True)
class Group:
    """The predictions that share a threshold, and what it rests on: those held out, and those audited since."""

    acceptance: Acceptance
    held_out: Judged
    audited: Judged = Judged()

    def accepts(self, score: float | None) -> bool:
        """Whether a prediction of this score is accepted unseen; one without a score never is."""
        threshold = self.acceptance.threshold
        return score is not None and threshold is not None and score >= threshold


@dataclass(frozen=True, slots=True)
class Alert:
    """Audits broke the limit: the threshold of ``label`` (``None``: of sentences) rose from ``before`` to ``after``.

    ``after`` is ``None`` where nothing is accepted any more. ``errors`` in ``audited`` accepted ones were found;
    ``bound`` is the upper bound that broke the limit.
    """

    label: str | None
    before: float
    after: float | None
    errors: int
    audited: int
    bound: float

    def __str__(self) -> str:
        who = "whole sentences" if self.label is None else self.label
        what = "nothing is accepted any more" if self.after is None else f"the threshold rises to {self.after:.4f}"
        found = f"{self.errors} of {self.audited} audited are wrong, up to {self.bound:.2%} of all accepted"
        return f"{who}: {found}; {what}"


class RoutingRules(BaseModel):
    """What a project asks of routing (``Project.settings["routing"]``).

    ``limit`` on the errors of accepted predictions and the ``confidence`` to hold it with; ``audit_share``, the
    random part of the accepted that people see all the same, for ever; the labels whose mistakes cost so much that
    a ``reviewer`` or an ``expert`` sees every one; and the ``domains`` whose documents all go to people, to whom.
    Of a document with at most so many spans in doubt (``questions``) annotators are asked yes or no to these alone,
    and of others with ``words`` only what the words in doubt are.

    >>> sorted(RoutingRules.of({"routing": {"expert": ["DOSE"]}}).expert)
    ['DOSE']
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    limit: Rate = 0.02
    confidence: Rate = 0.95
    audit_share: Rate = 0.05
    reviewer: frozenset[str] = frozenset()
    expert: frozenset[str] = frozenset()
    domains: Mapping[str, People] = {}
    questions: Annotated[int, Field(ge=0, le=100)] = 0
    words: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "RoutingRules":
        """Those of a project's settings.

        Raises:
            InputError: an unknown key or a value out of its range.
        """
        try:
            return cls.model_validate(settings.get("routing", {}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("routing", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None


_NO_RULES = RoutingRules()


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a sentence goes and why.

    ``accepted`` are the spans within the limit whatever becomes of the sentence; of these people see ``audited`` all
    the same. ``tier`` is ``"accept"`` where the whole sentence is within the limit; with ``audit`` it is one of those
    that people see all the same.
    """

    tier: Tier
    reason: str
    audit: bool
    accepted: tuple[Span, ...]
    audited: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """The thresholds of one model, with all they rest on.

    >>> sure = Judged((0.99,) * 400, (True,) * 400)
    >>> group = Group(lowest_threshold(sure.scores, sure.right), sure)
    >>> routing = Routing("", 0.02, 0.95, 0.05, {"ORG": group}, group)
    >>> decision = routing.decide([Span(0, 5, "ORG", 0.995), Span(9, 12, "PER", 0.999)], 0.4, key="d1:0")
    >>> decision.tier, decision.reason, [span.label for span in decision.accepted]
    ('annotator', 'PER has no threshold', ['ORG'])
    """

    model: str
    limit: float
    confidence: float
    audit_share: float
    labels: Mapping[str, Group]
    sentences: Group
    alerts: tuple[Alert, ...] = field(default=())

    def decide(
        self,
        spans: Sequence[Span],
        score: float,
        *,
        key: str,
        rules: RoutingRules = _NO_RULES,
        disputed: bool = False,
    ) -> Decision:
        """Route a sentence by its predicted spans and its own ``score``.

        ``key`` names the sentence (document and position) and alone decides, like a coin that falls the same way
        whenever it is asked, whether an accepted prediction is audited. ``disputed``: engines or people disagree.
        """
        grave = rules.reviewer | rules.expert
        accepted = tuple(
            span
            for span in spans
            if span.label not in grave and span.label in self.labels and self.labels[span.label].accepts(span.score)
        )
        audited = tuple(
            span for span in accepted if _draw(f"{key}:{span.start}:{span.end}:{span.label}") < self.audit_share
        )
        tier, reason = self._tier(spans, score, rules, disputed, set(accepted))
        audit = tier == "accept" and _draw(key) < self.audit_share
        return Decision(tier, reason, audit, accepted, audited)

    def audited(self, verdicts: Sequence[Verdict]) -> tuple["Routing", tuple[Alert, ...]]:
        """With what audits of accepted predictions found, and an alert for each threshold that had to rise.

        A threshold rises when more of the audited than the limit are wrong and the upper bound over held-out and
        audited predictions together is over the limit: to the lowest above it that these show to hold. Where the
        audits alone prove the limit broken, what was held out is of another time and counts no longer. Audits never
        lower a threshold, so that looking often cannot wear its guarantee out; calibrating anew can.

        Raises:
            InputError: a label that the model was not calibrated for.
        """
        groups: dict[str | None, Group] = {None: self.sentences}
        groups.update(self.labels)
        found: dict[str | None, list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.label not in groups:
                raise InputError(f"an audit of the label {verdict.label!r}", fix=" | ".join(self.labels))
            found.setdefault(verdict.label, []).append(verdict)
        alerts = []
        for label, those in found.items():
            groups[label], alert = self._updated(label, groups[label], Judged.of(those))
            alerts += [alert] if alert else []
        sentences = groups.pop(None)
        labels = {label: group for label, group in groups.items() if label is not None}
        raised = replace(self, labels=labels, sentences=sentences, alerts=self.alerts + tuple(alerts))
        return raised, tuple(alerts)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        values: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return values

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Routing":
        """From what `as_dict` gave."""
        return _ADAPTER.validate_python(values)

    def save(self, path: Path) -> None:
        """Write it into the model directory ``path``, whole or not at all."""
        write_text([_ADAPTER.dump_json(self).decode(), "\n"], path / FILE)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: there is none, it is damaged, or it was calibrated for another model than is there now.
        """
        file, fix = path / FILE, "run `livener calibrate`"
        try:
            routing = _ADAPTER.validate_json(file.read_bytes())
        except FileNotFoundError:
            raise InputError("the model has no routing thresholds", where=str(path), fix=fix) from None
        except ValidationError as error:
            raise InputError(f"broken: {error.errors()[0]['msg']}", where=str(file), fix=fix) from None
        if routing.model != model_key(path):
            raise InputError("its thresholds are those of another model", where=str(file), fix=fix)
        return routing  # type: ignore[return-value]

    def _tier(
        self, spans: Sequence[Span], score: float, rules: RoutingRules, disputed: bool, accepted: set[Span]
    ) -> tuple[Tier, str]:
        labels = {span.label for span in spans}
        tiers: tuple[tuple[Tier, frozenset[str]], ...] = (("expert", rules.expert), ("reviewer", rules.reviewer))
        for tier, grave in tiers:
            if found := sorted(labels & grave):
                return tier, f"{found[0]} always goes to the {tier}"
        if disputed:
            return "reviewer", "disputed"
        if self.sentences.accepts(score):
            return "accept", f"the sentence is at {score:.4f}, from {self.sentences.acceptance.threshold:.4f}"
        for span in spans:
            if span not in accepted:
                group = self.labels.get(span.label)
                limit = group.acceptance.threshold if group else None
                if limit is None:
                    return "annotator", f"{span.label} has no threshold"
                return "annotator", f"{span.label} is not sure enough, accepted from {limit:.4f}"
        return "annotator", "something may be missed"

    def _updated(self, label: str | None, group: Group, more: Judged) -> tuple[Group, Alert | None]:
        group = replace(group, audited=group.audited + more)
        before = group.acceptance.threshold
        if before is None:
            return group, None
        audits = group.audited.above(before)
        seen = audits + group.held_out.above(before)
        count = len(audits.right)
        if 1.0 - binomial_tail(audits.errors - 1, count, self.limit) < 1.0 - self.confidence:
            group, seen = replace(group, held_out=Judged()), audits
        bound = upper_bound(seen.errors, len(seen.right), confidence=self.confidence)
        if audits.errors <= self.limit * count or bound <= self.limit:
            kept = replace(
                group.acceptance,
                accepted=len(seen.right),
                errors=seen.errors,
                judged=len((group.audited + group.held_out).right),
                bound=bound,
            )
            return replace(group, acceptance=kept), None
        raised = lowest_threshold(seen.scores, seen.right, limit=self.limit, confidence=self.confidence)
        return replace(group, acceptance=raised), Alert(label, before, raised.threshold, audits.errors, count, bound)


def model_key(path: Path) -> str:
    """What ties thresholds to a model directory: a hash of all that decides on its scores."""
    digest = hashlib.sha256()
    for name in ("model.json", "pipeline.toml"):  # model.json holds the hashes of the engine's files
        file = path / name
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def _draw(key: str) -> float:
    """A number in [0, 1) that is the same whenever it is asked for."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest()) / 2**48


_ADAPTER = TypeAdapter(Routing)
