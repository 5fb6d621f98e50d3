"""What happened to a project, in one line of time: alerts, promotions, guidelines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.store.models import Alert, AlertEvent, AliasMove, GateReport, GuidelineVersion, ModelVersion


def timeline(session: Session, project: int, *, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
    """The events in ``[since, until)``, oldest first: ``at``, ``kind`` (``alert``, ``promotion``, ``rollback``,
    ``guidelines``, ``gate``), ``what`` in words, the ``note`` on an alert, and the ``id`` (of an alert, a gate) or
    ``number`` of what it is."""
    found: list[Mapping[str, Any]] = []
    events = select(AlertEvent, Alert.subject).join(Alert, Alert.id == AlertEvent.alert_id)
    for one, subject in session.execute(
        events.where(AlertEvent.project_id == project, *_in(AlertEvent.at, since, until))
    ):
        what = f"{subject}: {one.what}"
        found.append({"at": one.at, "kind": "alert", "what": what, "note": one.note, "id": one.alert_id})
    moves = select(AliasMove, ModelVersion.number).join(ModelVersion, ModelVersion.id == AliasMove.model_version_id)
    for move, number in session.execute(
        moves.where(AliasMove.project_id == project, *_in(AliasMove.at, since, until))
    ):
        what = f"{move.alias} → model {number}: {move.reason}"
        found.append(
            {"at": move.at, "kind": "rollback" if move.rollback else "promotion", "what": what, "number": number}
        )
    gates = select(GateReport, ModelVersion.number).join(ModelVersion, ModelVersion.id == GateReport.model_version_id)
    for report, number in session.execute(
        gates.where(GateReport.project_id == project, *_in(GateReport.at, since, until))
    ):
        said = "passed" if report.passed else "was rejected by"
        found.append({"at": report.at, "kind": "gate", "what": f"model {number} {said} the gate", "id": report.id})
    kind = GuidelineVersion
    asked = select(kind).where(kind.project_id == project, *_in(kind.created_at, since, until))
    for version in session.scalars(asked):
        what = f"guidelines {version.number}"
        found.append({"at": version.created_at, "kind": "guidelines", "what": what, "number": version.number})
    return sorted(found, key=lambda one: (one["at"], one["kind"]))


def _in(column: Any, since: datetime, until: datetime) -> tuple[Any, Any]:
    return column >= since, column < until
