"""The job that makes a candidate: what people settled → dataset version → training → gate → candidate → production.

Every step leads to the same when it is done a second time, so that a job whose worker was killed ends as it would
have ended.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning import calibration, continuing, gate, models, training
from livener.learning.emphasis import emphasis
from livener.learning.gate import Gate
from livener.learning.routing import RoutingRules
from livener.learning.serving import fetch
from livener.loop import routing
from livener.loop.rules import LoopRules
from livener.loop.work import Kind, Work
from livener.pipeline import Pipeline
from livener.recognizers.registry import get
from livener.review import agreement, resolved
from livener.review.resolved import Filters
from livener.review.rules import Rules
from livener.store.models import ErrorType, Project
from livener.text import Document

CANDIDATE = "candidate"
_NO_GOLDEN_SET = "the project has no golden set: the model was not judged, and stays a version among others"


class LearnArguments(BaseModel):
    """What to learn, and how.

    ``recognizer`` is the engine, else that of production, else ``crf``, with ``settings`` and ``seed``; ``filters``
    choose the annotations. ``incremental`` goes on from production with what is new and all that it learned from,
    where its engine can; with ``focus`` what it gets wrong counts for more. ``full`` begins anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recognizer: str | None = None
    settings: dict[str, Any] = {}
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    filters: dict[str, Any] = {}
    mode: Literal["incremental", "full"] = "incremental"
    focus: bool = False


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
        work.step("thresholds", lambda: _thresholds(work, data["address"], made["model"]))
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
    """Train, and keep the model; a version that an earlier attempt kept is that one."""
    kept = _kept(work, dataset)
    if kept is None:
        with work.store.reading() as session:
            parent = _production(session, work.project_id)
        versions = DatasetVersions(work.store, work.artefacts, project=work.project_id)
        parts = _parts(versions, dataset)
        out = work.folder / "model"
        parent = parent if parent and _goes_on(parent, asked) else None
        if not (out / "model.json").is_file():
            _fit(work, asked, versions, dataset, parts, parent, out)
        kept = models.add(
            work.store,
            work.artefacts,
            work.project_id,
            out,
            now=work.now,
            by=work.begun.user_id,
            dataset=dataset,
            guideline=max(versions.version(dataset).lineage["guidelines"], default=None),
            parent=parent.number if parent else None,
        )
    about = kept.lineage.get("training", {})
    return {"model": kept.number, "parent": kept.lineage["parent"], "f1": kept.metrics["strict"]["f1"], "cost": about}


def _fit(
    work: Work,
    asked: LearnArguments,
    versions: DatasetVersions,
    dataset: str,
    parts: Mapping[str, list[Document]],
    parent: models.ModelVersion | None,
    out: Path,
) -> None:
    """Train into ``out``, going on from the checkpoint of an earlier attempt where there is one."""
    shared: dict[str, Any] = {"out": out, "seed": asked.seed, "progress": work.progress, "resume": True}
    shared["created"] = work.begun.created_at
    if parent is None:
        engine = asked.recognizer or "crf"
        training.train(engine, parts["train"], parts["dev"], settings=asked.settings, **shared)
        return
    new, known = _new(versions, parent, dataset, parts["train"])
    nlp = fetch(work.artefacts, parent.address)
    importance = _importance(work, nlp, new) if asked.focus else None
    continuing.continue_(nlp, new, parts["dev"], replay=known, importance=importance, **shared)


def _kept(work: Work, dataset: str) -> models.ModelVersion | None:
    """The version that an earlier attempt kept, and was killed before it could note it."""
    created = work.begun.created_at.isoformat(timespec="seconds")
    with work.store.reading() as session:
        for found in models.listed(session, work.project_id, limit=20):
            if (found.dataset, found.lineage.get("created")) == (dataset, created):
                return found
    return None


def _parts(versions: DatasetVersions, dataset: str) -> dict[str, list[Document]]:
    splits = versions.version(dataset).splits
    return {part: versions.documents(dataset, part) if part in splits else [] for part in ("train", "dev")}


def _goes_on(parent: models.ModelVersion, asked: LearnArguments) -> bool:
    """Whether training goes on from this version: it is of the engine that was asked for, and can."""
    engine = str(parent.lineage["recognizer"])
    wanted = asked.recognizer is None or asked.recognizer.partition(".")[0] == engine.partition(".")[0]
    return asked.mode == "incremental" and wanted and hasattr(get(engine), "adapt")


def _new(
    versions: DatasetVersions, parent: models.ModelVersion, dataset: str, train: Sequence[Document]
) -> tuple[list[Document], list[Document]]:
    """What the parent did not learn from, and what it did."""
    if parent.dataset is None:
        return list(train), []
    changes = versions.diff(parent.dataset, dataset)
    fresh = {*changes.added, *changes.changed, *changes.moved}
    new = [document for document in train if document.id in fresh]
    if not new:
        raise InputError(f"nothing was settled since model {parent.number} learned", fix="mode=full, or reviews")
    return new, [document for document in train if document.id not in fresh]


def _importance(work: Work, nlp: Pipeline, documents: Sequence[Document]) -> dict[str, float]:
    """What the parent gets wrong counts for more, by how grave it is for the project."""
    with work.store.reading() as session:
        rules = Rules.of(session.get_one(Project, work.project_id).settings)
    found = [one.spans for one in nlp.pipe(documents)]
    return emphasis(documents, found, severity=lambda label, kind: float(rules.severity_of(label, ErrorType(kind))))


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
    """What a gate of an earlier attempt said, which was killed before it could note it, beside what serves now."""
    with work.store.reading() as session:
        last = models.find(session, work.project_id, number).gate
        if last is None or last["against"] != models.pointed_at(session, work.project_id):
            return None
        return gate.get(session, work.project_id, last["id"])


def _thresholds(work: Work, dataset: str, number: int) -> Mapping[str, Any]:
    """From which score on predictions may be accepted, by the split that neither training nor calibration saw."""
    versions = DatasetVersions(work.store, work.artefacts, project=work.project_id)
    held_out = versions.documents(dataset, "test") if "test" in versions.version(dataset).splits else []
    whole = [document for document in held_out if document.complete]
    if not any(document.spans for document in whole):
        return {"judged": 0}
    with work.store.reading() as session:
        rules = RoutingRules.of(session.get_one(Project, work.project_id).settings)
        known = routing.present(session, work.project_id, number)
    if known is None:
        found = calibration.calibrate(work.served(work.project_id, number)[1], whole, rules=rules)
        with work.store.writing() as session:
            reason = f"the test split of dataset {dataset[:19]}"
            routing.keep(session, work.project_id, number, found, reason=reason, now=work.now)
    return {"judged": len(whole)}


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
