"""The job that finds out what is wrong with a model version of a project, and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.learning.gate import held_out
from livener.learning.models import PRODUCTION, ModelVersion, find
from livener.loop import jobs
from livener.loop.work import Kind, Work
from livener.monitoring import diagnosis
from livener.review import resolved
from livener.review.resolved import Filters
from livener.store.models import AliasMove, Job
from livener.store.models import ModelVersion as Row
from livener.text import Document

DIAGNOSE = "diagnose"
_DATA = 1000  # documents that are read
_TRAIN = 5000  # documents that the model learned from, to look things up in
_LOOKED = 100  # jobs
_RECENT = timedelta(days=28)


class DiagnoseArguments(BaseModel):
    """Which version is looked at, and on what: the newest golden set, or what people settled in the last four weeks
    of production. Of more than a thousand documents a part is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[int | str, Field(union_mode="left_to_right")] = PRODUCTION
    data: Literal["golden", "production"] = "golden"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How far a diagnosis of a version is, and what it found: ``f1`` on so many ``documents`` of ``data``, and
    the ``causes`` (name, symptom, evidence, fix, weight); None and empty until it is done."""

    job: int
    state: str
    at: datetime
    data: str
    f1: float | None
    documents: int
    causes: Sequence[Mapping[str, Any]]
    problem: str | None


def begin(
    session: Session, project_id: int, number: int, data: str, *, now: datetime, by: int | None, reason: str
) -> int:
    """Begin the job for a version, or get the one under way; its id.

    Raises:
        InputError: no such version, or no such data.
    """
    find(session, project_id, number)
    checked = KIND.checked({"model": number, "data": data})
    key = f"{DIAGNOSE} {number}"
    return jobs.create(session, project_id, DIAGNOSE, now=now, arguments=checked, reason=reason, key=key, by=by)


def diagnoses(session: Session, project_id: int, number: int) -> list[Diagnosis]:
    """The diagnoses of a version, the newest first.

    Raises:
        InputError: no such version.
    """
    find(session, project_id, number)
    asked = select(Job).where(Job.project_id == project_id, Job.kind == DIAGNOSE)
    made = []
    for job in session.scalars(asked.order_by(Job.id.desc()).limit(_LOOKED)):
        arguments, found = DiagnoseArguments.model_validate(job.arguments), job.result or {}
        if number in (arguments.model, found.get("model")):
            made.append(
                Diagnosis(
                    *(job.id, job.state.value, job.ended_at or job.created_at, arguments.data),
                    f1=found.get("f1"),
                    documents=found.get("documents", 0),
                    causes=found.get("causes", ()),
                    problem=job.problem,
                )
            )
    return made


def _diagnose(work: Work) -> Mapping[str, Any]:
    asked = DiagnoseArguments.model_validate(work.arguments)
    with work.store.reading() as session:
        version = find(session, work.project_id, asked.model)
        before = _before(session, work.project_id, version)
        earlier = None if before is None else find(session, work.project_id, before)
    gold = _part(_gold(work, asked.data), _DATA)
    train, train_before = (_learned_from(work, one) for one in (version, earlier))
    work.check()
    folder = work.folder / "model"
    if not folder.is_dir():
        work.artefacts.get(version.address, folder)
    case = diagnosis.Case.of(
        work.served(work.project_id, version.number)[1],
        gold,
        train=train,
        before=work.served(work.project_id, earlier.number)[1] if earlier else None,
        train_before=train_before,
        folder=folder,
    )
    causes = []
    for look in diagnosis.LOOKS:
        work.check()
        causes += look(case)
    causes.sort(key=lambda one: -one.weight)
    found = [asdict(cause) for cause in causes]
    return {"model": version.number, "data": asked.data, "documents": len(gold), "f1": case.f1, "causes": found}


def _gold(work: Work, data: str) -> Sequence[Document]:
    if data == "golden":
        return held_out(work.store, work.artefacts, work.project_id)[1]
    filters = Filters(since=work.begun.created_at - _RECENT, partial=False)
    with work.store.reading() as session:
        found = list(islice(resolved.documents(session, work.project_id, filters=filters), _TRAIN))
    if not any(one.spans for one in found):
        raise InputError("nobody settled a document with spans in the last 28 days", fix="data: golden")
    return found


def _before(session: Session, project_id: int, version: ModelVersion) -> int | None:
    """The version that it followed: the one that served before it, or else that it went on from."""
    move, row = AliasMove, Row
    asked = select(move.before_id).join(row, row.id == move.model_version_id)
    asked = asked.where(move.project_id == project_id, move.alias == PRODUCTION, row.number == version.number)
    id = session.scalar(asked.where(move.rollback.is_(False)).order_by(move.id).limit(1))
    return session.get_one(row, id).number if id else version.lineage.get("parent")


def _learned_from(work: Work, version: ModelVersion | None) -> Sequence[Document]:
    if version is None or version.dataset is None:
        return ()
    versions = DatasetVersions(work.store, work.artefacts, project=work.project_id)
    if "train" not in versions.version(version.dataset).splits:
        return ()
    return _part(versions.documents(version.dataset, "train"), _TRAIN)


def _part(documents: Sequence[Document], most: int) -> Sequence[Document]:
    """No more than so many, from all over."""
    return documents[:: max(1, -(-len(documents) // most))]


KIND = Kind(_diagnose, DiagnoseArguments)
