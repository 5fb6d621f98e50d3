"""The model versions of a project, the aliases that point at them, and how those move.

Needs the extra ``server``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.pipeline import load
from livener.store import Artefacts, Store, models  # before sqlalchemy: it says which extra is missing

# isort: split
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

PRODUCTION = "production"
"""The alias that answers; only a version that passed the gate gets it."""
_NOT_LINEAGE = {"format", "files", "metrics", "labels"}


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What is known of a model.

    ``dataset`` is the address of the dataset version and ``guideline`` the number of the guideline version that it
    learned from; ``lineage`` the ``parent`` (the number of the model that training went on from), the recognizer, its
    settings, seed and data; ``gate`` what its last gate said.
    """

    number: int
    address: str
    pipeline: str
    dataset: str | None
    guideline: int | None
    lineage: Mapping[str, Any]
    metrics: Mapping[str, Any]
    aliases: tuple[str, ...]
    created_at: datetime
    gate: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """An alias that was moved to the version ``number`` from ``before``, by whom, when and why."""

    id: int
    alias: str
    number: int
    before: int | None
    rollback: bool
    reason: str
    user: str | None
    at: datetime


def add(
    store: Store,
    artefacts: Artefacts,
    project: int,
    path: str | Path,
    *,
    now: datetime,
    by: int | None = None,
    dataset: str | None = None,
    guideline: int | None = None,
    parent: int | None = None,
) -> ModelVersion:
    """Keep a model directory as the project's next version; a directory that is there already is that version.

    Raises:
        InputError: it is no model; ``dataset``, ``guideline`` or ``parent`` is not one of the project.
    """
    if dataset is not None:
        DatasetVersions(store, artefacts, project=project).version(dataset)
    nlp = load(path)
    kept = artefacts.put(path)
    lineage = {"parent": parent} | {key: value for key, value in nlp.info.items() if key not in _NOT_LINEAGE}
    with store.writing() as session:
        _lock(session, project)
        model = models.ModelVersion
        mine = model.project_id == project
        known = select(model.number).where(mine, model.address == kept)
        if (number := session.scalar(known.limit(1))) is not None:
            return find(session, project, number)
        if parent is not None:
            _row(session, project, parent)
        number = (session.scalar(select(func.max(model.number)).where(mine)) or 0) + 1
        session.add(
            model(
                project_id=project,
                number=number,
                address=kept,
                pipeline=nlp.called,
                dataset_version_id=_id(session, project, models.DatasetVersion.address, dataset),
                guideline_version_id=_id(session, project, models.GuidelineVersion.number, guideline),
                lineage=lineage,
                metrics=nlp.info.get("metrics", {}),
                created_at=now,
            )
        )
        _audit(session, project, "model.add", f"model {number}", by=by, now=now, address=kept)
        session.flush()
        return find(session, project, number)


def listed(session: Session, project: int, *, before: int | None = None, limit: int = 50) -> list[ModelVersion]:
    """The versions, newest first, of numbers under ``before``."""
    conditions = [] if before is None else [models.ModelVersion.number < before]
    return _versions(session, project, *conditions, limit=limit)


def find(session: Session, project: int, which: int | str) -> ModelVersion:
    """The version of a number, or the one that an alias points at.

    Raises:
        InputError: there is none.
    """
    number, _ = address(session, project, which)
    return _versions(session, project, models.ModelVersion.number == number, limit=1)[0]


def address(session: Session, project: int, which: int | str) -> tuple[int, str]:
    """The number and the address of the version of a number or an alias, by one row: for every answer.

    Raises:
        InputError: there is none.
    """
    model, alias = models.ModelVersion, models.Alias
    asked = select(model.number, model.address).where(model.project_id == project)
    if isinstance(which, int):
        asked = asked.where(model.number == which)
    else:
        asked = asked.join(alias, alias.model_version_id == model.id)
        asked = asked.where(alias.project_id == project, alias.name == which)
    found = session.execute(asked).one_or_none()
    if found is None:
        raise _no_model(which) if isinstance(which, int) else _no_alias(session, project, which)
    return found.number, found.address


