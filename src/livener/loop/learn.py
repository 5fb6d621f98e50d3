"""The job that makes a candidate: what people settled → dataset version → training → gate → candidate → production.

Every step leads to the same when it is done a second time, so that a job whose worker was killed ends as it would
have ended.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import gate, models, training
from livener.learning.gate import Gate
from livener.loop.rules import LoopRules
from livener.loop.work import Kind, Work
from livener.review import agreement, resolved
from livener.review.resolved import Filters
from livener.review.rules import Rules
from livener.store.models import GateReport, ModelVersion, Project
from livener.text import Document

CANDIDATE = "candidate"
_NO_GOLDEN_SET = "the project has no golden set: the model was not judged, and stays a version among others"


class LearnArguments(BaseModel):
    """What to learn, and how.

    ``recognizer`` is the engine, else that of production, else ``crf``, with ``settings`` and ``seed``; ``filters``
    choose the annotations. ``incremental`` goes on from production; ``full`` begins anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recognizer: str | None = None
    settings: dict[str, Any] = {}
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    filters: dict[str, Any] = {}
    mode: Literal["incremental", "full"] = "incremental"


def learn(work: Work) -> Mapping[str, Any]:
    """Make a candidate of what people settled, and judge it; what came of each step.

    Raises:
        InputError: nothing is settled; people agree too little on a label (the rule ``kappa_limit``).
    """
    asked = LearnArguments.model_validate(work.arguments)
    data = work.step("dataset", lambda: _dataset(work, asked))
    made = work.step("train", lambda: _train(work, asked, data["address"]))
    judged = work.step("gate", lambda: _gate(work, made["model"]))
    if judged["passed"]:
        work.step("candidate", lambda: _candidate(work, made["model"]))
        work.step("promote", lambda: _promote(work, made["model"]))
    return {
        "dataset": data["address"],
        "model": made["model"],
        "gate": judged["gate"],
        "passed": judged["passed"],
        "reasons": judged["reasons"],
        "promoted": work.steps.get("promote", {}).get("promoted", False),
    }


LEARN = Kind(learn, LearnArguments)


def _dataset(work: Work, asked: LearnArguments) -> Mapping[str, Any]:
    """What was settled when the job was made: asked again, it is the same."""
    with work.store.reading() as session:
        rules = Rules.of(session.get_one(Project, work.project_id).settings)
        for blocked in agreement.training_block(session, work.project_id, rules):
            raise InputError(blocked.reason, fix="more of the guidelines on it, and annotations under them")
        parent = _production(session, work.project_id)
    until = work.begun.created_at
    filters = Filters.of(asked.filters)
    filters = filters.model_copy(update={"until": min(filters.until, until) if filters.until else until})
    version = resolved.create_dataset(
        work.store,
        work.artefacts,
        work.project_id,
        name=f"job {work.begun.id}",
        now=until,
        filters=filters,
        parents=[parent.dataset] if parent and parent.dataset else (),
    )
    return {"address": version.address, "splits": dict(version.splits)}


def _train(work: Work, asked: LearnArguments, dataset: str) -> Mapping[str, Any]:
    versions = DatasetVersions(work.store, work.artefacts, project=work.project_id)
    about = versions.version(dataset)
    parts: dict[str, list[Document]] = {
        part: versions.documents(dataset, part) if part in about.splits else [] for part in ("train", "dev")
    }
    with work.store.reading() as session:
        parent = _production(session, work.project_id)
    engine = asked.recognizer or (parent.lineage["recognizer"] if parent else "crf")
    report = training.train(
        engine,
        parts["train"],
        parts["dev"],
        out=work.folder / "model",
        settings=asked.settings,
        seed=asked.seed,
        progress=work.progress,
        created=work.begun.created_at,  # the same model when it is trained again
    )
    made = models.add(
        work.store,
        work.artefacts,
        work.project_id,
        report.path,
        now=work.now,
        by=work.begun.user_id,
        dataset=dataset,
        guideline=max(about.lineage["guidelines"], default=None),
    )
    return {"model": made.number, "seconds": report.seconds, "f1": report.metrics["strict"]["f1"]}


def _gate(work: Work, number: int) -> Mapping[str, Any]:
    found = _judged(work, number)
    if found is None:
        with work.store.reading() as session:
            judgeable = gate.possible(session, work.project_id)
        if not judgeable:
            return {"gate": None, "passed": None, "reasons": [_NO_GOLDEN_SET]}
        found = gate.gate(
            work.store,
            work.artefacts,
            work.project_id,
            number,
            load=lambda one: work.served(work.project_id, one)[1],
            now=work.now,
            by=work.begun.user_id,
        )
    return {"gate": found.id, "passed": found.passed, "reasons": list(found.reasons)}


def _judged(work: Work, number: int) -> Gate | None:
    """What a gate of an earlier attempt said, which was killed before it could note it."""
    with work.store.reading() as session:
        model, row = models.find(session, work.project_id, number), GateReport
        asked = select(row.id).join(ModelVersion, ModelVersion.id == row.model_version_id)
        asked = asked.where(ModelVersion.project_id == work.project_id, ModelVersion.number == model.number)
        known = session.scalar(asked.where(row.at >= work.begun.created_at).order_by(row.id.desc()).limit(1))
        return gate.get(session, work.project_id, known) if known else None


def _candidate(work: Work, number: int) -> Mapping[str, Any]:
    _move(work, number, CANDIDATE, f"passed the gate in job {work.begun.id}")
    return {"alias": CANDIDATE}


def _promote(work: Work, number: int) -> Mapping[str, Any]:
    with work.store.reading() as session:
        rules = LoopRules.of(session.get_one(Project, work.project_id).settings)
    if not rules.auto_promote:
        return {"promoted": False}
    _move(work, number, models.PRODUCTION, f"passed the gate in job {work.begun.id}, and the project promotes itself")
    return {"promoted": True}


def _move(work: Work, number: int, alias: str, reason: str) -> None:
    with work.store.writing() as session:
        if models.pointed_at(session, work.project_id, alias) == number:
            return
        now, by = work.now, work.begun.user_id
        models.promote(session, work.project_id, number, alias=alias, reason=reason, by=by, now=now)
    work.shared.tell(work.project_id, "models", {"alias": alias, "number": number})


def _production(session: Session, project_id: int) -> models.ModelVersion | None:
    """The version that serves, if one does."""
    number = models.pointed_at(session, project_id)
    return models.find(session, project_id, number) if number else None
