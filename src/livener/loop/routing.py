"""What a project's thresholds are, what becomes of a document by them, and what audits of the accepted change."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from livener.learning import models
from livener.learning.calibration import sentence_scores
from livener.learning.routing import Routing, RoutingRules, Verdict
from livener.monitoring.alerts import Found, raise_alerts
from livener.pipeline import Pipeline
from livener.review.resolved import final
from livener.store.models import (
    Annotation,
    AnnotationSpan,
    Audit,
    ModelVersion,
    Prediction,
    RoutingVersion,
    Task,
    Tier,
)
from livener.text import Document, Span
from livener.text.ranges import within

AUDIT = "audit"
"""The kind of alert that a broken threshold is."""
_TIERS = ("accept", "annotator", "reviewer", "expert")


@dataclass(frozen=True, slots=True)
class Present:
    """The thresholds that count now for a model version, and the id of their version."""

    id: int
    number: int
    routing: Routing
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Audited:
    """A part of a document that was accepted and that people see all the same; a sentence where there is no label."""

    start: int
    end: int
    label: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a document goes (None: accepted unseen), why, how sure its least sure sentence is, and its audits.

    ``doubted`` are the predicted spans that are not accepted; ``whole``: it is not these that are in doubt, so that
    all of the text has to be looked at.
    """

    tier: Tier | None
    reason: str
    least: float
    audits: tuple[Audited, ...]
    doubted: tuple[Span, ...] = ()
    whole: bool = False


def present(session: Session, project_id: int, number: int) -> Present | None:
    """The newest thresholds of a model version, if it has some."""
    row = RoutingVersion
    asked = select(row).join(ModelVersion, ModelVersion.id == row.model_version_id)
    asked = asked.where(ModelVersion.project_id == project_id, ModelVersion.number == number)
    found = session.scalar(asked.order_by(row.id.desc()).limit(1))
    if found is None:
        return None
    return Present(found.id, number, Routing.of(found.routing), found.reason, found.created_at)


