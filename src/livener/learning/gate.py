"""The gate: a candidate and what serves, both over the project's golden set; the report is kept.

Needs the extra ``server``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any

from livener.datasets.golden import GoldenSets
from livener.errors import InputError
from livener.learning import regressions
from livener.learning.judging import Example, GateRules, Reading, judge, readable
from livener.learning.models import find, pointed_at
from livener.pipeline import Pipeline
from livener.store import Artefacts, Store, models  # before sqlalchemy: it says which extra is missing
from livener.text import Document

# isort: split
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

Load = Callable[[int], Pipeline]
"""Gives the pipeline of a model version by its number."""
_WARM_UP = 8  # documents read before the clock runs: kernels are compiled by then


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate said of the version ``number`` beside the version ``against``, which served then.

    ``reasons`` are the checks that failed. ``report`` is that of `livener.learning.judging.judge`, with ``text`` for
    people and ``set``, the address of the documents; None in a list.
    """

    id: int
    number: int
    against: int | None
    passed: bool
    reasons: tuple[str, ...]
    user: str | None
    at: datetime
    report: dict[str, Any] | None = None


def gate(
    store: Store,
    artefacts: Artefacts,
    project: int,
    number: int,
    *,
    load: Load,
    now: datetime,
    by: int | None = None,
) -> Gate:
    """Judge a version on the newest golden set, beside what is in production, and keep the report.

    Raises:
        InputError: no such version; the project has no golden set; its rules are wrong.
    """
    with store.reading() as session:
        find(session, project, number)
        current = pointed_at(session, project)
        rules = GateRules.of(session.get_one(models.Project, project).settings)
        examples = regressions.listed(session, project)
    golden, gold = held_out(store, artefacts, project)
    nlp = load(number)
    found = [document.spans for document in nlp.pipe(one.document for one in examples)]
    report = judge(
        gold,
        _read(nlp, gold),
        _read(load(current), gold) if current else None,
        rules=rules,
        examples=[Example(one.id, one.document, spans, one.note) for one, spans in zip(examples, found, strict=True)],
    )
    report |= {
        "candidate": number,
        "against": current,
        "set": golden,
        "text": readable(report),
    }
    with store.writing() as session:
        model, dataset = models.ModelVersion, models.DatasetVersion
        row = models.GateReport(
            project_id=project,
            model_version_id=_id(session, project, model.number, number),
            against_id=current and _id(session, project, model.number, current),
            dataset_version_id=_id(session, project, dataset.address, golden),
            passed=report["passed"],
            report=report,
            user_id=by,
            at=now,
        )
        session.add(row)
        session.flush()
        return get(session, project, row.id)


def held_out(store: Store, artefacts: Artefacts, project: int) -> tuple[str, list[Document]]:
    """The address and the documents of the project's newest golden set.

    Raises:
        InputError: there is none.
    """
    sets = GoldenSets(store, artefacts, project=project)
    versions = sets.all()
    if not versions:
        raise InputError("the project has no golden set", fix="livener.datasets.golden.GoldenSets.create")
    newest = versions[-1]
    return newest.address, [one for split in newest.splits for one in sets.documents(newest.address, split)]


def possible(session: Session, project: int) -> bool:
    """Whether there is a golden set to judge on."""
    version = models.DatasetVersion
    asked = select(version.id).where(version.project_id == project, version.golden).limit(1)
    return session.scalar(asked) is not None


def reports(session: Session, project: int, *, before: int | None = None, limit: int = 50) -> list[Gate]:
    """What gates said, newest first, of ids under ``before``; without the reports themselves."""
    conditions = [] if before is None else [models.GateReport.id < before]
    return _gates(session, project, *conditions, limit=limit)


def get(session: Session, project: int, id: int) -> Gate:
    """What one gate said, with its report.

    Raises:
        InputError: there is none.
    """
    for found in _gates(session, project, models.GateReport.id == id, limit=1):
        return replace(found, report=session.get_one(models.GateReport, id).report)
    raise InputError(f"no gate report {id}", fix="the id of a report of this project")


def _gates(session: Session, project: int, *conditions: ColumnElement[bool], limit: int) -> list[Gate]:
    gate, model, against = models.GateReport, models.ModelVersion, aliased(models.ModelVersion)
    asked = (
        select(gate.id, model.number, against.number.label("against"), gate.passed, gate.at)
        .add_columns(models.User.name.label("user"), gate.report["checks"].label("checks"))
        .join(model, model.id == gate.model_version_id)
        .outerjoin(against, against.id == gate.against_id)
        .outerjoin(models.User, models.User.id == gate.user_id)
        .where(gate.project_id == project, *conditions)
        .order_by(gate.id.desc())
        .limit(limit)
    )
    return [
        Gate(
            row.id,
            row.number,
            row.against,
            row.passed,
            tuple(f"{check['name']}: {check['detail']}" for check in row.checks if not check["passed"]),
            row.user,
            row.at,
        )
        for row in session.execute(asked)
    ]


def _id(session: Session, project: int, column: Any, value: str | int) -> int:
    kind = column.class_
    found: int = session.scalars(select(kind.id).where(kind.project_id == project, column == value)).one()
    return found


def _read(nlp: Pipeline, documents: Sequence[Document]) -> Reading:
    """What the pipeline finds, and the sentences a second from raw documents to spans."""
    list(nlp.pipe(documents[:_WARM_UP]))
    began = perf_counter()
    spans = [document.spans for document in nlp.pipe(documents)]
    seconds = perf_counter() - began
    return Reading(spans, sum(len(nlp.segmenter.sentences(document)) for document in documents) / seconds)