def pointed_at(session: Session, project: int, alias: str = PRODUCTION) -> int | None:
    """The number of the version that an alias points at, if it does."""
    row, model = models.Alias, models.ModelVersion
    asked = select(model.number).join(row, row.model_version_id == model.id)
    return session.scalar(asked.where(row.project_id == project, row.name == alias))


def promote(
    session: Session,
    project: int,
    number: int,
    *,
    alias: str = PRODUCTION,
    reason: str,
    by: int | None,
    now: datetime,
) -> Move:
    """Let an alias point at a version, with an entry in the audit log, all in the transaction of ``session``.

    ``production`` goes only to a version whose last gate was against what is in production now, with all examples
    that there are now, and passed.

    Raises:
        InputError: no such version; it is there already; no reason; or the gate was not passed.
    """
    if not alias.isidentifier():  # so that it is never taken for a number
        raise InputError(f"an alias cannot be {alias!r}", fix="a word: production | candidate | shadow")
    _lock(session, project)
    target, current = _row(session, project, number), _current(session, project, alias)
    if current and current.model_version_id == target.id:
        raise InputError(f"{alias} is model {number} already")
    if alias == PRODUCTION:
        _check_gate(session, target, current.model_version_id if current else None)
    return _move(session, current, target, alias, rollback=False, reason=reason, by=by, now=now)


def rollback(
    session: Session, project: int, *, alias: str = PRODUCTION, reason: str, by: int | None, now: datetime
) -> Move:
    """Let an alias point again at what it pointed at before its present version was promoted.

    Raises:
        InputError: there is no such alias, nothing was before, or no reason is given.
    """
    _lock(session, project)
    current, move = _current(session, project, alias), models.AliasMove
    if current is None:
        raise _no_alias(session, project, alias)
    promoted = (
        select(move.before_id)
        .where(move.project_id == project, move.alias == alias, move.rollback.is_(False))
        .where(move.model_version_id == current.model_version_id)
        .order_by(move.id.desc())
        .limit(1)
    )
    if (before := session.scalar(promoted)) is None:
        raise InputError(f"nothing was {alias} before", fix="promote another model")
    target = session.get_one(models.ModelVersion, before)
    return _move(session, current, target, alias, rollback=True, reason=reason, by=by, now=now)