def keep(session: Session, project_id: int, number: int, routing: Routing, *, reason: str, now: datetime) -> int:
    """New thresholds of a model version; their id."""
    model = select(ModelVersion.id).where(ModelVersion.project_id == project_id, ModelVersion.number == number)
    row = RoutingVersion(
        project_id=project_id,
        model_version_id=session.scalars(model).one(),
        routing=routing.as_dict(),
        reason=reason,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def route(nlp: Pipeline, document: Document, routing: Routing | None, rules: RoutingRules) -> Routed:
    """Where a document with predicted spans goes: to whom its gravest sentence or its ``domain`` has to go.

    Without thresholds nothing is accepted.
    """
    found = _by_scores(nlp, document, routing, rules)
    domain = str(document.meta.get("domain"))
    asked = rules.domains.get(domain, "accept")
    if _TIERS.index(asked) <= _TIERS.index(found.tier.value if found.tier else "accept"):
        return found
    return replace(
        found, tier=Tier(asked), reason=f"the domain {domain} always goes to the {asked}"[:500], whole=True
    )


def _by_scores(nlp: Pipeline, document: Document, routing: Routing | None, rules: RoutingRules) -> Routed:
    if routing is None:
        grave = [
            tier for tier in ("expert", "reviewer") for span in document.spans if span.label in getattr(rules, tier)
        ]
        scores = [span.score for span in document.spans if span.score is not None]
        tier = Tier(grave[0]) if grave else Tier.ANNOTATOR
        return Routed(tier, "the model has no thresholds", min(scores, default=0.0), (), document.spans)
    sentences = nlp.segmenter.sentences(document)
    if not sentences:
        return Routed(None, "there is no word in it", 1.0, ())
    starts = [sentence.original(*sentence.tokens[0])[0] for sentence in sentences]
    parts: list[list[Span]] = [[] for _ in sentences]
    for span in document.spans:
        parts[max(0, bisect_right(starts, span.start) - 1)].append(span)
    scores = sentence_scores(nlp, sentences, parts)
    gravest, reason = "accept", "every sentence is sure enough"
    audits: list[Audited] = []
    doubted: list[Span] = []
    ends = [*starts[1:], len(document.text)]
    for spans, score, start, end in zip(parts, scores, starts, ends, strict=True):
        decision = routing.decide(spans, score, key=f"{document.id}:{start}", rules=rules)
        if _TIERS.index(decision.tier) > _TIERS.index(gravest):
            gravest, reason = decision.tier, decision.reason
        if decision.tier != "accept":
            doubted += [span for span in spans if span not in decision.accepted]
        audits += [Audited(start, end, None, score)] if decision.audit else []
        audits += [Audited(one.start, one.end, one.label, one.score or 0.0) for one in decision.audited]
    if gravest == "accept" and audits:
        gravest, reason = "annotator", "an audit: one of a random share of what is accepted"
    to = None if gravest == "accept" else Tier(gravest)
    return Routed(to, reason, min(scores), tuple(audits), tuple(doubted))


def waiting(session: Session) -> list[int]:
    """The ids of the projects with audits that people have not answered, or whose answers were not taken in."""
    asked = select(Audit.project_id).where(Audit.at.is_(None)).distinct().order_by(Audit.project_id)
    return list(session.scalars(asked))


@dataclass(frozen=True, slots=True)
class Settled:
    """What audits changed: thresholds that are new, and the ids of new alerts of those that did not hold."""

    changed: tuple[Routing, ...]
    raised: tuple[int, ...]


def settle(session: Session, project_id: int, *, now: datetime) -> Settled:
    """Take in what people said of audited predictions: thresholds that do not hold rise, and an alert says so."""
    waiting = (
        select(
            *(Audit, Task.document_id, Annotation.id.label("annotation"), Annotation.complete, Annotation.known),
            RoutingVersion.model_version_id,
        )
        .join(Task, Task.id == Audit.task_id)
        .join(RoutingVersion, RoutingVersion.id == Audit.routing_version_id)
        .where(Audit.project_id == project_id, Audit.at.is_(None), *final(project_id))
        .order_by(Audit.id)
    )
    found: dict[int, list[Verdict]] = {}
    for audit, document_id, annotation, complete, known, model in session.execute(waiting).all():
        if not (complete or within(audit.start, audit.end, known)):
            continue
        said = _said(session, annotation)
        predicted = _predicted(session, document_id, model)
        right = _is_right(audit, said, predicted)
        found.setdefault(model, []).append(Verdict(audit.label, audit.score, right))
        session.execute(update(Audit).where(Audit.id == audit.id).values(right=right, at=now))
    changed, new = list[Routing](), list[int]()
    for model, verdicts in found.items():
        number = session.scalars(select(ModelVersion.number).where(ModelVersion.id == model)).one()
        before = present(session, project_id, number)
        assert before is not None  # it was audited by its thresholds
        known = [one for one in verdicts if one.label is None or one.label in before.routing.labels]
        routing, alerts = before.routing.audited(known)
        wrong = sum(not one.right for one in known)
        keep(session, project_id, number, routing, reason=f"{len(known)} audits, {wrong} wrong", now=now)
        raised = [
            Found(AUDIT, one.label or "whole sentences", str(one), {"model": number, "after": one.after})
            for one in alerts
        ]
        new += raise_alerts(session, project_id, raised, now=now)
        changed.append(routing)
    return Settled(tuple(changed), tuple(new))


def _said(session: Session, annotation: int) -> set[tuple[int, int, str]]:
    columns = AnnotationSpan.start, AnnotationSpan.end, AnnotationSpan.label
    asked = select(*columns).where(AnnotationSpan.annotation_id == annotation, AnnotationSpan.negative.is_(False))
    return {(row.start, row.end, row.label) for row in session.execute(asked)}


def _predicted(session: Session, document_id: int, model: int) -> Sequence[Mapping[str, Any]]:
    """What the model found in the document."""
    asked = select(Prediction.spans).where(
        Prediction.document_id == document_id, Prediction.model_version_id == model
    )
    return session.scalar(asked.order_by(Prediction.id.desc()).limit(1)) or []


def _is_right(audit: Audit, said: set[tuple[int, int, str]], predicted: Sequence[Mapping[str, Any]]) -> bool:
    if audit.label is not None:
        return (audit.start, audit.end, audit.label) in said
    found = {(one["start"], one["end"], one["label"]) for one in predicted}
    there, given = ({one for one in each if audit.start <= one[0] < audit.end} for each in (said, found))
    return there == given


def production(session: Session, project_id: int) -> Present | None:
    """The thresholds of what serves, if it has some."""
    number = models.pointed_at(session, project_id)
    return present(session, project_id, number) if number else None