def moves(session: Session, project: int, *, before: int | None = None, limit: int = 50) -> list[Move]:
    """How aliases moved, newest first, of ids under ``before``."""
    move, model, earlier = models.AliasMove, models.ModelVersion, aliased(models.ModelVersion)
    asked = (
        select(
            *(move.id, move.alias, model.number, earlier.number.label("before"), move.rollback, move.reason),
            *(models.User.name.label("user"), move.at),
        )
        .join(model, model.id == move.model_version_id)
        .outerjoin(earlier, earlier.id == move.before_id)
        .outerjoin(models.User, models.User.id == move.user_id)
        .where(move.project_id == project)
        .order_by(move.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(move.id < before)
    return [Move(**row._mapping) for row in session.execute(asked)]


def _versions(session: Session, project: int, *conditions: ColumnElement[bool], limit: int) -> list[ModelVersion]:
    model = models.ModelVersion
    asked = (
        select(
            *(model.id, model.number, model.address, model.pipeline, model.lineage, model.metrics, model.created_at),
            models.DatasetVersion.address.label("dataset"),
            models.GuidelineVersion.number.label("guideline"),
        )
        .outerjoin(models.DatasetVersion, models.DatasetVersion.id == model.dataset_version_id)
        .outerjoin(models.GuidelineVersion, models.GuidelineVersion.id == model.guideline_version_id)
        .where(model.project_id == project, *conditions)
        .order_by(model.number.desc())
        .limit(limit)
    )
    rows = {row.id: {key: row._mapping[key] for key in row._mapping if key != "id"} for row in session.execute(asked)}
    aliases, gates = _aliases(session, project), _gates(session, rows)
    return [
        ModelVersion(
            aliases=tuple(name for name, target in aliases if target == id),
            gate=gates.get(id),
            **row,
        )
        for id, row in rows.items()
    ]


def _aliases(session: Session, project: int) -> list[tuple[str, int]]:
    """The names, sorted, with the id of the version that each points at."""
    alias = models.Alias
    asked = select(alias.name, alias.model_version_id).where(alias.project_id == project).order_by(alias.name)
    return [(name, id) for name, id in session.execute(asked)]


def _gates(session: Session, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the last gate of each version said."""
    gate, against = models.GateReport, models.ModelVersion
    last = select(func.max(gate.id)).where(gate.model_version_id.in_(ids)).group_by(gate.model_version_id)
    asked = select(gate.model_version_id, gate.id, gate.passed, gate.at, against.number.label("against"))
    asked = asked.outerjoin(against, against.id == gate.against_id).where(gate.id.in_(last))
    return {
        row.model_version_id: {"id": row.id, "passed": row.passed, "against": row.against, "at": row.at}
        for row in session.execute(asked)
    }


def _check_gate(session: Session, target: models.ModelVersion, current: int | None) -> None:
    found = _gates(session, [target.id]).get(target.id)
    fix = f"livener models gate {target.number}, and that it passes"
    if found is None:
        raise InputError(f"model {target.number} has not been at the gate", fix=fix)
    if not found["passed"]:
        raise InputError(f"model {target.number} did not pass the gate (report {found['id']})", fix=fix)
    if session.get_one(models.GateReport, found["id"]).against_id != current:
        raise InputError(f"{PRODUCTION} has moved since the gate of model {target.number}", fix=fix)
    example = models.Regression
    asked = select(example.id).where(example.project_id == target.project_id, example.ended.is_(False))
    if session.scalar(asked.where(example.created_at > found["at"]).limit(1)) is not None:
        raise InputError(f"an example was added since the gate of model {target.number}", fix=fix)


def _move(
    session: Session,
    current: models.Alias | None,
    target: models.ModelVersion,
    alias: str,
    *,
    rollback: bool,
    reason: str,
    by: int | None,
    now: datetime,
) -> Move:
    if not reason.strip():
        raise InputError("no reason is given", fix="why it is moved, for whoever asks later")
    project, before = target.project_id, current.model_version_id if current else None
    if current:
        current.model_version_id, current.moved_at = target.id, now
    else:
        session.add(models.Alias(project_id=project, name=alias, model_version_id=target.id, moved_at=now))
    session.add(
        models.AliasMove(
            project_id=project,
            alias=alias,
            model_version_id=target.id,
            before_id=before,
            rollback=rollback,
            reason=reason,
            user_id=by,
            at=now,
        )
    )
    session.flush()
    (moved,) = moves(session, project, limit=1)
    action = "model.rollback" if rollback else "model.promote"
    about = {"model": moved.number, "before": moved.before, "reason": reason}
    _audit(session, project, action, f"alias {alias}", by=by, now=now, **about)
    return moved


def _lock(session: Session, project: int) -> None:
    """One at a time in a project."""
    session.execute(select(models.Project.id).where(models.Project.id == project).with_for_update())


def _current(session: Session, project: int, alias: str) -> models.Alias | None:
    return session.get(models.Alias, (project, alias))


def _row(session: Session, project: int, number: int) -> models.ModelVersion:
    model = models.ModelVersion
    found = session.scalar(select(model).where(model.project_id == project, model.number == number))
    if found is None:
        raise _no_model(number)
    return found


def _no_model(number: int) -> InputError:
    return InputError(f"no model {number}", fix="the number of a model of this project")


def _no_alias(session: Session, project: int, alias: str) -> InputError:
    known = " | ".join(name for name, _ in _aliases(session, project))
    return InputError(f"no alias {alias!r}", fix=known or "livener models promote")


def _id(session: Session, project: int, column: Any, value: str | int | None) -> int | None:
    """The id of the row of the project with this value in the column; none where there is no value."""
    if value is None:
        return None
    kind = column.class_
    found: int | None = session.scalar(select(kind.id).where(kind.project_id == project, column == value))
    if found is None:
        raise InputError(f"no {kind.__tablename__.removesuffix('s').replace('_', ' ')} {value!r} in this project")
    return found


def _audit(
    session: Session, project: int, action: str, subject: str, *, by: int | None, now: datetime, **detail: Any
) -> None:
    entry = {"at": now, "user_id": by, "project_id": project, "action": action, "subject": subject}
    session.add(models.AuditEntry(**entry, detail=detail))
